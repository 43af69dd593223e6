"""Charts: the numbers they draw, the text beside them, and their size with 3 people and with 100."""

from math import isnan

import pytest

from components.charts import MAX_HEADING_CHARS, WIDE_HEADING_CHARS, plain_label, segment_text
from components.palette import COUNT_SCALE, INK, MARKS, POSITIONS, Theme
from components.review_charts import (
    Chart,
    comparison_chart,
    coverage_chart,
    disagreement_chart,
    involvement_chart,
    votes_chart,
)
from lib.domain.ids import VersionId
from lib.domain.rounds import Anonymity, Position, RoundResult
from lib.domain.runs import MarkValue
from lib.statistics.comparison import compare_versions
from lib.statistics.coverage import coverage
from lib.statistics.disagreement import item_results
from lib.statistics.involvement import involvement
from tests.unit.review_values import (
    AGREE,
    DISAGREE,
    clause,
    clause_item,
    mark,
    person,
    response,
    response_item,
    revealed,
    scenario,
    vote,
)

THEMES: tuple[Theme, ...] = ("light", "dark")


def a_round(people: int, items: int = 2) -> RoundResult:
    names = [f"Person {number:03}" for number in range(people)]
    return revealed(
        1,
        tuple(clause_item(f"i{number}", number) for number in range(items)),
        tuple(
            vote(f"i{item}", list(Position)[(index + item) % 4], name, "Why")
            for index, name in enumerate(names)
            for item in range(items)
        ),
    )


