"""What changed between two versions."""

from hypothesis import given
from hypothesis import strategies as st

from lib.domain.ids import ClauseId
from lib.domain.policy import NO_TAG, Clause, Tag
from lib.policy.compare import ChangeKind, PolicyText, Span, SpanKind, compare_clauses, text_diff, word_spans


def clause(name: str, wording: str, section: str = "", tag: Tag = NO_TAG) -> Clause:
    return Clause(ClauseId(name), 1, wording, tag, section)


def policy_text(name: str, text: str) -> PolicyText:
    return PolicyText(name, text, ())


def kinds(before: list[Clause], after: list[Clause]) -> dict[str, list[ChangeKind]]:
    return {str(change.clause.clause_id): list(change.kinds) for change in compare_clauses(before, after)}


def test_each_clause_says_what_happened_to_it() -> None:
    before = [clause("a", "one"), clause("b", "two"), clause("c", "three"), clause("d", "four")]
    after = [
        clause("a", "one"),
        clause("c", "three words", "Tone"),
        clause("d", "four", tag=Tag(always=True)),
        clause("e", "x"),
    ]
    assert kinds(before, after) == {
        "a": [],
        "b": [ChangeKind.WITHDRAWN],
        "c": [ChangeKind.REWORDED, ChangeKind.MOVED],
        "d": [ChangeKind.RETAGGED],
        "e": [ChangeKind.ADDED],
    }


def test_a_withdrawn_clause_is_shown_where_it_stood() -> None:
    changes = compare_clauses(
        [clause("a", "1"), clause("b", "2"), clause("c", "3")], [clause("a", "1"), clause("c", "3")]
    )
    assert [change.clause.clause_id for change in changes] == ["a", "b", "c"]


def test_only_the_clause_that_jumped_counts_as_moved() -> None:
    before = [clause(name, name) for name in "abcd"]
    assert kinds(before, [before[3], *before[:3]]) == {"d": [ChangeKind.MOVED], "a": [], "b": [], "c": []}


def test_a_clause_that_changes_its_section_does_not_make_its_old_neighbours_move() -> None:
    before = [clause("a", "1", "A"), clause("b", "2", "B"), clause("c", "3", "B")]
    after = [before[0], clause("c", "3", "A"), before[1]]
    assert kinds(before, after) == {"a": [], "b": [], "c": [ChangeKind.MOVED]}


def test_words_are_compared_as_words() -> None:
    assert word_spans("Always ask first.", "Always cite first.") == (
        Span(SpanKind.SAME, "Always "),
        Span(SpanKind.REMOVED, "ask"),
        Span(SpanKind.ADDED, "cite"),
        Span(SpanKind.SAME, " first."),
    )


@given(st.text(), st.text())
def test_spans_hold_both_wordings_completely(before: str, after: str) -> None:
    spans = word_spans(before, after)
    assert "".join(span.text for span in spans if span.kind is not SpanKind.REMOVED) == after
    if not set(before) & set(after):
        assert "".join(span.text for span in spans if span.kind is SpanKind.REMOVED) == before


def test_the_text_diff_names_both_versions() -> None:
    diff = text_diff(policy_text("v1", "- one\n- two\n"), policy_text("v2", "- one\n- three\n"))
    assert diff.splitlines()[:2] == ["--- v1", "+++ v2"]
    assert diff.splitlines()[-2:] == ["-- two", "+- three"]
    assert text_diff(policy_text("v1", "x"), policy_text("now", "x")) == ""
