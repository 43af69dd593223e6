"""What a form changes and what was typed meanwhile come together in one text."""

import asyncio
import difflib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain import common_parts
from lib.domain.text_edits import Edit, clean_text, edits
from lib.domain.trace import Since, untouched
from lib.live import stored_text
from lib.live.shared_text import SharedText, seed_of
from lib.live.stored_text import StoredText
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
    ours, since = base, Since(untouched(len(base.encode())))
    for _ in range(dice.randrange(4)):
        at = dice.randint(0, len(ours))
        since = since.after([Edit(len(ours[:at].encode()), len(ours[:at].encode()), "X")], None)
        ours = ours[:at] + "X" + ours[at:]
    assert merged(base, theirs, ours, since.trace).count("X") == ours.count("X")
    assert merged(base, theirs, ours, since.trace).replace("X", "") == theirs


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_clean_text_has_one_kind_of_line_end_and_nothing_invisible(text: str) -> None:
    cleaned = clean_text(text)
    assert "\r" not in cleaned
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned


def long_policy(count: int) -> str:
    return "# Manner\n\n" + "".join(f"- Clause number {one} says what to do then.\n" for one in range(count))


def reworded(text: str, *numbers: int) -> str:
    for one in numbers:
        text = text.replace(f"number {one} says", f"number {one} now says")
    return text


@pytest.mark.parametrize("count", [300, 2_300])
def test_in_a_long_policy_what_is_typed_in_a_clause_that_stays_is_where_it_was_typed(count: int) -> None:
    base = long_policy(count)
    theirs = reworded(base, 1, count - 2)
    middle = f"- Clause number {count // 2} says what"
    assert [one.words for one in edits(base, theirs)] == [" now", " now"]
    ours = base.replace(middle, f"{middle} exactly")
    assert merged(base, theirs, ours) == theirs.replace(middle, f"{middle} exactly")
    server = SharedText([seed_of(base)])
    ana = SharedText([server.since()])
    typed = ana.edit(ours) or b""
    server.edit(theirs)
    server.apply(typed)
    assert server.text == theirs.replace(middle, f"{middle} exactly")


def other_words(seed: int, sentences: int) -> list[str]:
    dice = random.Random(seed)
    words = ["".join(dice.choice("abcdefghijklmnop") for _ in range(dice.randint(2, 9))) for _ in range(900)]
    return [f"- {' '.join(dice.choice(words) for _ in range(9))}.\n" for _ in range(sentences)]


def every_second_clause() -> tuple[str, str]:
    old = other_words(1, 1_700)
    return "".join(old), "".join(
        one if at % 2 else new for at, (one, new) in enumerate(zip(old, other_words(2, 1_700), strict=True))
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        every_second_clause(),
        ("".join(other_words(1, 1_700)), "".join(other_words(2, 1_700))),
        ("".join(other_words(1, 1_700)), "".join(other_words(1, 1_700)).replace("a", "A")),
        ("\n" * 50_000 + "a\n" * 20_000, "b\n" * 20_000 + "\n" * 50_000),
        ("a b\n" * 25_000, "b b a\n" * 16_000),
        ("ab" * 50_000, "ba" * 49_000),
    ],
    ids=["every second clause", "another text", "letters everywhere", "empty lines", "alike lines", "one long word"],
)
def test_to_compare_the_longest_policies_takes_little_work(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    class Counting(difflib.SequenceMatcher[str]):
        def __init__(self, isjunk: None, one: list[str], other: list[str], *, autojunk: bool) -> None:
            nonlocal compared
            compared += len(one) * len(other)
            super().__init__(isjunk, one, other, autojunk)

    monkeypatch.setattr(common_parts, "SequenceMatcher", Counting)
    assert edited(old, new) == new
    assert compared < 20 * len(old)


def test_many_changes_are_brought_in_a_few_at_a_time_and_others_have_their_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored_text, "MOST_CHANGES_AT_ONCE", 10)
    base, turns = long_policy(50), 0
    theirs = reworded(base, *range(50))
    text = StoredText([seed_of(base)])

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def brings_in() -> bytes | None:
        meanwhile = asyncio.create_task(others())
        update, _ = await text.changed_by(edits(base, theirs), text.snapshot())
        meanwhile.cancel()
        return update

    update = asyncio.run(brings_in())
    assert text.text == base
    assert SharedText([text.snapshot(), update or b""]).text == theirs
    assert turns >= 5
