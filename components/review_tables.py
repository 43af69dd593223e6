"""The plain rows behind each chart: what a person reads, copies, or checks the picture against."""

from collections.abc import Iterable, Sequence

from components.palette import MARKS, POSITIONS, STACK_ORDER
from lib.domain.ids import PersonId
from lib.domain.rounds import Anonymity, Item, Position, RoundResult
from lib.domain.runs import MarkValue
from lib.statistics.comparison import ScenarioComparison, VersionSide
from lib.statistics.coverage import Coverage, MarkCounts
from lib.statistics.disagreement import Disagreement, ItemResult, PositionCounts
from lib.statistics.involvement import Involvement, InvolvementTable

Row = dict[str, str | int | float | None]

NEVER_CURRENT = " (earlier wording)"


def counts_in_words(counts: PositionCounts) -> str:
    """Such as "4 agree, 1 pass, 3 disagree"; answers nobody gave are left out."""
    given = [(position, counts.of(position)) for position in STACK_ORDER]
    named = [f"{count} {POSITIONS[position].label.lower()}" for position, count in given if count]
    return ", ".join(named) or "no votes"


def counts_with_reason(result: Disagreement) -> str:
    """The counts, and in few words why they give no number where they give none: "1 agree · no pair of positions"."""
    counts = counts_in_words(result.counts)
    says_it_all = result.value is not None or not result.counts.answers
    return counts if says_it_all else f"{counts} · no pair of positions"


def disagreement_in_words(result: Disagreement) -> str:
    """The number with two decimals, or the reason why there is none."""
    return f"{result.value:.2f}" if result.value is not None else f"no number yet: {result.reason}"


def disagreement_prefix(result: Disagreement) -> str:
    """The number with two decimals before a heading, such as "0.67 · "; nothing where there is none."""
    return f"{result.value:.2f} · " if result.value is not None else ""


def item_name(result: ItemResult) -> str:
    """The item's label, with the version it was worded in and whether that wording still stands."""
    item = result.item
    version = f" as in v{item.version_number}" if item.version_number and item.clause_id else ""
    return f"{item.label}{version}{'' if item.is_current_wording else NEVER_CURRENT}"


def disagreement_rows(results: Iterable[ItemResult]) -> list[Row]:
    """One row an item: counts first, then the disagreement with the number of positions it rests on."""
    return [
        {
            "Item": item_name(result),
            "Round": result.round_number,
            "Text": result.item.text,
            **{POSITIONS[position].label: result.counts.of(position) for position in Position},
            "Eligible": result.eligible_count,
            "Disagreement": _rounded(result.disagreement.value),
            "Rests on (positions)": result.disagreement.n,
            "Why no number": result.disagreement.reason or "",
        }
        for result in results
    ]


def vote_rows(result: RoundResult) -> list[Row]:
    """People × items of a named round, people by name, an empty cell for a missing vote. Empty if anonymous."""
    if result.anonymity is Anonymity.ANONYMOUS:
        return []
    people = voters(result)
    given = {(vote.person_id, vote.item_id): POSITIONS[vote.position].label for vote in result.votes}
    columns = column_names([item.label for item in result.items])
    return [
        {
            "Participant": name,
            **{
                column: given.get((person_id, item.item_id), "")
                for column, item in zip(columns, result.items, strict=True)
            },
        }
        for person_id, name in people
    ]


def voters(result: RoundResult) -> list[tuple[PersonId, str]]:
    """Ids and names of those whose votes a named round counts, by name."""
    people = {vote.person_id: vote.person_name or "" for vote in result.votes if vote.person_id is not None}
    return sorted(people.items(), key=lambda pair: pair[1].casefold())


def column_names(labels: Sequence[str]) -> list[str]:
    """The labels, told apart by a number where two are equal."""
    return [
        label if labels.count(label) == 1 else f"{label} ({labels[: index + 1].count(label)})"
        for index, label in enumerate(labels)
    ]


def coverage_rows(coverage: Coverage) -> list[Row]:
    """Clauses × scenarios: the counts of each mark in words; an empty cell where nobody marked."""
    columns = column_names([scenario_label(s.number, s.title) for s in coverage.scenarios])
    return [
        {
            "Clause": f"C{clause.number}",
            "Wording": clause.wording,
            **{
                column: mark_counts_in_words(coverage.cell(clause.clause_id, scenario.scenario_id))
                for column, scenario in zip(columns, coverage.scenarios, strict=True)
            },
        }
        for clause in coverage.clauses
    ]


def short_item_label(item: Item) -> str:
    """The item's label in little room, such as "S3·v1·#2"."""
    return item.label.replace(" · ", "·").replace("sample ", "#")


def number_of(count: int, singular: str, plural: str | None = None) -> str:
    """The count with its noun in the right number."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def scenario_label(number: int | None, title: str) -> str:
    """Such as "S3 Tenancy"; a private scenario has no number."""
    return f"S{number} {title}" if number is not None else f"{title} (private)"


def mark_counts_in_words(counts: MarkCounts) -> str:
    """Such as "2 followed, 1 violated", or nothing."""
    parts = (
        (counts.followed, MarkValue.FOLLOWED),
        (counts.violated, MarkValue.VIOLATED),
        (counts.not_concerned, MarkValue.NOT_CONCERNED),
    )
    return ", ".join(f"{count} {MARKS[value].label.lower()}" for count, value in parts if count)


def involvement_in_words(cell: Involvement) -> str:
    """Such as "tested, voted", or nothing."""
    done = (("tested", cell.tested), ("marked", cell.marked), ("voted", cell.voted))
    return ", ".join(word for word, is_done in done if is_done)


def involvement_rows(table: InvolvementTable) -> list[Row]:
    """Clauses × people: what each has done with each clause; nothing known is empty."""
    columns = column_names([person.name for person in table.people])
    return [
        {
            "Clause": f"C{clause.number}",
            "Wording": clause.wording,
            **{
                column: involvement_in_words(table.cell(clause.clause_id, person.person_id))
                for column, person in zip(columns, table.people, strict=True)
            },
        }
        for clause in table.clauses
    ]


def comparison_rows(comparisons: Iterable[ScenarioComparison], before: str, after: str) -> list[Row]:
    """One row a scenario: both versions' counts and disagreements, the change, and what is missing or differs."""
    return [
        {
            "Scenario": scenario_label(comparison.scenario.number, comparison.scenario.title),
            **_side_columns(comparison.before, before),
            **_side_columns(comparison.after, after),
            "Change in disagreement": _rounded(comparison.change),
            "Missing": " ".join(comparison.missing),
            "Mind": " ".join(comparison.caution),
        }
        for comparison in comparisons
    ]


def _side_columns(side: VersionSide, label: str) -> Row:
    return {
        f"{label}: votes": counts_in_words(side.counts) if side.voted else "",
        f"{label}: disagreement": _rounded(side.disagreement.value) if side.voted else None,
        f"{label}: rounds": ", ".join(str(number) for number in side.rounds),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
