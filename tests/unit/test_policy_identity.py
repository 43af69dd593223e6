"""Which clause is which after typing: rewording, moving, splitting, merging, cutting out and putting back."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.ids import ClauseId, PersonId
from lib.domain.trace import typed_in
from lib.policy.doings import doings
from lib.policy.hands import Hands, takers, writers
from lib.policy.identity import MOST_GONE, Known, trace_between
from lib.policy.parse import document_of, parse
from tests.support.many_clauses import clauses_of, counting_comparisons
from tests.support.typed_policy import ANA, BEN, CLEO, TEXT, Typing


def test_what_nobody_touched_keeps_its_identity() -> None:
    assert Typing().ids() == Typing().ids_by_words() == ["1", "2", "3", "4"]


def test_a_reworded_clause_keeps_its_identity() -> None:
    typing = Typing().replace("Name a source", "Give the place of law")
    assert typing.ids() == typing.ids_by_words() == ["1", "2", "3", "4"]


def test_a_clause_of_which_a_single_letter_is_left_is_still_the_same() -> None:
    assert Typing().replace("sk before you answer.", " wholly other wording").ids() == ["1", "2", "3", "4"]


def test_a_new_clause_between_others_is_new_and_the_others_stay() -> None:
    for old, new in (("- Name", "- Be kind.\n- Name"), ("answer.\n", "answer.\n- Be kind.\n")):
        found = Typing().replace(old, new).ids()
        assert [found[0], *found[2:]] == ["1", "2", "3", "4"]
        assert found[1].startswith("new")


@pytest.mark.parametrize(
    ("does", "takes_back"),
    [
        (("- Name a source", "- Name\n- a source"), ("- Name\n- a source", "- Name a source")),
        (("claim.\n\n# Limits\n\n- Never", "claim. Never"), ("claim. Never", "claim.\n\n# Limits\n\n- Never")),
        (("answer.\n- Name", "answer. Name"), ("answer. Name", "answer.\n- Name")),
        (("- Name", "  - Name"), ("  - Name", "- Name")),
        (("- Name", "Name"), ("\nName", "\n1. Name")),
    ],
    ids=["split", "joined across a heading", "joined", "nested", "without its dash"],
)
def test_a_split_or_a_merge_that_the_policy_followed_can_be_taken_back(
    does: tuple[str, str], takes_back: tuple[str, str]
) -> None:
    typing = Typing().replace(*does)
    assert typing.rests() != ["1", "2", "3", "4"]
    assert typing.replace(*takes_back).rests() == ["1", "2", "3", "4"]


def test_who_types_a_new_clause_before_another_leaves_that_one_its_identity_however_long_they_take() -> None:
    typing = Typing().replace("- Ask", "- Be kind to all. Ask")
    assert typing.rests() == ["1", "2", "3", "4"]
    found = typing.replace("all. Ask", "all.\n- Ask").rests()
    assert found[0].startswith("new")
    assert found[1:] == ["1", "2", "3", "4"]


def test_a_split_keeps_the_identity_on_the_first_part() -> None:
    typing = Typing().replace("a source for every", "a source.\n- Do so for every")
    for found in (typing.ids(), typing.ids_by_words()):
        assert [found[0], found[1], *found[3:]] == ["1", "2", "3", "4"]
        assert found[2].startswith("new")


def test_a_merge_keeps_the_identity_of_the_longer_one() -> None:
    typing = Typing().replace("answer.\n- Name", "answer, and name")
    assert typing.ids() == typing.ids_by_words() == ["2", "3", "4"]


def test_of_two_equally_long_ones_a_merge_keeps_the_earlier() -> None:
    typing = Typing("- Aaaa bbbb.\n- Cccc dddd.\n").replace(".\n- ", ", ")
    assert typing.ids() == ["1"]
    typing = Typing("- Ask for the country.\n- Say who can help it.\n").replace(".\n- ", ", ")
    assert typing.ids() == typing.ids_by_words() == ["1"]


def test_a_merge_that_leaves_a_part_behind_leaves_the_other_identity_there() -> None:
    typing = Typing("- Short one.\n- The longer one has two sentences. This is the second.\n")
    typing.replace("one.\n- The", "one, the").replace("sentences. This", "sentences.\n- This")
    assert typing.ids()[0] == "2"
    assert typing.ids()[1].startswith("new")
    typing = Typing("- The longer one comes first here.\n- Short one. And more.\n")
    typing.replace("here.\n- Short", "here, short").replace("one. And", "one.\n- And")
    assert typing.ids() == ["1", "2"]


def test_a_clause_that_is_cut_and_pasted_elsewhere_in_one_go_keeps_its_identity() -> None:
    typing = (
        Typing()
        .replace("- Ask before you answer.\n", "")
        .replace("not know.\n", "not know.\n- Ask before you answer.\n")
    )
    assert typing.ids() == typing.ids_by_words() == ["2", "3", "4", "1"]


def test_a_clause_that_was_withdrawn_a_moment_ago_comes_back_with_the_same_words() -> None:
    gone = Known(ClauseId("9"), "Be kind to everybody.")
    typing = Typing().replace("# Limits\n\n", "# Limits\n\n- Be kind  to everybody.\n")
    assert typing.ids(gone)[2] == "9"
    assert typing.ids()[2].startswith("new")


def test_a_heading_that_comes_between_changes_no_identity() -> None:
    assert Typing().replace("- Name", "\n# Sources\n\n- Name").ids() == ["1", "2", "3", "4"]


def test_a_whole_line_that_is_typed_anew_in_similar_words_is_the_same() -> None:
    typing = Typing().replace("Name a source for every claim.", "")
    typing.replace("answer.\n- \n", "answer.\n- Name the source of every claim.\n")
    assert typing.ids() == ["1", "2", "3", "4"]


def test_another_clause_in_the_place_of_one_is_not_the_same_because_both_end_in_one_letter() -> None:
    typing = Typing().replace("Name a source for every claim", "What Ben said of him")
    assert typing.ids_by_words()[1].startswith("new")
    typing = Typing().replace("before you", "kindly before you")
    assert [one.origin for one in trace_between(typing.old.text, typing.text)] == [0, None, TEXT.index("before")]


@pytest.mark.parametrize("marker", ["- ", "* ", "12) ", " -   "])
@pytest.mark.parametrize("typed", ["C", "Check the facts.", "C.\n{}D."])
def test_a_clause_whose_words_are_all_typed_over_is_the_same(marker: str, typed: str) -> None:
    typing = Typing(f"{marker}Ask first.\n{marker}Name a source.\n{marker}Be brief.\n")
    typing.replace("Name a source.", typed.format(marker))
    found = typing.ids()
    assert (found[:2], found[-1]) == (["1", "2"], "3")


def test_a_clause_typed_over_with_the_blank_before_it_is_the_same_on_what_is_left_of_its_marker() -> None:
    assert Typing().replace(" Name a source for every claim.", " C").ids() == ["1", "2", "3", "4"]


def test_a_clause_cut_away_and_another_typed_elsewhere_are_two() -> None:
    for cut, at in (("- Name a source for every claim.\n", "- Never"), ("Name a source for every claim.", "- Never")):
        typing = Typing().replace(cut, "")
        typing.edit(typing.text.index(at), 0, "- C\n")
        assert [typing.ids()[0], *typing.ids()[2:]] == ["1", "3", "4"]
        assert typing.ids()[1].startswith("new")


def test_a_clause_whose_words_are_put_elsewhere_is_there_and_what_is_typed_on_its_marker_is_new() -> None:
    typing = Typing().replace("Name a source for every claim.", "C")
    typing.edit(len(typing.text), 0, "- Name a source for every claim.\n")
    found = typing.ids()
    assert (found[0], found[2:]) == ("1", ["3", "4", "2"])
    assert found[1].startswith("new")


NAMING = "Name a source for every claim."


def typed_letter_by_letter(typing: Typing, at: int, words: str) -> None:
    for place, letter in enumerate(words):
        typing.edit(at + place, 0, letter)


def test_a_clause_put_elsewhere_after_the_policy_followed_what_was_typed_on_its_marker_is_there() -> None:
    typing = Typing().replace(NAMING, "Name", BEN)
    assert typing.rests() == ["1", "2", "3", "4"]
    typing.edit(typing.text.index("- Name\n") + len("- Name"), 0, " your friends.", BEN)
    assert typing.rests() == ["1", "2", "3", "4"]
    typing.edit(len(typing.text), 0, f"- {NAMING}\n", CLEO)
    found = typing.ids()
    assert (found[0], found[2:]) == ("1", ["3", "4", "2"])
    assert found[1].startswith("new")
    assert [*typing.doings().sources.values()] == [("2",)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for every claim.", "for every claim that you make."),
        ("claim.\n", "claim. Where there is none, say so, and say what somebody would have to ask, and whom.\n"),
        ("claim.\n", "claim.\n  - Of law, the paragraph.\n  - Of fact, who found it, and when that was.\n"),
        ("Name a source for every", "Every"),
        ("Name a source for every", "Name\n- A source for every"),
        (NAMING, f"{NAMING} Where there is none, say so, and say what somebody would have to ask, and whom."),
        (NAMING, "Name a statute for every claim."),
    ],
    ids=["reworded", "much longer", "with items of its own", "much shorter", "split", "typed anew", "reworded anew"],
)
def test_what_a_clause_said_is_another_one_beside_the_clause_that_was_only_reworded(old: str, new: str) -> None:
    typing = Typing().replace(old, new, BEN)
    known = typing.rests()
    typing.edit(len(typing.text), 0, f"- {NAMING}\n", CLEO)
    found = typing.ids()
    assert found[:-1] == known
    assert found[-1].startswith("new")


def test_a_clause_that_is_reworded_letter_by_letter_stays_itself_beside_what_it_said() -> None:
    typing = Typing().replace(NAMING, "Nam", BEN)
    assert typing.rests() == ["1", "2", "3", "4"]
    typing.edit(typing.text.index("- Nam\n") + len("- Nam"), 0, "e a statute for every claim.", BEN)
    assert typing.rests() == ["1", "2", "3", "4"]
    typing.edit(len(typing.text), 0, f"- {NAMING}\n", CLEO)
    assert typing.ids()[:4] == ["1", "2", "3", "4"]


def test_what_a_clause_said_takes_no_other_clauses_place_by_being_pasted_over_it() -> None:
    typing = Typing().replace(NAMING, "Be kind.", BEN)
    assert typing.rests() == ["1", "2", "3", "4"]
    typing.replace("Ask before you answer.", NAMING, CLEO)
    assert typing.ids() == ["1", "2", "3", "4"]


def test_a_clause_that_is_back_stays_where_it_is_though_the_same_is_pasted_once_more() -> None:
    typing = Typing().replace(NAMING, "Be kind.", BEN)
    typing.rests()
    typing.edit(len(typing.text), 0, f"- {NAMING}\n", CLEO)
    known = typing.rests()
    assert known[-1] == "2"
    for _ in range(2):
        typing.edit(len(typing.text), 0, f"- {NAMING}\n", CLEO)
        assert typing.ids()[: len(known)] == known
        assert typing.rests()[-1].startswith("new")


def test_what_a_clause_said_is_another_one_where_it_is_typed_and_not_pasted() -> None:
    typing = Typing().replace(NAMING, "Be kind.")
    assert typing.rests() == ["1", "2", "3", "4"]
    typed_letter_by_letter(typing, len(typing.text), f"- {NAMING}\n")
    found = typing.ids()
    assert found[:4] == ["1", "2", "3", "4"]
    assert found[4].startswith("new")


def test_of_one_wording_pasted_twice_one_place_is_the_clause() -> None:
    typing = Typing().replace(NAMING, "Be kind.")
    typing.rests()
    typing.edit(len(typing.text), 0, f"- {NAMING}\n- {NAMING}\n")
    found = typing.ids()
    assert sorted(found)[:4] == ["1", "2", "3", "4"]
    assert len(set(found)) == 6
    assert found[1].startswith("new")


def test_a_clause_withdrawn_a_moment_ago_comes_back_on_the_marker_of_one_that_is_typed_over() -> None:
    gone = Known(ClauseId("9"), "Be kind to everybody.")
    assert Typing().replace("Name a source for every claim.", gone.wording).ids(gone) == ["1", "9", "3", "4"]


def test_a_marker_on_which_the_words_of_another_clause_stand_is_not_the_clause() -> None:
    assert Typing().replace("Ask before you answer.\n- ", "").ids() == ["2", "3", "4"]


def test_a_whole_new_text_over_everything_holds_none_of_the_clauses() -> None:
    after = "# Other\n\n- C\n- D\n\n# More\n\n- E\n- F\n"
    for found in (Typing().replace(TEXT, after).ids(), Typing().replace(TEXT, after).ids_by_words()):
        assert all(one.startswith("new") for one in found)


def test_a_paragraph_has_no_marker() -> None:
    typing = Typing("-5 degrees are cold.\n\nSay so.\n").replace("5 degrees are cold.", "C")
    assert typing.ids()[0].startswith("new")
    assert typing.ids()[1] == "2"


def named(hands: tuple[Hands, ...]) -> tuple[tuple[PersonId, ...], ...]:
    return tuple(one.named() for one in hands)


@pytest.mark.parametrize("mark", ["!", ""], ids=["puts another", "takes it out"])
def test_whoever_changed_only_a_full_stop_is_not_named_beside_who_changed_words(mark: str) -> None:
    for old, new in (("before ", ""), ("before", "long before")):
        typing = Typing().replace(old, new, BEN)
        typing.edit(typing.text.index("answer.") + len("answer"), 1, mark, ANA)
        [wrote, *_], [took, *_] = writers(parse(typing.text), typing.trace), takers(typing.old.segments, typing.removed)
        assert wrote.named(took) == (BEN,)


def test_who_typed_what_is_new_in_a_clause_is_known() -> None:
    typing = Typing().replace("before", "long before", ANA).replace("source", "statute, with its source,", BEN)
    assert named(writers(parse(typing.text), typing.trace)) == ((ANA,), (BEN,), (), ())
    by_words = trace_between(typing.old.text, typing.text)
    assert named(writers(parse(typing.text), by_words)) == ((), (), (), ())
    assert named(writers(parse(typing.text), typed_in(by_words, typing.trace))) == ((ANA,), (BEN,), (), ())


def test_everybody_who_typed_letters_in_a_clause_wrote_it_and_who_typed_most_comes_first() -> None:
    typing = Typing().replace("Ask", "Än", ANA).replace("answer.", "answer them.", BEN).replace("before", "ere", CLEO)
    typing.replace("Name", "Always name", CLEO).replace("claim", "7 claims", ANA)
    assert named(writers(parse(typing.text), typing.trace)) == ((BEN, ANA, CLEO), (CLEO, ANA), (), ())
    by_words = typed_in(trace_between(typing.old.text, typing.text), typing.trace)
    assert named(writers(parse(typing.text), by_words))[1] == (CLEO, ANA)


def test_who_typed_only_stops_and_blanks_wrote_a_clause_in_which_nobody_typed_letters() -> None:
    typing = Typing()
    for before, marks, who in (("answer", " …  !", BEN), ("Ask", ",", ANA), ("claim", "!!!!", BEN)):
        typing.edit(typing.text.index(before) + len(before), 0, marks, who)
    typing.replace("Name", "So name", ANA)
    assert named(writers(parse(typing.text), typing.trace)) == ((BEN,), (ANA,), (), ())


def test_who_took_words_out_of_a_clause_is_known_and_who_put_two_together() -> None:
    typing = Typing().replace("before you", "kindly before", BEN).replace(" kindly", "", ANA)
    typing.replace("for every claim", "", CLEO)
    old = typing.old.segments
    assert named(takers(old, typing.removed)) == ((BEN,), (CLEO,), (), ()), "what Ana took out was not of the old text"
    third = typing.old.clauses[2].text
    typing.edit(typing.text.index(third) + len(third) - 1, len("\n- "), " ", ANA)
    assert named(takers(old, typing.removed))[2:] == ((ANA,), (ANA,))


def test_a_number_before_an_item_is_nobodys_word() -> None:
    typing = Typing("1. Ask first.\n2. Name a source.\n")
    typing.replace("1. Ask", "1. Say no more than you know.\n2. Ask").replace("\n2. Name", "\n3. Name")
    [new, *others] = typing.ids()
    assert new.startswith("new")
    assert others == ["1", "2"]


NEVER = Known(ClauseId("gone"), "The model never answers questions about dosage.")
ALWAYS = "- The model always answers questions about dosage.\n"


def by_letters(typing: Typing, at: int, words: str) -> Typing:
    for place, letter in enumerate(words):
        typing.edit(at + place, 0, letter)
    return typing


def test_a_clause_cut_a_while_ago_and_put_back_is_the_same_although_a_word_is_changed_right_after_it() -> None:
    typing = Typing()
    typing.edit(len(typing.text), 0, f"- {NEVER.wording}\n")
    by_letters(typing.replace("model never", "model "), typing.text.index("model ") + len("model "), "seldom")
    assert typing.ids(NEVER) == ["1", "2", "3", "4", "gone"]
    typing = Typing()
    typing.edit(len(typing.text), 0, "- Never guess at a law.\n")
    assert typing.ids(NEVER)[-1].startswith("new")


def test_a_new_clause_is_not_one_that_was_withdrawn_because_most_of_its_words_are_the_same() -> None:
    brought = Typing()
    brought.edit(len(TEXT), 0, ALWAYS)
    for typing in (by_letters(Typing(), len(TEXT), ALWAYS), brought):
        for found in (typing.ids(NEVER), typing.ids_by_words(NEVER)):
            assert found[:4] == ["1", "2", "3", "4"]
            assert found[4].startswith("new")


def test_a_clause_put_back_is_the_same_although_somebody_types_on_right_after_it() -> None:
    words = ", not even about that of a medicine"
    for gone in (True, False):
        typing = Typing() if gone else Typing(f"- {NEVER.wording}\n{TEXT}").replace(f"- {NEVER.wording}\n", "")
        at = len(typing.text)
        typing.edit(at, 0, f"- {NEVER.wording}\n")
        by_letters(typing, at + len("- ") + len(NEVER.wording) - 1, words)
        found = typing.ids(NEVER) if gone else typing.ids()
        assert found[-1] == ("gone" if gone else "1")


@pytest.mark.parametrize("line", ["Name a source for each number.", "Name a law", "Name", NAMING + " Always."])
def test_a_line_typed_before_a_clause_that_begins_alike_takes_nothing_of_it_where_only_words_tell(line: str) -> None:
    first = f"- {NAMING}\n- Be kind.\n"
    for place, typing in ((1, Typing()), (0, Typing(first))):
        known = typing.ids()
        typing.replace("- Name", f"- {line}\n- Name")
        for found in (typing.ids(), typing.ids_by_words()):
            assert [*found[:place], *found[place + 1 :]] == known
            assert found[place].startswith("new")
        new = document_of(typing.text, [ClauseId(one) for one in typing.ids_by_words()])
        assert doings(typing.old, new, trace_between(typing.old.text, typing.text), ()).sources == {}


@pytest.mark.parametrize(
    "change", [str.upper, lambda words: words.replace(".\n", "\n"), lambda words: words[:-2] + "!\n"]
)
def test_who_types_the_very_same_words_again_has_the_clause_back(change: Callable[[str], str]) -> None:
    typing = by_letters(Typing(), len(TEXT), change(f"- {NEVER.wording}\n"))
    assert typing.ids(NEVER) == typing.ids_by_words(NEVER) == ["1", "2", "3", "4", "gone"]


def test_a_clause_taken_out_and_a_similar_one_put_elsewhere_before_the_policy_is_made_are_two() -> None:
    taken = f"- {NEVER.wording}\n"
    for words in (ALWAYS, "- The model never gives advice on tax matters.\n"):
        brought = Typing(taken + TEXT).replace(taken, "")
        brought.edit(len(brought.text), 0, words)
        typed = by_letters(Typing(taken + TEXT).replace(taken, ""), len(TEXT), words)
        for typing in (brought, typed):
            for found in (typing.ids(), typing.ids_by_words()):
                assert found[:4] == ["2", "3", "4", "5"]
                assert found[4].startswith("new")


def test_a_clause_taken_out_with_its_line_and_another_typed_there_are_two() -> None:
    typing = Typing().replace("- Name a source for every claim.\n", "")
    by_letters(typing, typing.text.index("\n# Limits"), "- Name no source for any claim.\n")
    assert [typing.ids()[0], *typing.ids()[2:]] == ["1", "3", "4"]
    assert typing.ids()[1].startswith("new")


def test_of_a_whole_new_text_the_clauses_that_are_reworded_in_it_stay_the_same() -> None:
    after = TEXT.replace("Ask before", "Always ask before").replace("an outcome", "any outcome")
    typing = Typing().replace(TEXT, after)
    assert typing.ids() == typing.ids_by_words() == ["1", "2", "3", "4"]


def test_a_thousand_clauses_in_the_place_of_a_thousand_are_new_after_few_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after, gone = (items(clauses_of(1000, seed)) for seed in (1, 2, 3))
    compared = counting_comparisons(monkeypatch)
    typing = Typing(before).replace(before, after)
    found = typing.ids(*withdrawn(gone))
    assert sum(one.startswith("new") for one in found) > 950
    assert len(compared) < 3000


def test_a_thousand_clauses_that_were_cut_a_while_ago_come_back_as_they_were() -> None:
    gone = items(clauses_of(1000, 1))
    typing = Typing("# Manner\n\n")
    typing.edit(len(typing.text), 0, gone)
    assert typing.ids(*withdrawn(gone)) == [f"gone{place}" for place in range(1000)]


def test_what_was_put_back_and_changed_then_is_one_of_those_withdrawn_last() -> None:
    wordings = clauses_of(MOST_GONE + 1, 1)
    known = withdrawn(items(wordings))
    for place, is_back in ((MOST_GONE - 1, True), (MOST_GONE, False)):
        typing = Typing("# Manner\n\n")
        typing.edit(len(typing.text), 0, f"- {wordings[place]}\n")
        typing.edit(len(typing.text) - 1, 0, " so")
        assert (typing.ids(*known) == [f"gone{place}"]) is is_back


def items(wordings: list[str]) -> str:
    return "".join(f"- {one}\n" for one in wordings)


def withdrawn(text: str) -> list[Known]:
    return [Known(ClauseId(f"gone{place}"), one.wording) for place, one in enumerate(parse(text))]


@given(st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_no_identity_is_given_twice_and_untouched_clauses_keep_theirs(seed: int, edits: int) -> None:
    dice = random.Random(seed)
    typing = Typing()
    for _ in range(edits):
        at = dice.randint(0, len(typing.text))
        size = min(dice.choice((0, 0, 1, 5, 30)), len(typing.text) - at)
        typing.edit(at, size, dice.choice(("", "x", "é", "\n- ", "- ", "\n", "# ", "some words ")))
    by_words = trace_between(typing.old.text, typing.text)
    for trace in (typing.trace, typed_in(by_words, typing.trace), typed_in(by_words, ())):
        assert sum(one.length for one in trace) == len(typing.text.encode())
    assert typed_in(typing.trace, typing.trace) == typing.trace
    for found in (typing.ids(), typing.ids_by_words()):
        assert len(found) == sum(bool(segment.wording) for segment in parse(typing.text))
        assert len(set(found)) == len(found)


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1)])
def test_moved_lines_keep_their_identity(order: tuple[int, ...]) -> None:
    lines = ["- Ask first.", "- Name a source.", "- Promise nothing.", "- Be brief."]
    typing = Typing("\n".join(lines) + "\n")
    typing.text = "\n".join(lines[place] for place in order) + "\n"
    assert typing.ids_by_words() == [str(place + 1) for place in order]


@given(st.text(alphabet="ab é\n-", max_size=60), st.text(alphabet="ab é\n-", max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_trace_of_two_texts_covers_the_new_one_and_names_what_stands_in_the_old(old: str, new: str) -> None:
    trace = trace_between(old, new)
    assert sum(one.length for one in trace) == len(new.encode())
    at = 0
    for one in trace:
        if one.origin is not None:
            assert old.encode()[one.origin : one.origin + one.length] == new.encode()[at : at + one.length]
        at += one.length
