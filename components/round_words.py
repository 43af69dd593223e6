"""What rounds and answers are called, and what is said of who will see what. Said before anybody votes."""

from lib.domain.rounds import Anonymity, Item, ItemKind, Round, RoundResult, Turnout

WHAT_IS_SHOWN = {
    Anonymity.NAMED: (
        "**Named round.** When the facilitator reveals the results, everyone in this workshop sees your answers and "
        "reasons with your name. Until then they are shown to nobody, the facilitator included."
    ),
    Anonymity.ANONYMOUS: (
        "**Anonymous round.** Your answers and reasons are counted and never shown with your name, to nobody, the "
        "facilitator included. At the reveal everyone sees the counts and the reasons, and the link between you and "
        "your votes is destroyed for good. Until then only the database keeps it, so that you can change your vote. "
        "With fewer than 3 voters the round is never revealed. Mind that your own words can give you away."
    ),
}
TYPE_LABELS = {Anonymity.NAMED: "Named", Anonymity.ANONYMOUS: "Anonymous"}
CHOICE_CAPTIONS = {
    Anonymity.NAMED: "After the reveal everyone sees who answered what, with reasons and names.",
    Anonymity.ANONYMOUS: "After the reveal everyone sees counts and reasons without names; who voted what is "
    "destroyed, and nobody, you included, can ever see it.",
}
WHO_SEES_REASON = {
    Anonymity.NAMED: "Optional. Only you see it until you save it with your vote. After the reveal: everyone, with "
    "your name.",
    Anonymity.ANONYMOUS: "Optional. Only you see it until you save it with your vote. After the reveal: everyone, "
    "without your name.",
}
WHAT_OPENING_DOES = (
    "Everyone is told that the round is open. It cannot be taken back: an open round can be closed, and a closed one "
    "need not be revealed, but it stays in the workshop with its question and its items."
)
ONE_ANSWER_COUNTS = "Who answered one item counts as having voted: some may still be at the others."
WHAT_CLOSING_DOES = "Closing takes no more votes and shows none. It cannot be undone; a new round can be opened."
WHAT_REVEALING_DOES = {
    Anonymity.NAMED: "Revealing shows everyone in the workshop the counts, who answered what, and the reasons. It "
    "cannot be undone.",
    Anonymity.ANONYMOUS: "Revealing shows everyone in the workshop the counts and the reasons without names, and "
    "destroys the link between people and votes. It cannot be undone.",
}
DEFAULT_QUESTION = "Is this what we want the model to do?"
FEW_VOTERS = 3
"""An anonymous round with fewer voters is never revealed: its counts would tell who answered what."""


def turnout_in_words(voted: int, eligible: int) -> str:
    """The denominator with the numerator, such as "6 of 9 eligible have voted"."""
    return f"{voted} of {eligible} eligible {'has' if voted == 1 else 'have'} voted"


def round_turnout_in_words(turnout: Turnout) -> str:
    """The turnout of a round that is not revealed, with the removed people, if any."""
    words = turnout_in_words(turnout.voted_count, turnout.eligible_count)
    return f"{words}. {removed_in_words(turnout.removed_count)}".strip()


def closing_in_words(one: Round) -> str:
    """What is said before an open round is closed: how many have voted, what that counts, and what closing does."""
    counts = [ONE_ANSWER_COUNTS] if len(one.items) > 1 else []
    return " ".join([round_turnout_in_words(one.turnout), *counts, WHAT_CLOSING_DOES])


def result_turnout_in_words(result: RoundResult) -> str:
    """Who of whom voted in a revealed round, and whose votes are not counted."""
    return (
        f"{result.voted_count} of {result.eligible_count} eligible voted. {removed_in_words(result.removed_count)}"
    ).strip()


def removed_in_words(count: int) -> str:
    """That removed people's votes are not counted; nothing if there are none."""
    if count == 0:
        return ""
    return "1 removed person’s votes are excluded." if count == 1 else f"{count} removed people’s votes are excluded."


def item_heading(item: Item) -> str:
    """What kind of thing is voted on, by whom it was made, and under which version."""
    if item.kind is ItemKind.CLAUSE:
        return f"Clause {item.label} as worded in v{item.version_number}"
    if item.is_baseline:
        return f"Model’s response without the policy · {item.model}"
    under = f"v{item.version_number}" if item.version_number else "unpublished text"
    return f"Model’s response under {under} · {item.model}"
