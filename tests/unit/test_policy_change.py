"""What a policy is after one change, and after two people's."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lib.domain.errors import ClauseConflict, Conflict, ValidationFailed
from lib.domain.ids import ClauseId
from lib.domain.policy import MAX_CLAUSE_CHARS, MAX_POLICY_CHARS, NO_TAG, Tag
from lib.policy.acts import (
    AddClause,
    AddSection,
    Change,
    EditClause,
    MoveClause,
    RenameSection,
    RestoreClause,
    TagClause,
    WithdrawClause,
)
from lib.policy.change import apply, one_place
from lib.policy.document import Document, SegmentKind
from lib.policy.parse import document_of, parse
from tests.unit.test_policy_parse import POLICIES

A, B, C, NEW = ClauseId("a"), ClauseId("b"), ClauseId("c"), ClauseId("new")


def policy(text: str) -> Document:
    """The policy whose clauses are a, b, c… in order."""
    count = sum(segment.kind is SegmentKind.CLAUSE for segment in parse(text))
    return document_of(text, [ClauseId(chr(ord("a") + n)) for n in range(count)])


def shape(document: Document) -> list[tuple[str, str, str]]:
    return [(str(clause.clause_id), clause.wording, clause.section) for clause in document.clauses]


def test_the_first_clause_of_an_empty_policy_starts_a_list() -> None:
    assert apply(policy(""), AddClause(NEW, "Be kind.", Tag(always=True))).text == "- Be kind. [always]\n"


def test_a_clause_is_added_at_its_sections_end() -> None:
    changed = apply(policy("# A\n\n- one\n- two\n\n# B\n\n- three\n"), AddClause(NEW, "new", NO_TAG, "A"))
    assert changed.text == "# A\n\n- one\n- two\n- new\n\n# B\n\n- three\n"
    assert changed.ids == (A, B, NEW, C)


def test_a_clause_for_a_section_that_is_not_there_brings_its_heading() -> None:
    assert apply(policy("- one"), AddClause(NEW, "new", NO_TAG, "Tone")).text == "- one\n\n## Tone\n\n- new\n"


def test_adding_to_paragraphs_makes_them_a_list_and_keeps_their_identities() -> None:
    changed = apply(policy("# A\n\none\nmore\n\ntwo [always]\n"), AddClause(NEW, "new", NO_TAG, "A"))
    assert changed.text == "# A\n\n- one\n  more\n\n- two [always]\n\n- new\n"
    assert changed.ids == (A, B, NEW)


def test_several_lines_stay_one_clause() -> None:
    changed = apply(policy("- one\n"), AddClause(NEW, "first\n\n- point\n- point two\n\nlast"))
    assert shape(changed)[1] == ("new", "first\n\n- point\n- point two\n\nlast", "")


def test_windows_line_ends_are_kept() -> None:
    assert apply(policy("- one\r\n- two\r\n"), AddClause(NEW, "a\nb")).text == "- one\r\n- two\r\n- a\r\n  b\r\n"


def test_numbers_of_an_ordered_list_stay_in_order() -> None:
    document = policy("1. one\n2. two\n3. three\n")
    assert apply(document, MoveClause(C, "", before=A)).text == "1. three\n2. one\n3. two\n"
    assert apply(document, WithdrawClause(A)).text == "2. two\n3. three\n"


def test_a_typed_bullet_and_a_typed_tag_are_understood() -> None:
    assert apply(policy(""), AddClause(NEW, "- Be kind. [when: asked]")).text == "- Be kind. [when: asked]\n"


def test_a_pasted_list_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValidationFailed, match=r"list of 2 items.*one at a time"):
        apply(policy(""), AddClause(NEW, "- one\n- two"))


@pytest.mark.parametrize("wording", ["", "  \n ", "[always]", "- ", "***"])
def test_an_empty_clause_is_refused(wording: str) -> None:
    with pytest.raises(ValidationFailed, match="no words yet"):
        apply(policy(""), AddClause(NEW, wording))


def test_a_clause_of_fifty_thousand_characters_is_refused_with_its_length() -> None:
    with pytest.raises(ValidationFailed, match=f"50,000 characters; {MAX_CLAUSE_CHARS:,} are the most"):
        apply(policy(""), AddClause(NEW, "x" * 50_000))


def test_a_policy_that_would_be_too_long_is_refused() -> None:
    document = policy("\n".join("- " + "x" * 1_990 for _ in range(20)) + "\n\n> " + "y" * 60_000)
    assert len(document.text) < MAX_POLICY_CHARS
    with pytest.raises(ValidationFailed, match="100,000 are the most"):
        apply(document, AddClause(NEW, "x" * 1_990))


def test_a_list_that_code_would_swallow_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="layout"):
        apply(policy("one\n\n    code\n"), AddClause(NEW, "new"))


def test_an_edit_changes_wording_and_tag_and_nothing_else() -> None:
    document = policy("# A\n\n* one\n* two\n\ncontext\n")
    changed = apply(document, EditClause(A, "one", "uno\nmore", Tag(when="asked")))
    assert changed.text == "# A\n\n* uno\n  more [when: asked]\n* two\n\ncontext\n"


def test_a_paragraph_edited_into_several_becomes_a_list_item() -> None:
    changed = apply(policy("one\n\ntwo\n"), EditClause(A, "one", "one\n\nmore"))
    assert shape(changed) == [("a", "one\n\nmore", ""), ("b", "two", "")]


def test_the_second_of_two_who_reword_a_clause_is_told_and_gets_both_texts() -> None:
    once = apply(policy("- one\n- two\n"), EditClause(A, "one", "theirs"))
    with pytest.raises(ClauseConflict) as told:
        apply(once, EditClause(A, "one", "mine"))
    assert (told.value.theirs, told.value.mine) == ("theirs", "mine")


def test_an_edit_of_a_withdrawn_clause_keeps_its_wording_for_its_author() -> None:
    with pytest.raises(ClauseConflict) as told:
        apply(apply(policy("- one\n"), WithdrawClause(A)), EditClause(A, "one", "mine"))
    assert (told.value.theirs, told.value.mine) == (None, "mine")


def test_one_persons_tag_and_anothers_wording_merge() -> None:
    always, asked = Tag(always=True), Tag(when="asked")
    document = policy("- one [always]\n")
    reworded = apply(document, EditClause(A, "one", "uno", always, always))
    tagged = apply(document, EditClause(A, "one", "one", asked, always))
    assert apply(reworded, EditClause(A, "one", "one", asked, always)).text == "- uno [when: asked]\n"
    assert apply(tagged, EditClause(A, "one", "uno", always, always)).text == "- uno [when: asked]\n"


def test_the_same_edit_twice_is_no_conflict() -> None:
    once = apply(policy("- one\n"), EditClause(A, "one", "same"))
    assert apply(once, EditClause(A, "one", "same")) == once


def test_changes_of_different_clauses_merge_in_either_order() -> None:
    document = policy("- one\n- two\n- three\n")
    mine, theirs = EditClause(A, "one", "uno"), EditClause(B, "two", "due")
    assert apply(apply(document, mine), theirs) == apply(apply(document, theirs), mine)
    moved = apply(apply(document, MoveClause(C, "", before=A)), mine)
    assert [wording for _, wording, _ in shape(moved)] == ["three", "uno", "two"]


def test_a_clause_moves_to_another_section() -> None:
    changed = apply(policy("# A\n\n- one\n- two\n\n# B\n\n- three\n"), MoveClause(A, "B", before=C))
    assert changed.text == "# A\n\n- two\n\n# B\n\n- one\n- three\n"
    assert changed.ids == (B, A, C)


def test_the_last_clause_moved_away_leaves_context_as_context() -> None:
    changed = apply(policy("# A\n\n- one\n\ncontext\n\n# B\n\n- two\n"), MoveClause(A, "B"))
    assert shape(changed) == [("b", "two", "B"), ("a", "one", "B")]
    assert "context" in changed.text


def test_withdrawing_the_last_clause_of_a_list_does_not_make_clauses_of_its_context() -> None:
    changed = apply(policy("# A\n\ncontext\n\n- one\n"), WithdrawClause(A))
    assert changed.clauses == ()
    again = apply(changed, RestoreClause(A, "one", NO_TAG, "A"))
    assert again.text == "# A\n\ncontext\n\n- one\n"


def test_moving_to_a_section_that_was_renamed_says_so() -> None:
    with pytest.raises(Conflict, match="“B” was renamed"):
        apply(policy("- one\n"), MoveClause(A, "B"))


def test_tagging_replaces_the_tag_only() -> None:
    tagged = apply(policy("- one [always]\n- two\n"), TagClause(A, Tag(when="asked")))
    assert tagged.text == "- one [when: asked]\n- two\n"
    assert apply(tagged, TagClause(A, NO_TAG)).text == "- one\n- two\n"


def test_a_tag_that_another_set_meanwhile_is_not_overwritten_unseen() -> None:
    always, asked, theirs = Tag(always=True), Tag(when="asked"), Tag(when="asked about minors")
    document = apply(policy("- one [always]\n"), TagClause(A, theirs, always))
    for mine in (TagClause(A, asked, always), EditClause(A, "one", "uno", asked, always)):
        with pytest.raises(Conflict, match="when this clause applies"):
            apply(document, mine)
    assert apply(document, TagClause(A, theirs, always)) == document
    assert apply(document, TagClause(A, asked, theirs)).text == "- one [when: asked]\n"
    assert apply(document, EditClause(A, "one", "uno", always, always)).text == "- uno [when: asked about minors]\n"


def test_a_tag_with_brackets_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="square brackets"):
        apply(policy("- one\n"), TagClause(A, Tag(when="x [always]")))


def test_a_stale_withdrawal_is_told_of_the_new_wording() -> None:
    edited = apply(policy("- one\n"), EditClause(A, "one", "uno"))
    with pytest.raises(ClauseConflict, match="not withdrawn"):
        apply(edited, WithdrawClause(A, "one"))


def test_withdrawing_or_restoring_twice_changes_nothing_more() -> None:
    document = policy("- one\n- two\n")
    gone = apply(document, WithdrawClause(A))
    assert apply(gone, WithdrawClause(A)) == gone
    assert apply(document, RestoreClause(A, "one")) == document


def test_a_restored_clause_can_go_back_to_where_it_stood() -> None:
    gone = apply(policy("- one\n- two\n"), WithdrawClause(A))
    assert apply(gone, RestoreClause(A, "one", NO_TAG, "", before=B)).text == "- one\n- two\n"
    assert apply(gone, RestoreClause(A, "one", NO_TAG, "", before=C)).text == "- two\n- one\n"


def test_the_second_of_two_who_bring_a_clause_back_with_own_words_is_told() -> None:
    back = apply(apply(policy("- one\n"), WithdrawClause(A)), RestoreClause(A, "theirs"))
    with pytest.raises(ClauseConflict) as told:
        apply(back, RestoreClause(A, "mine"))
    assert (told.value.theirs, told.value.mine) == ("theirs", "mine")


def test_one_place_up_or_down_crosses_into_the_neighbouring_section() -> None:
    document = policy("# A\n\n- one\n- two\n\n# B\n\n- three\n")
    assert one_place(document, B, up=True) == MoveClause(B, "A", A)
    assert one_place(document, A, up=False) == MoveClause(A, "A", None)
    assert one_place(document, B, up=False) == MoveClause(B, "B", C)
    assert one_place(document, C, up=True) == MoveClause(C, "A", None)
    assert one_place(document, A, up=True) is None
    assert one_place(document, C, up=False) is None
    assert one_place(document, NEW, up=False) is None


def test_sections_are_added_and_renamed_and_never_twice() -> None:
    document = apply(policy("# A\n\n- one\n"), AddSection("Tone"))
    assert document.text == "# A\n\n- one\n\n## Tone\n"
    assert shape(apply(document, RenameSection("A", "Scope"))) == [("a", "one", "Scope")]
    with pytest.raises(ValidationFailed, match="already"):
        apply(document, RenameSection("A", "Tone"))
    with pytest.raises(ValidationFailed, match="no name yet"):
        apply(document, AddSection(" # "))


WORDINGS = st.one_of(
    st.text(max_size=60), st.sampled_from(["plain words", "a\n\n- b", "# x", "```\ncode", "> q", "<div>"])
)
TAGS = st.sampled_from([NO_TAG, Tag(always=True), Tag(when="asked")])


@st.composite
def policies_and_changes(draw: st.DrawFn) -> tuple[Document, Change]:
    text = draw(POLICIES)
    count = sum(segment.kind is SegmentKind.CLAUSE for segment in parse(text))
    document = document_of(text, [ClauseId(f"c{n}") for n in range(count)])
    sections = st.sampled_from([*document.sections, "", "Elsewhere"])
    kind = draw(st.sampled_from(["add", "edit", "move", "tag", "withdraw", "rename"]))
    if kind == "add":
        return document, AddClause(NEW, draw(WORDINGS), draw(TAGS), draw(sections))
    if kind == "rename":
        return document, RenameSection(draw(sections), "Renamed")
    assume(document.clauses)
    clause = draw(st.sampled_from(document.clauses))
    assert clause.clause_id
    if kind == "edit":
        return document, EditClause(clause.clause_id, clause.wording, draw(WORDINGS), draw(TAGS))
    if kind == "move":
        return document, MoveClause(clause.clause_id, draw(sections), draw(st.sampled_from([None, *document.ids])))
    if kind == "tag":
        return document, TagClause(clause.clause_id, draw(TAGS))
    return document, WithdrawClause(clause.clause_id)


@given(policies_and_changes())
@settings(max_examples=500, deadline=None)
def test_no_change_touches_another_clause(drawn: tuple[Document, Change]) -> None:
    document, change = drawn
    try:
        after = apply(document, change)
    except (ValidationFailed, Conflict):
        return
    touched = getattr(change, "clause_id", None)
    renamed = isinstance(change, RenameSection)
    before = [(c.clause_id, c.wording, c.tag, renamed or c.section) for c in document.clauses if c.clause_id != touched]
    kept = [(c.clause_id, c.wording, c.tag, renamed or c.section) for c in after.clauses if c.clause_id != touched]
    assert kept == before
    assert document_of(after.text, after.ids) == after
    assert isinstance(change, WithdrawClause) == (touched is not None and after.find(touched) is None)