def every_chart(people: int, theme: Theme) -> list[Chart]:
    result = a_round(people)
    clauses, scenarios = (clause(0), clause(1)), (scenario(1), scenario(2))
    responses = (response("a", 1), response("b", 1, "v2"))
    marks = (mark("a", 0, MarkValue.FOLLOWED),)
    both = revealed(
        2,
        (response_item("x", "a"), response_item("y", "b")),
        tuple(vote(item, AGREE, f"p{number}") for item in "xy" for number in range(people)),
    )
    everyone = [person(f"Person {number:03}") for number in range(people)]
    versions = ((VersionId("v1"), "v1"), (VersionId("v2"), "v2"))
    return [
        disagreement_chart(item_results(result), theme),
        votes_chart(result, theme),
        coverage_chart(coverage(clauses, scenarios, responses, marks), theme),
        involvement_chart(involvement(clauses, everyone, responses, marks, [result]), theme),
        comparison_chart(compare_versions(scenarios, *versions, responses, [both]), "v1", "v2", theme),
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("people", [0, 1, 3, 100])
def test_every_chart_asks_a_question_has_an_alternative_and_a_table(people: int, theme: Theme) -> None:
    for chart in every_chart(people, theme):
        assert chart.title.endswith("?")
        assert chart.alt
        assert chart.note
        assert chart.figure.to_plotly_json()["data"]
        assert 80 <= chart.figure.layout.height <= 60 + 24 * max(100, people)


def test_bars_draw_the_counts_that_the_table_shows() -> None:
    chart = disagreement_chart(item_results(a_round(7)), "light")
    drawn = {trace.name.split(" ", 1)[1]: list(trace.x) for trace in chart.figure.data}
    for position in Position:
        label = POSITIONS[position].label
        assert drawn[label] == [row[label] for row in chart.rows]


def test_the_text_above_a_bar_carries_every_count_and_the_number() -> None:
    items = (clause_item("i", 7, "Always ask"),)
    result = revealed(1, items, (vote("i", AGREE, "a"), vote("i", AGREE, "b"), vote("i", DISAGREE, "c")))
    text = disagreement_chart(item_results(result), "dark").figure.layout.annotations[0].text
    assert text == "<b>0.67 · C7 as in v1: Always ask</b><br>2 agree, 1 disagree"


def test_an_undefined_disagreement_says_why_beside_the_counts() -> None:
    items = (clause_item("i", 1), clause_item("j", 2), clause_item("k", 3))
    given = revealed(1, items, (vote("i", AGREE, "a"), vote("j", Position.PASS, "a")))
    texts = [note.text for note in disagreement_chart(item_results(given), "light").figure.layout.annotations]
    assert [text.partition(" as in")[0] for text in texts] == ["<b>C1", "<b>C2", "<b>C3"]
    assert [text.partition("<br>")[2] for text in texts] == [
        "1 agree · no pair of positions",
        "1 pass · no pair of positions",
        "no votes",
    ]


def test_a_wide_screen_reads_more_of_what_was_voted_on() -> None:
    given = item_results(revealed(1, (clause_item("i", 1, "Always say which country the law is of. " * 5),), ()))
    narrow, wide = (
        disagreement_chart(given, "light", *room).figure.layout.annotations[0].text.partition("<br>")[0]
        for room in ((), (WIDE_HEADING_CHARS,))
    )
    assert len(narrow) == len("<b></b>") + MAX_HEADING_CHARS
    assert len(wide) == len("<b></b>") + WIDE_HEADING_CHARS


@pytest.mark.parametrize("theme", THEMES)
def test_labels_on_the_axes_of_a_grid_are_written_in_ink_and_not_in_grey(theme: Theme) -> None:
    layout = votes_chart(a_round(3), theme).figure.layout
    assert layout.xaxis.tickfont.color == layout.yaxis.tickfont.color == INK[theme]


def test_the_longer_side_of_clauses_and_people_goes_down_so_that_a_phone_shows_a_hundred() -> None:
    clauses, few, many = (clause(0), clause(1)), [person("Ann")], [person(f"P{n}") for n in range(100)]
    result = revealed(1, (clause_item("i", 0),), (vote("i", AGREE, "p7"), vote("i", AGREE, "ann")))
    small = involvement_chart(involvement(clauses, few, (), (), [result]), "light").figure
    assert (list(small.layout.xaxis.ticktext), list(small.layout.yaxis.ticktext)) == (["Ann"], ["C0", "C1"])
    large = involvement_chart(involvement(clauses, many, (), (), [result]), "light")
    assert list(large.figure.layout.xaxis.ticktext) == ["C0", "C1"]
    assert list(large.figure.layout.yaxis.ticktext)[7] == "P7"
    letters = large.figure.data[1]
    assert list(zip(letters.x, letters.y, letters.text, strict=True)) == [(0, 7, "V")]
    assert large.rows[0]["P7"] == "voted"


def test_an_earlier_wording_is_named_as_that() -> None:
    items = (clause_item("i", 7, "Always ask", is_current=False),)
    chart = disagreement_chart(item_results(revealed(1, items, ())), "light")
    assert chart.rows[0]["Item"] == "C7 as in v1 (earlier wording)"


def test_a_missing_vote_is_an_empty_cell_and_not_a_pass() -> None:
    result = revealed(
        1,
        (clause_item("i", 1), clause_item("j", 2)),
        (vote("i", AGREE, "ann"), vote("j", Position.PASS, "bob")),
    )
    colours, letters = votes_chart(result, "light").figure.data
    assert [[isnan(z) for z in line] for line in colours.z] == [[False, True], [True, False]]
    assert list(zip(letters.x, letters.y, letters.text, strict=True)) == [(0, 0, "A"), (1, 1, "P")]


def test_an_anonymous_round_has_no_people_to_draw() -> None:
    result = revealed(1, (clause_item("i", 1),), (vote("i", AGREE),), anonymity=Anonymity.ANONYMOUS)
    chart = votes_chart(result, "light")
    assert chart.rows == []
    assert list(chart.figure.layout.yaxis.ticktext) == []


def test_what_people_wrote_reaches_the_figure_escaped() -> None:
    items = (clause_item("i", 1, '<a href="https://evil.example">x</a>'),)
    chart = disagreement_chart(item_results(revealed(1, items, ())), "light")
    assert "<a" not in chart.figure.layout.annotations[0].text
    assert plain_label("<b>\n&") == "&lt;b&gt; &amp;"
    grid = votes_chart(revealed(1, items, (vote("i", AGREE, "<i>ann</i>"),)), "light").figure
    assert "<i" not in str(grid.layout.yaxis.ticktext) + str(grid.data[0].customdata)


@pytest.mark.parametrize(("count", "widest", "text"), [(3, 3, "3 disagree"), (1, 20, "1"), (1, 100, ""), (0, 3, "")])
def test_a_segment_says_as_much_as_fits(count: int, widest: int, text: str) -> None:
    assert segment_text(count, "Disagree", widest) == text


def test_a_grid_of_100_people_keeps_its_letters_up_to_forty_items() -> None:
    assert len(votes_chart(a_round(100, 40), "light").figure.data[1].text) == 4_000
    assert len(votes_chart(a_round(100, 41), "light").figure.data) == 1


@pytest.mark.parametrize("theme", THEMES)
def test_ink_on_every_fill_reads_with_a_contrast_of_at_least_four_and_a_half(theme: Theme) -> None:
    for meaning in (*POSITIONS.values(), *MARKS.values()):
        shade = meaning.shade(theme)
        light, dark = sorted((luminance(shade.fill), luminance(shade.ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, meaning.label


@pytest.mark.parametrize("theme", THEMES)
def test_the_ink_of_counts_reads_on_few_and_on_many(theme: Theme) -> None:
    for fill in COUNT_SCALE[theme]:
        light, dark = sorted((luminance(fill), luminance(INK[theme])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_no_answer_looks_like_an_alarm_and_all_differ_without_colour(theme: Theme) -> None:
    assert len({meaning.letter for meaning in POSITIONS.values()}) == len(Position)
    for meaning in POSITIONS.values():
        red, green, blue = (int(meaning.shade(theme).fill[place : place + 2], 16) for place in (1, 3, 5))
        assert not (red > 150 and red > 1.8 * green and red > 1.8 * blue), meaning.label


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
