"""The errors a person can meet. Every message names the offending thing and the way out."""


class FolkmootError(Exception):
    """Base of all errors whose message is written for the person who meets it."""


class ValidationFailed(FolkmootError):
    """What was entered cannot be taken. Carries all problems of a form at once."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


class NotFound(FolkmootError):
    """The thing asked for does not exist, or not for this person."""


class Conflict(FolkmootError):
    """Somebody else changed the same thing first. Nothing was written."""


class ClauseConflict(Conflict):
    """Somebody else reworded or withdrew the clause while it was being edited.

    `theirs` is the wording that is stored now, or None if the clause was withdrawn.
    `mine` is the wording that was refused, so that nobody loses it.
    """

    def __init__(self, message: str, *, theirs: str | None, mine: str) -> None:
        self.theirs = theirs
        self.mine = mine
        super().__init__(message)


class StepConflict(Conflict):
    """Somebody else changed the same of a step of the agenda while it was being changed."""


class NotAllowed(FolkmootError):
    """This person, in this role or at this time, may not do that."""


class SignedOut(NotAllowed):
    """The token is unknown, replaced, or belongs to a person who was removed or left."""


class RoundClosed(FolkmootError):
    """The round takes no votes any more."""


class StoreUnavailable(FolkmootError):
    """The database cannot be reached. Nothing was written; trying again is safe."""


class ModelUnavailable(FolkmootError):
    """The model did not answer: refused key, unknown model, no connection, or too slow.

    `kind` is one of "refused_key", "unknown_model", "no_connection", "timeout", "rate_limited", "other".
    """

    def __init__(self, message: str, *, kind: str = "other") -> None:
        self.kind = kind
        super().__init__(message)
