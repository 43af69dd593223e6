"""Which clause is which after typing: rewording, moving, splitting, merging, cutting out and putting back."""

import random
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.ids import ClauseId, PersonId
from lib.domain.text_edits import Edit
from lib.domain.trace import Removal, Since, Trace, typed_in, untouched
from lib.policy.document import Document
from lib.policy.identity import Hands, Known, identities, takers, trace_between, writers
from lib.policy.parse import new_document, parse

ANA, BEN, CLEO = PersonId("ana"), PersonId("ben"), PersonId("cleo")
TEXT = """# Manner

- Ask before you answer.
- Name a source for every claim.

# Limits

- Never promise an outcome. [always]
- Say what you do not know.
"""


class Typing:
    """A policy in which people type, with the trace that the live document keeps."""

    def __init__(self, text: str = TEXT) -> None:
        numbers = count(1)
        self.old: Document = new_document(text, lambda: ClauseId(str(next(numbers))))
        self.text = text
        self._since = Since(untouched(len(text.encode())))
        self._numbers = numbers

    def replace(self, old: str, new: str, by: PersonId = ANA) -> "Typing":
        """Put other characters in the place of some, as somebody does who selects and types."""
        assert self.text.count(old) == 1 or not old
        self.edit(self.text.index(old), len(old), new, by)
        return self

    def edit(self, at: int, size: int, words: str, by: PersonId = ANA) -> None:
        start = len(self.text[:at].encode())
        end = len(self.text[: at + size].encode())
        self._since = self._since.after([Edit(start, end, words)], by)
        self.text = self.text[:at] + words + self.text[at + size :]

    @property
    def trace(self) -> Trace:
        return self._since.trace

    @property
    def removed(self) -> tuple[Removal, ...]:
        return self._since.removed

    def ids(self, *gone: Known, trace: Trace | None = None) -> list[str]:
        """The clauses' identities after it: "1" to "4" for those of the beginning."""
        found = identities(
            self.old,
            parse(self.text),
            self.trace if trace is None else trace,
            gone,
            lambda: ClauseId(f"new{next(self._numbers)}"),
        )
        return [str(one) for one in found]

    def ids_by_words(self, *gone: Known) -> list[str]:
        """The same when nothing but both texts is known."""
        return self.ids(*gone, trace=trace_between(self.old.text, self.text))


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


def test_a_clause_cut_a_while_ago_and_put_back_with_a_word_changed_is_the_same() -> None:
    gone = Known(ClauseId("gone"), "Say where a person can get help in their town.")
    typing = Typing()
    typing.edit(len(typing.text), 0, "- Say where a person can get help in their country.\n")
    assert typing.ids(gone) == ["1", "2", "3", "4", "gone"]
    typing = Typing()
    typing.edit(len(typing.text), 0, "- Never guess at a law.\n")
    assert typing.ids(gone)[-1].startswith("new")


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
