from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from components.agenda_words import act_words
from components.texts import counted, escape, quoted, version_label, you_can
from lib.domain.agenda import ActKind, RoomAct
from lib.domain.people import Role

COMMONMARK = MarkdownIt("commonmark", {"html": True})


def shown(markdown: str) -> str:
    """The text that a Markdown line shows, if it is one paragraph of text and nothing else."""
    tokens = COMMONMARK.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=80))
def test_what_somebody_wrote_shows_letter_by_letter(written: str) -> None:
    assert shown("x" + escape(written)) == "x" + written


@pytest.mark.parametrize(
    "written", ["<script>alert(1)</script>", "**x**", "[a](javascript:b)", "![i](http://x/y.png)", "&lt;"]
)
def test_markup_stays_text(written: str) -> None:
    assert shown(f"Name: {escape(written)}") == f"Name: {written}"


def test_lines_are_joined_so_that_nothing_begins_a_block() -> None:
    assert shown("x " + escape("a\n\n# b\n- c")) == "x a # b - c"


def test_a_long_quotation_is_cut() -> None:
    assert quoted("a" * 100, 10) == "“" + "a" * 9 + "…”"


def test_numbers_carry_their_nouns() -> None:
    assert [counted(0, "clause"), counted(1, "clause"), counted(2, "person", "people")] == [
        "0 clauses",
        "1 clause",
        "2 people",
    ]


def test_the_policys_state_is_always_said() -> None:
    assert version_label(None, True) == "No version published yet"
    assert version_label(2, False) == "Policy v2"
    assert version_label(2, True) == "Policy v2 + unpublished changes"


def test_an_organizer_is_never_told_to_write_or_vote() -> None:
    for page in ("draft", "test", "vote"):
        assert you_can(Role.ORGANIZER, page) != you_can(Role.PARTICIPANT, page)


@pytest.mark.parametrize(
    ("called_to", "said"), [("review", "Review"), ("test", "Test scenarios"), ("C3", "“C3”"), ("S2", "“S2”")]
)
def test_the_undo_of_a_call_names_the_page_as_the_page_is_called(called_to: str, said: str) -> None:
    act = RoomAct("a1", ActKind.CALL, called_to, "Fay", datetime(2026, 1, 1, tzinfo=UTC))
    assert act_words(act) == f"called everyone to {said}"
