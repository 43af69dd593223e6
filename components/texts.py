"""The words that several pages share. One word per idea; what people wrote is escaped before it meets Markdown."""

import re

from lib.domain.people import Role
from lib.domain.workshop import Stage

PRODUCT = "Folkmoot"
STORE_AWAY = (
    "The database cannot be reached just now. What you typed is kept in this browser; go on writing, "
    "it is saved as soon as the database is back."
)
UNEXPECTED = (
    "Something went wrong on this page. It is noted in the server's log. What you typed is kept: reload the page, and "
    "tell the facilitator if it happens again."
)
HIDING = "For abusive text: others read “(hidden by the facilitator)” then. It can be shown again."
WHO_SEES_DRAFT = "Only you see this until you add it."

ROLE_WORDS = {Role.PARTICIPANT: "participant", Role.FACILITATOR: "facilitator", Role.ORGANIZER: "organizer"}

STAGE_NAMES = {Stage.DRAFT: "Draft", Stage.TEST: "Test scenarios", Stage.VOTE: "Vote", Stage.REVIEW: "Review"}
STAGE_ICONS = {
    Stage.DRAFT: ":material/edit_note:",
    Stage.TEST: ":material/science:",
    Stage.VOTE: ":material/how_to_vote:",
    Stage.REVIEW: ":material/insights:",
}
GROUP_DOES = {
    Stage.DRAFT: "The group is drafting clauses of the policy.",
    Stage.TEST: "The group is testing the policy on scenarios.",
    Stage.VOTE: "The group is voting, each for themselves.",
    Stage.REVIEW: "The group is looking at where it agrees and where not.",
}
YOU_CAN = {
    "draft": "write a clause, rough is fine, and add it to the policy.",
    "test": "pick a scenario and see what the model does with the policy, and without it.",
    "vote": "answer each item of an open round; nobody sees your votes before the reveal.",
    "review": "see the most contested items first, and what nothing has touched yet.",
    "console": "say where the group is, keep time, and see who is here.",
    "overview": "read the results and take the policy away.",
}
YOU_CAN_AS = {
    (Role.FACILITATOR, "draft"): "watch the policy grow and mend a clause for the group; the console locks it.",
    (Role.FACILITATOR, "test"): "run the policy on all scenarios for the group, and read what comes of it.",
    (Role.FACILITATOR, "vote"): "open, close and reveal rounds; you see who has voted, not what.",
    (Role.ORGANIZER, "draft"): "read along; an organizer's link changes nothing.",
    (Role.ORGANIZER, "test"): "read the scenarios and the shared responses.",
    (Role.ORGANIZER, "vote"): "see which rounds there are; results come with the reveal.",
}
"""Where a role can do something else on a page than most."""


def you_can(role: Role, page_name: str) -> str:
    """What one can do next on a page, as the end of a sentence."""
    return YOU_CAN_AS.get((role, page_name)) or YOU_CAN.get(page_name, "")


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@^=\"'])")


def escape(text: str) -> str:
    """A text that Markdown shows exactly as it was written, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str, max_chars: int = 60) -> str:
    """A short escaped quotation of what somebody wrote."""
    return f"“{shortened(text, max_chars)}”"


def shortened(text: str, max_chars: int = 40) -> str:
    """The beginning of what somebody wrote, escaped: in a toast, of which Streamlit shows three lines, it leaves room.

    >>> shortened("Talk about where you differ", 16)
    'Talk about wher…'
    """
    flat = " ".join(text.split())
    return escape(flat if len(flat) <= max_chars else flat[: max_chars - 1] + "…")


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 clause", "3 clauses"."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


UNSAVED_TEXT = "Text you typed in “Write together” may not be saved yet"
"""Said for as long as the browser has it and no page of the live document is there to say how it stands."""
VERSION_WORDS = {
    "none": "No version published yet",
    "same": "Policy v{}",
    "changed": "Policy v{} + unpublished changes",
}


def version_label(latest: int | None, changed: bool) -> str:
    """The current state of the policy in words: "v2", "v2 + unpublished changes", "no version yet"."""
    state = "none" if latest is None else "changed" if changed else "same"
    return VERSION_WORDS[state].format(latest)
