"""What a form changes and what was typed meanwhile come together in one text."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.text_edits import clean_text, edits
from lib.domain.trace import after_edit, untouched
from lib.services.document_policy import merged

BASE = "# Manner\n\n- Ask before you answer.\n- Name a source.\n"


def edited(text: str, wanted: str) -> str:
    result = text.encode()
    for one in reversed(edits(text, wanted)):
        result = result[: one.start] + one.words.encode() + result[one.end :]
    return result.decode()


def test_a_change_elsewhere_is_taken_and_what_was_typed_stays() -> None:
    theirs = BASE.replace("a source", "the statute")
    ours = BASE.replace("Ask", "Always ask")
    assert merged(BASE, theirs, ours) == BASE.replace("a source", "the statute").replace("Ask", "Always ask")


def test_what_a_form_withdraws_goes_and_what_was_typed_into_it_stays() -> None:
    theirs = BASE.replace("- Name a source.\n", "")
    ours = BASE.replace("a source", "a good source")
    assert merged(BASE, theirs, ours).startswith("# Manner\n\n- Ask before you answer.\n")
    assert "good" in merged(BASE, theirs, ours)


def test_without_typing_it_is_the_forms_text_and_without_a_form_what_was_typed() -> None:
    other = BASE + "- New.\n"
    assert merged(BASE, other, BASE) == other
    assert merged(BASE, BASE, other) == other


def test_a_line_that_comes_in_between_is_put_before_another_and_not_into_it() -> None:
    old = "- Ask before you answer.\n- Name a source.\n"
    assert [one.words for one in edits(old, old + "- Be kind.\n")] == ["- Be kind.\n"]
    first, second = old.splitlines(keepends=True)
    assert [one.words for one in edits(old, first + "- Never guess.\n" + second)] == ["- Never guess.\n"]
    ours = old.replace("before", "now before")
    assert (
        merged(first, first + second, first.replace("you", "b0 b1 you")) == first.replace("you", "b0 b1 you") + second
    )
    assert merged(old, "- New.\n" + old, ours) == "- New.\n" + ours


TEXTS = st.text(alphabet="ab é👩\n-", max_size=40)


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_edits_make_one_text_of_another(old: str, new: str) -> None:
    assert edited(old, new) == new
    assert merged(old, new, old) == new
    assert merged(old, old, new) == new


@given(TEXTS, TEXTS, st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_every_letter_that_was_typed_survives_whatever_a_form_changes(base: str, theirs: str, seed: int) -> None:
    dice = random.Random(seed)
    ours, trace = base, untouched(len(base.encode()))
    for _ in range(dice.randrange(4)):
        at = dice.randint(0, len(ours))
        trace = after_edit(trace, len(ours[:at].encode()), len(ours[:at].encode()), 1, None)
        ours = ours[:at] + "X" + ours[at:]
    assert merged(base, theirs, ours, trace).count("X") == ours.count("X")
    assert merged(base, theirs, ours, trace).replace("X", "") == theirs


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_clean_text_has_one_kind_of_line_end_and_nothing_invisible(text: str) -> None:
    cleaned = clean_text(text)
    assert "\r" not in cleaned
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned
