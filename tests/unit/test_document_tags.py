"""Where the editor takes the words of a line to end: before its tag, at once in the longest line."""

from tests.support.in_node import run_in_node


def words_of(*lines: str) -> list[str]:
    ends = run_in_node("tags_of_lines.mjs", lines)
    return [line[:end] for line, end in zip(lines, ends, strict=True)]


def test_words_end_before_the_tag_and_the_blanks_around_it() -> None:
    assert words_of("- Be kind. \t[Always] ", "- Ask [when: asked]", "- A link [1] ", "[always]", "") == [
        *("- Be kind.", "- Ask", "- A link [1]", "", "")
    ]


def test_a_line_of_blanks_takes_no_time() -> None:
    blanks = " " * 500_000  # some minutes for whoever tries them anew from each of them
    assert words_of(f"- a{blanks}b", f"- a{blanks}[always]{blanks}") == [f"- a{blanks}b", "- a"]
