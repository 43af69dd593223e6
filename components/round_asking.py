"""What is asked before a round is opened: what is frozen, what is shown to whom, and who can vote."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from components.draft_field import AsksFirst
from components.round_words import CHOICE_CAPTIONS, FEW_VOTERS, TYPE_LABELS, WHAT_OPENING_DOES
from components.texts import counted
from lib.domain.rounds import Anonymity
from lib.services.voting import Choice


@dataclass(frozen=True)
class Chosen:
    """What is chosen for a new round."""

    responses: tuple[Choice, ...]
    clauses: tuple[Choice, ...]
    anonymity: Anonymity

    @property
    def items(self) -> tuple[Choice, ...]:
        """All that is put to the vote, in its order."""
        return (*self.responses, *self.clauses)


def asks_to_open(number: int, chosen: Chosen, eligible: int, participants: int) -> AsksFirst | None:
    """The question before round `number`; None where nothing is chosen, since then nothing can be opened.

    `eligible` of the `participants` are here now. How many that is changes all the time: it is not part of `seen`.
    """
    if not chosen.items:
        return None
    asked = (number, chosen.anonymity.value, chosen.items)
    return AsksFirst(
        heading=f"Open round {number} with this question?",
        says=(
            f"{items_words(chosen)} {'is' if len(chosen.items) == 1 else 'are'} frozen as they read then: what is "
            "changed later changes no ballot.",
            f"{TYPE_LABELS[chosen.anonymity]}. {CHOICE_CAPTIONS[chosen.anonymity]}{few_words(chosen.anonymity)}",
            eligible_words(eligible, participants),
            WHAT_OPENING_DOES,
        ),
        yes=f"Yes, open round {number}",
        no="Not now",
        seen=str(uuid5(NAMESPACE_URL, repr(asked))),
    )


def items_words(chosen: Chosen) -> str:
    """How many responses and clauses are chosen.

    >>> items_words(Chosen(("r1", "r2"), ("c1",), Anonymity.NAMED)), items_words(Chosen((), ("c1",), Anonymity.NAMED))
    ('2 responses and 1 clause', '1 clause')
    """
    kinds = ((chosen.responses, "response"), (chosen.clauses, "clause"))
    return " and ".join(counted(len(those), kind) for those, kind in kinds if those)


def few_words(anonymity: Anonymity) -> str:
    """What holds for an anonymous round in which few vote."""
    return f" With fewer than {FEW_VOTERS} voters it is never revealed." if anonymity is Anonymity.ANONYMOUS else ""


def eligible_words(eligible: int, participants: int) -> str:
    """Who can vote in a round that is opened now.

    >>> eligible_words(3, 5)
    '3 of 5 participants are here now and can vote, and so can whoever comes in while the round is open.'
    >>> eligible_words(0, 1)
    'Nobody of 1 participant is here now. Whoever comes in while the round is open can vote.'
    """
    of = f"of {counted(participants, 'participant')}"
    if not eligible:
        return f"Nobody {of} is here now. Whoever comes in while the round is open can vote."
    are = "is" if eligible == 1 else "are"
    return f"{eligible} {of} {are} here now and can vote, and so can whoever comes in while the round is open."
