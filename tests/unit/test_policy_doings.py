"""Which clauses have moved, and who is named for what became of each."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.ids import PersonId
from tests.support.typed_policy import ANA, BEN, CLEO, Typing


def test_whoever_types_a_heading_is_named_for_the_clauses_that_stand_under_it_now() -> None:
    typing = Typing().replace("an outcome", "any outcome", BEN)
    typing.edit(typing.text.index("- Name"), 0, "\n# Sources\n\n", ANA)
    assert typing.by() == {"1": (), "2": (ANA,), "3": (BEN,), "4": ()}


def test_whoever_renames_a_heading_is_named_for_the_clauses_below_it() -> None:
    typing = Typing().replace("Limits", "Bounds", ANA).replace("Ask", "First ask", BEN)
    assert typing.by() == {"1": (BEN,), "2": (), "3": (ANA,), "4": (ANA,)}
    assert Typing().replace("Limits", "Limit", ANA).by() == {"1": (), "2": (), "3": (ANA,), "4": (ANA,)}


def test_whoever_makes_a_heading_of_a_line_or_a_line_of_a_heading_is_named() -> None:
    typing = Typing("- Ask.\n\nSources\n\n- Name one.\n").replace("Sources", "# Sources", ANA)
    assert typing.by()["2"] == (ANA,)
    assert Typing().replace("# Limits", "Limits", ANA).by()["3"] == (ANA,)


def test_whoever_takes_a_heading_out_is_named_for_the_clauses_that_stood_under_it() -> None:
    typing = Typing().replace("\n# Limits\n\n", "", ANA).replace("Ask", "First ask", BEN)
    assert typing.by() == {"1": (BEN,), "2": (), "3": (ANA,), "4": (ANA,)}


def test_who_words_a_clause_or_brings_it_elsewhere_is_named_and_not_who_typed_the_heading() -> None:
    typing = Typing().replace("# Limits", "# Bounds", ANA).replace("an outcome", "any outcome", BEN)
    typing.replace("- Ask before you answer.\n", "", CLEO)
    typing.edit(len(typing.text), 0, "- Ask before you answer.\n", CLEO)
    assert typing.by() == {"1": (CLEO,), "2": (), "3": (BEN,), "4": (ANA,)}


def test_a_blank_before_its_words_does_not_hide_who_typed_the_heading() -> None:
    typing = Typing().replace("# Limits", "# Bounds", ANA)
    typing.edit(typing.text.index("Say what"), 0, " ", BEN)
    assert typing.by() == {"1": (), "2": (), "3": (ANA,), "4": (ANA,)}


SECTION = "# Manner\n\n- Ask first.\n- Name a source.\n- Promise nothing.\n- Be brief.\n"


def moves(typing: Typing, line: str, to: str, by: str = ANA) -> Typing:
    """Cut a line out and put it before another one, or at the end, in one go."""
    typing.replace(line, "", PersonId(by))
    typing.edit(typing.text.index(to) if to else len(typing.text), 0, line, PersonId(by))
    return typing


def news(typing: Typing) -> tuple[set[str], dict[str, tuple[str, ...]]]:
    """Which clauses have moved within their section, and who did something to which one."""
    return {str(one) for one in typing.doings().moved}, {one: who for one, who in typing.by().items() if who}


@pytest.mark.parametrize(
    ("line", "to", "moved"),
    [
        ("- Ask first.\n", "", "1"),
        ("- Be brief.\n", "- Ask", "4"),
        ("- Ask first.\n", "- Promise", "1"),
        ("- Name a source.\n", "- Ask", "2"),
    ],
)
def test_a_clause_put_elsewhere_in_its_section_has_moved_by_who_put_it_there(line: str, to: str, moved: str) -> None:
    typing = moves(Typing(SECTION), line, to)
    typing.replace("Promise", "Vow", BEN)
    assert news(typing) == ({moved}, {moved: (ANA,), "3": (BEN,)})


def test_when_several_are_put_before_one_it_is_that_one_that_has_moved_by_who_put_them_there() -> None:
    typing = Typing(SECTION).replace("Be brief", "Be very brief", BEN)
    moves(typing, "- Name a source.\n- Promise nothing.\n", "- Ask")
    assert news(typing) == ({"1"}, {"1": (ANA,), "2": (ANA,), "3": (ANA,), "4": (BEN,)})


def test_what_comes_in_goes_or_stands_in_another_section_makes_no_other_clause_move() -> None:
    typing = Typing()
    typing.edit(typing.text.index("- Ask"), 0, "- Be kind.\n", ANA)
    typing.replace("- Name a source for every claim.\n", "", ANA)
    typing.edit(len(typing.text), 0, "- Refuse nothing.\n", BEN)
    moves(typing, "- Ask before you answer.\n", "- Say what", BEN)
    assert typing.doings().moved == frozenset()
    assert typing.by()["1"] == (BEN,)


@given(st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_without_a_clause_that_has_moved_the_others_stand_as_they_did(seed: int, times: int) -> None:
    dice = random.Random(seed)
    lines = [f"- {word} it.\n" for word in ("Ask", "Name", "Say", "Do", "Try", "Tell")]
    typing = Typing("".join(lines))
    for _ in range(times):
        line, to = dice.sample(lines, 2)
        moves(typing, line, dice.choice((to, "")))
    was, now, moved = list("123456"), typing.ids(), news(typing)[0]
    assert sorted(now) == was
    assert [one for one in now if one not in moved] == [one for one in was if one not in moved]
    assert (now == was) == (not moved)
    assert len(moved) <= times
    assert all(typing.by()[one] == (ANA,) for one in moved)


@pytest.mark.parametrize(
    ("old", "new", "whose"),
    [
        ("a source for every", "a source.\n- Do so for every", {"new5": ("2",)}),
        ("answer.\n- Name", "answer, and name", {"2": ("1",)}),
        ("answer.\n- Name", "answer.\n- Be kind.\n- Name", {}),
        ("Name a source", "Give a reason", {}),
        (".\n\n# Limits\n\n- Never promise an outcome. [always]\n- Say", ", and say", {"2": ("4",)}),
    ],
    ids=["split", "joined", "a new one", "reworded", "joined over one that went"],
)
def test_a_clause_in_which_words_of_others_stand_now_has_them_as_its_sources(
    old: str, new: str, whose: dict[str, tuple[str, ...]]
) -> None:
    assert Typing().replace(old, new).doings().sources == whose


def test_who_parts_a_clause_in_which_others_type_is_named_for_both_parts() -> None:
    typing = Typing()
    for before, words, by in ((" for every", "\n-", ANA), ("every", "each and ", BEN), ("source", "good ", CLEO)):
        typing.edit(typing.text.index(before), 0, words, by)
    assert {one: who for one, who in typing.by().items() if who} == {"2": (CLEO, ANA), "new5": (BEN, ANA)}


@pytest.mark.parametrize("joint", ["\n", "\n- "], ids=["line end", "line end and marker"])
def test_who_joins_two_clauses_in_which_others_type_is_named_for_both(joint: str) -> None:
    typing = Typing("- Ask first.\n- Name a source.\n- Be kind.\n")
    typing.replace("first", "at first", CLEO)
    typing.edit(typing.text.index("\n"), len(joint), "", ANA)
    typing.replace("a source", "any source", BEN)
    assert {one: who for one, who in typing.by().items() if who} == {"1": (ANA,), "2": (BEN, CLEO, ANA)}


def test_who_takes_out_the_clause_between_is_not_named_for_joining_the_one_before_it_with_one_further_on() -> None:
    typing = Typing("- Ask first.\n- Be kind.\n- Name a source.\n- Be brief.\n")
    typing.replace("- Be kind.\n", "", BEN).replace("source.\n- Be", "source. Be", ANA)
    assert {one: who for one, who in typing.by().items() if who} == {"2": (BEN,), "3": (ANA,), "4": (ANA,)}


def after(text: str, *acts: tuple[str, str, str, PersonId]) -> dict[str, tuple[str, ...]]:
    """Whose doing each clause is after acts: before these words others are taken out and put in, by somebody."""
    typing = Typing(text)
    for before, out, words, by in acts:
        at = typing.text.index(before)
        assert typing.text[at : at + len(out)] == out
        typing.edit(at, len(out), words, by)
    return {one: who for one, who in typing.by().items() if who}


def test_who_takes_out_the_clause_between_two_that_another_joins_is_not_named_for_that() -> None:
    text = "- Ask first.\n- Be kind.\n- Name a source.\n"
    line_by_line = [("\n- Be kind.", "\n- Be kind.", "", BEN), ("\n- Name", "\n-", "", ANA)]
    in_pieces = [("Be kind.", "Be kind.", "", BEN), ("\n- \n", "\n- ", "", BEN), ("\n- Name", "\n-", "", ANA)]
    for acts in (line_by_line, in_pieces):
        assert after(text, *acts) == {"1": (ANA,), "2": (BEN,), "3": (ANA,)}


def test_who_writes_a_clause_between_the_parts_of_another_one_is_not_named_for_parting_it() -> None:
    parts = (" a source", "", "\n-", ANA)
    for before, written in (("\n- a source", "\n- Say so."), ("- a source", "- Say so.\n")):
        found = after("- Name a source.\n", parts, (before, "", written, BEN))
        assert list(found.values()) == [(ANA,), (BEN,), (ANA,)]


def test_who_types_words_and_a_blank_where_another_parts_a_clause_is_named_for_their_words_only() -> None:
    parts, types = (" a source", "", "\n-", ANA), ("\n-", "", " good ", BEN)
    assert after("- Name a source.\n", parts, types) == {"1": (BEN, ANA), "new2": (ANA,)}


def test_who_indents_a_clause_below_another_one_or_takes_the_blanks_out_is_named_for_joining_or_parting_them() -> None:
    indents = ("- Be brief", "", "  ", ANA)
    assert after("- Be kind.\n- Be brief.\n- Ask.\n", indents, ("Ask", "", "Always ", BEN)) == {
        "1": (ANA,),
        "2": (ANA,),
        "3": (BEN,),
    }
    takes_out = ("  - Be brief", "  ", "", ANA)
    assert after("- Be kind.\n  - Be brief.\n", takes_out) == {"1": (ANA,), "new2": (ANA,)}


def test_who_takes_words_out_of_a_clause_that_another_joins_away_is_named_where_its_other_words_stand_now() -> None:
    takes = (" insult anybody", " insult anybody", "", BEN)
    joins = ("\n- Never", "\n-", "", ANA)
    found = after("- Be kind to everybody here.\n- Never insult anybody.\n", takes, joins)
    assert found == {"1": (BEN, ANA), "2": (ANA,)}
