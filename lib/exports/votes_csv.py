"""The votes of revealed rounds as a table, in which anonymous votes cannot be joined to a person."""

from collections.abc import Iterable, Iterator

from lib.domain.rounds import Anonymity, Item, ItemKind, RoundResult, Vote
from lib.exports.spreadsheet import Cell, csv_text

HEADER = (
    "round",
    "question",
    "round_type",
    "revealed_at",
    "item",
    "item_kind",
    "version",
    "is_current_wording",
    "scenario",
    "text",
    "participant",
    "answer",
    "reason",
)
"""`version` is empty for the baseline and for unpublished text; `participant` is empty in anonymous rounds."""


def votes_csv(results: Iterable[RoundResult]) -> str:
    """One row a counted vote, by round and item.

    Named rounds carry the participant. In an anonymous round the rows of an item are ordered by answer and reason,
    so that nothing in a row or its place joins it to a row of another item.
    """
    return csv_text(HEADER, (row for result in results for row in _rows(result)))


def _rows(result: RoundResult) -> Iterator[tuple[Cell, ...]]:
    for item in result.items:
        votes = [vote for vote in result.votes if vote.item_id == item.item_id]
        for vote in sorted(votes, key=_by_name if result.anonymity is Anonymity.NAMED else _by_content):
            name = vote.person_name if result.anonymity is Anonymity.NAMED else None
            yield (*_item_cells(result, item), name, vote.position.value, vote.reason)


def _item_cells(result: RoundResult, item: Item) -> tuple[Cell, ...]:
    return (
        result.number,
        result.question,
        result.anonymity.value,
        result.revealed_at.isoformat(timespec="seconds"),
        item.label,
        item.kind.value,
        item.version_number,
        "yes" if item.is_current_wording else "no",
        item.scenario_text if item.kind is ItemKind.RESPONSE else None,
        item.text,
    )


def _by_name(vote: Vote) -> tuple[str, str]:
    return ((vote.person_name or "").casefold(), vote.person_id or "")


def _by_content(vote: Vote) -> tuple[str, str]:
    return (vote.position.value, vote.reason)
