"""The charts of the review, each with the question it answers, its text alternative and the table behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import TypeVar

from components.charts import MAX_HEADING_CHARS, Bar, Figure, Grid, flat_steps, grid_figure, stacked_bars
from components.palette import COUNT_SCALE, POSITIONS, STACK_ORDER, Theme
from components.review_tables import (
    Row,
    column_names,
    comparison_rows,
    counts_in_words,
    counts_with_reason,
    coverage_rows,
    disagreement_prefix,
    disagreement_rows,
    involvement_in_words,
    involvement_rows,
    item_name,
    mark_counts_in_words,
    number_of,
    scenario_label,
    short_item_label,
    vote_rows,
    voters,
)
from lib.domain.rounds import Position, RoundResult
from lib.statistics.comparison import ScenarioComparison, VersionSide
from lib.statistics.coverage import Coverage, MarkCounts
from lib.statistics.disagreement import ItemResult
from lib.statistics.involvement import Involvement, InvolvementTable

Cell = TypeVar("Cell")
Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Chart:
    """A figure with the question it answers, its text alternative, and the table behind it."""

    title: str
    figure: Figure
    alt: str
    rows: list[Row]
    note: str


def disagreement_chart(results: Sequence[ItemResult], theme: Theme, heading_chars: int = MAX_HEADING_CHARS) -> Chart:
    """Counts of every answer as one stacked bar an item, in the order given: sort most contested first."""
    bars = [
        Bar(
            heading=f"{disagreement_prefix(result.disagreement)}{_round(result, results)}{item_name(result)}: "
            f"{result.item.scenario_title or result.item.text}",
            detail=counts_with_reason(result.disagreement),
            counts=result.counts,
        )
        for result in results
    ]
    defined = [result for result in results if result.disagreement.value is not None]
    most = max(defined, key=lambda result: result.disagreement.value or 0.0, default=None)
    summary = f"most on {item_name(most)}, {counts_in_words(most.counts)}" if most else "nothing to compare yet"
    return Chart(
        title="Where do we differ most?",
        figure=stacked_bars(bars, theme, heading_chars),
        alt=f"Votes on {number_of(len(results), 'item')}, most contested first: {summary}.",
        rows=disagreement_rows(results),
        note="The number before an item is its disagreement: the chance that two people who took a position differ "
        "(0 = all the same, 1 = two people who differ). Pass and cannot judge are counted and shown, and are no "
        "positions.",
    )


def votes_chart(result: RoundResult, theme: Theme) -> Chart:
    """People × items of a revealed named round, one letter and colour an answer; an empty cell is no vote."""
    people = voters(result)
    given = {(vote.person_id, vote.item_id): vote.position for vote in result.votes}
    cells = [[given.get((person, item.item_id)) for item in result.items] for person, _ in people]
    order = {position: float(number) for number, position in enumerate(STACK_ORDER)}
    grid = Grid(
        columns=column_names([short_item_label(item) for item in result.items]),
        lines=[name for _, name in people],
        numbers=_each(cells, lambda cell: nan if cell is None else order[cell]),
        letters=_each(cells, lambda cell: "" if cell is None else POSITIONS[cell].letter),
        words=_each(cells, lambda cell: "no vote" if cell is None else POSITIONS[cell].label),
        inks=_each(cells, lambda cell: "" if cell is None else POSITIONS[cell].shade(theme).ink),
    )
    scale = flat_steps([POSITIONS[position].shade(theme).fill for position in STACK_ORDER])
    key = ", ".join(f"{POSITIONS[position].letter} = {POSITIONS[position].label.lower()}" for position in Position)
    return Chart(
        title="Who took which position?",
        figure=grid_figure(grid, scale, len(STACK_ORDER) - 1, theme),
        alt=f"Answers in round {result.number}: {number_of(len(people), 'person', 'people')} by "
        f"{number_of(len(result.items), 'item')}.",
        rows=vote_rows(result),
        note=f"{key}; empty = no vote.",
    )


def coverage_chart(coverage: Coverage, theme: Theme) -> Chart:
    """Clauses × scenarios: how often people marked a clause as followed or violated."""
    cells = [[coverage.cell(c.clause_id, s.scenario_id) for s in coverage.scenarios] for c in coverage.clauses]
    grid = Grid(
        columns=[f"S{s.number}" if s.number is not None else "private" for s in coverage.scenarios],
        lines=[f"C{clause.number}" for clause in coverage.clauses],
        numbers=_each(cells, lambda cell: float(cell.exercising) if cell.total else nan),
        letters=_each(cells, _mark_letters),
        words=_each(cells, lambda cell: mark_counts_in_words(cell) or "no marks"),
    )
    most = max((cell.exercising for line in cells for cell in line), default=0)
    share = coverage.clause_coverage
    return Chart(
        title="Which scenarios put which clause to work?",
        figure=grid_figure(grid, _amounts(theme), max(1, most), theme),
        alt=f"{share.count} of {number_of(share.n, 'clause')} followed or violated in at least one scenario.",
        rows=coverage_rows(coverage),
        note=f"Source: {coverage.source}. ✓ followed, ✕ violated, ○ not concerned; empty = nobody marked it.",
    )


def involvement_chart(table: InvolvementTable, theme: Theme) -> Chart:
    """Clauses × people: T tested, M marked, V voted. It shows where voices are missing and ranks nobody.

    The longer side goes down, so that a hundred people are a column of names and not a row of them.
    """
    cells = [[table.cell(c.clause_id, p.person_id) for p in table.people] for c in table.clauses]
    grid = Grid(
        columns=[person.name for person in table.people],
        lines=[f"C{clause.number}" for clause in table.clauses],
        numbers=_each(cells, lambda cell: float(len(_done_letters(cell))) or nan),
        letters=_each(cells, _done_letters),
        words=_each(cells, lambda cell: involvement_in_words(cell) or "nothing known"),
    )
    return Chart(
        title="Whose voice is behind which clause?",
        figure=grid_figure(grid if len(grid.lines) >= len(grid.columns) else grid.turned(), _amounts(theme), 3, theme),
        alt=f"{number_of(len(table.clauses), 'clause')} by {number_of(len(table.people), 'person', 'people')}; "
        f"{len(table.untouched_clauses)} untouched by anybody.",
        rows=involvement_rows(table),
        note="T = tested it, M = marked a response on it, V = voted on it in a named round; empty = nothing known.",
    )


def comparison_chart(
    comparisons: Sequence[ScenarioComparison],
    before: str,
    after: str,
    theme: Theme,
    heading_chars: int = MAX_HEADING_CHARS,
) -> Chart:
    """Two bars a scenario, one a version, only for scenarios on which both have been voted on."""
    shown = [comparison for comparison in comparisons if comparison.is_voted_on_both]
    bars = [
        Bar(_side_heading(c, side, label), counts_with_reason(side.disagreement), side.counts)
        for c in shown
        for label, side in ((before, c.before), (after, c.after))
    ]
    changes = [comparison.change for comparison in shown if comparison.change is not None]
    fell, rose = sum(change < 0 for change in changes), sum(change > 0 for change in changes)
    return Chart(
        title=f"Do we differ less under {after} than under {before}?",
        figure=stacked_bars(bars, theme, heading_chars),
        alt=f"{number_of(len(shown), 'scenario')} voted on under both: disagreement fell on {fell}, rose on {rose}.",
        rows=comparison_rows(comparisons, before, after),
        note="The number before a bar is its disagreement. Less disagreement is not by itself better: people may agree "
        "that a response is wrong. Read the counts.",
    )


def _each(cells: Sequence[Sequence[Cell]], show: Callable[[Cell], Shown]) -> list[list[Shown]]:
    return [[show(cell) for cell in line] for line in cells]


def _amounts(theme: Theme) -> list[list[float | str]]:
    few, many = COUNT_SCALE[theme]
    return [[0.0, few], [1.0, many]]


def _round(result: ItemResult, among: Sequence[ItemResult]) -> str:
    """The round's number where items of several rounds stand together."""
    return f"R{result.round_number} " if len({one.round_id for one in among}) > 1 else ""


def _side_heading(comparison: ScenarioComparison, side: VersionSide, label: str) -> str:
    scenario = scenario_label(comparison.scenario.number, comparison.scenario.title)
    return f"{disagreement_prefix(side.disagreement)}{label} on {scenario}"


def _mark_letters(cell: MarkCounts) -> str:
    parts = ((cell.followed, "✓"), (cell.violated, "✕"), (cell.not_concerned, "○"))
    return " ".join(f"{count}{shape}" for count, shape in parts if count)


def _done_letters(cell: Involvement) -> str:
    done = (("T", cell.tested), ("M", cell.marked), ("V", cell.voted))
    return "".join(letter for letter, is_done in done if is_done)
