"""How Markdown is read as a policy."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.errors import ValidationFailed
from lib.domain.ids import ClauseId
from lib.domain.policy import NO_TAG, Tag
from lib.policy.document import SegmentKind, render
from lib.policy.parse import document_of, parse

LINES = st.sampled_from(
    [
        "# Title",
        "## Section",
        "Setext",
        "===",
        "---",
        "- one",
        "* two",
        "+ three",
        "-",
        "1. first",
        "2) second",
        "  nested lines",
        "  - nested item",
        "\t- tabbed",
        "-\ttab after bullet",
        "      code",
        "```",
        "~~~ py",
        "> quote",
        "<div>",
        "</div>",
        "<!-- a",
        "-->",
        "text [always]",
        "text [when: asked]",
        "[always]",
        "[a]: /url",
        "***",
        "",
        "   ",
        "\t",
        "ünïcödé 条款",
        "a\x0bb",
        "\u2028line",
        "- - -",
        "- ```",
        "10000000000. no list",
        "\\- escaped",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
POLICIES = st.builds(
    lambda mark, lines, cut: (mark + "".join(line + end for line, end in lines)).removesuffix("\n" if cut else "\0"),
    st.sampled_from(["", "\ufeff"]),
    st.lists(st.tuples(LINES, ENDS), max_size=20),
    st.booleans(),
)


def wordings(text: str) -> list[str]:
    return [segment.wording for segment in parse(text) if segment.kind is SegmentKind.CLAUSE]


@given(st.one_of(POLICIES, st.text()))
@settings(max_examples=400, deadline=None)
def test_rendering_what_was_parsed_gives_the_text_back_exactly(text: str) -> None:
    segments = parse(text)
    assert render(segments) == text
    assert parse(render(segments)) == segments


@given(POLICIES)
@settings(max_examples=200, deadline=None)
def test_no_clause_is_empty_or_ends_in_a_tag(text: str) -> None:
    for wording in wordings(text):
        assert wording == wording.strip() != ""
        assert not wording.endswith("[always]") or wording[-9].strip()


@given(POLICIES)
@settings(max_examples=200, deadline=None)
def test_sections_are_counted_upwards_without_a_gap(text: str) -> None:
    indices = [segment.section_index for segment in parse(text)]
    assert indices == sorted(indices)
    assert set(indices) <= set(range(max(indices, default=0) + 1))


def test_a_top_level_list_item_with_its_nested_content_is_one_clause() -> None:
    assert wordings("- one\n  - nested\n\n  more\n- two\n") == ["one\n- nested\n\nmore", "two"]


def test_in_a_section_without_a_list_each_paragraph_is_a_clause() -> None:
    assert wordings("# A\n\nfirst\nstill first\n\nsecond\n") == ["first\nstill first", "second"]


def test_beside_a_list_paragraphs_are_context() -> None:
    assert wordings("# A\n\nintroduction\n\n- only this\n\nclosing words\n") == ["only this"]


def test_each_section_decides_for_itself() -> None:
    text = "free\n\n# A\n\n- item\n\n# B\n\nparagraph\n"
    assert [(s.section, s.wording) for s in parse(text) if s.wording] == [
        ("", "free"),
        ("A", "item"),
        ("B", "paragraph"),
    ]


def test_an_empty_list_item_is_no_clause_but_keeps_the_section_a_list() -> None:
    assert wordings("# A\n\n-\n\nwords beside it\n") == []


def test_setext_headings_and_code_html_and_quotes_are_no_clauses() -> None:
    text = "Title\n=====\n\n```\n- code\n```\n\n<div>\n- html\n</div>\n\n> - quoted\n\n    indented code\n"
    assert wordings(text) == []
    assert parse(text)[0].section == "Title"


def test_ordered_items_are_clauses_and_their_indent_is_taken_off() -> None:
    assert wordings("10. ten\n    more\n11. eleven\n") == ["ten\nmore", "eleven"]


def test_tabs_windows_line_ends_and_a_byte_order_mark_are_read_over() -> None:
    assert wordings("\ufeff-\tone\r\n\ttwo\r\n- three") == ["one\ntwo", "three"]


@pytest.mark.parametrize(
    ("text", "wording", "tag"),
    [
        ("- Be kind. [always]", "Be kind.", Tag(always=True)),
        ("- Ask first. [When:  a legal question ]", "Ask first.", Tag(when="a legal question")),
        ("- Ask first. [when: asked\n  ]", "Ask first.", Tag(when="asked")),
        ("- one\n  - two [always]", "one\n- two", Tag(always=True)),
        ("- No tag [when: ]", "No tag [when: ]", NO_TAG),
        ("- A link[always]", "A link[always]", NO_TAG),
        ("- Twice [always] [when: asked]", "Twice", Tag(when="asked")),
        ("- ```\n  code\n  ```\n\n  [always]", "```\ncode\n```", Tag(always=True)),
    ],
)
def test_a_tag_at_the_clauses_end_is_its_tag(text: str, wording: str, tag: Tag) -> None:
    (clause,) = (segment for segment in parse(text) if segment.wording)
    assert (clause.wording, clause.tag) == (wording, tag)


def test_many_blanks_in_what_is_no_tag_take_no_time_to_read() -> None:
    words = f"Ask first. [when:{' ' * 90_000}]]"
    began = time.monotonic()
    assert wordings(f"- {words}") == [words]
    assert time.monotonic() - began < 5


def test_identities_must_be_as_many_as_clauses() -> None:
    assert document_of("- a\n- b\n", [ClauseId("1"), ClauseId("2")]).ids == ("1", "2")
    with pytest.raises(ValidationFailed, match="2 clauses, but 1"):
        document_of("- a\n- b\n", [ClauseId("1")])
