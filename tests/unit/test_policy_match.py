"""Which clause is which after the whole text was replaced."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.ids import ClauseId
from lib.policy.match import LEAST_SIMILARITY, match_clauses
from lib.policy.similar import similar_pairs
from tests.support.many_clauses import clauses_of, counting_comparisons, reworded

WORDINGS = st.lists(
    st.sampled_from(["be kind", "be kind always", "cite the law", "cite the law first", "x", "ask"]), max_size=8
)


def old(*wordings: str) -> list[tuple[ClauseId, str]]:
    return [(ClauseId(str(number)), wording) for number, wording in enumerate(wordings)]


def test_the_same_wording_keeps_its_identity_wherever_it_moved() -> None:
    assert match_clauses(old("one", "two", "three"), ["three", "one", "two"]) == ("2", "0", "1")


def test_a_reworded_clause_keeps_its_identity() -> None:
    new = ["Be kind.", "Always ask for the country first.", "Never promise an outcome."]
    assert match_clauses(old("Be kind.", "Ask for the country first.", "Cite statutes."), new) == ("0", "1", None)


def test_equal_wordings_are_taken_in_order() -> None:
    assert match_clauses(old("same", "same"), ["same", "same", "same"]) == ("0", "1", None)


@given(WORDINGS, WORDINGS)
@settings(max_examples=300, deadline=None)
def test_no_identity_is_given_twice_and_same_texts_always_match(before: list[str], after: list[str]) -> None:
    found = match_clauses(old(*before), after)
    given_ids = [clause_id for clause_id in found if clause_id is not None]
    assert len(found) == len(after)
    assert len(set(given_ids)) == len(given_ids)
    for wording in set(before) & set(after):
        exact = sum(wording == new and before[int(i)] == wording for new, i in zip(after, found, strict=True) if i)
        assert exact == min(before.count(wording), after.count(wording))


@given(WORDINGS)
def test_an_unchanged_text_changes_no_identity(wordings: list[str]) -> None:
    assert match_clauses(old(*wordings), wordings) == tuple(str(number) for number in range(len(wordings)))


@given(st.lists(st.text("abc d", min_size=1), max_size=5), st.lists(st.text("abc d", min_size=1), max_size=5))
@settings(max_examples=200, deadline=None)
def test_of_few_wordings_all_are_compared_by_their_letters(before: list[str], after: list[str]) -> None:
    shares = {
        (place, at): SequenceMatcher(None, one, other, autojunk=False).ratio()
        for place, one in enumerate(before)
        for at, other in enumerate(after)
    }
    found = {(pair.old, pair.new): pair.weight for pair in similar_pairs(before, after, LEAST_SIMILARITY)}
    assert found == {places: share for places, share in shares.items() if share >= LEAST_SIMILARITY}


@pytest.mark.parametrize("count", [300, 1000])
def test_many_clauses_that_were_all_reworded_keep_their_identity_after_few_comparisons(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = clauses_of(count, seed=1)
    compared = counting_comparisons(monkeypatch)
    found = match_clauses(old(*before), [reworded(one, seed=2) for one in before])
    assert found == tuple(str(place) for place in range(count))
    assert len(compared) < 3 * max(count, 600)


def test_a_thousand_other_clauses_take_no_more_comparisons_than_a_thousand_similar_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = counting_comparisons(monkeypatch)
    found = match_clauses(old(*clauses_of(1000, seed=1)), clauses_of(1000, seed=2))
    assert sum(one is not None for one in found) < 50
    assert len(compared) < 3000


@pytest.mark.parametrize("number", ["{}", "{}{}"])
def test_clauses_that_differ_in_a_number_only_stay_in_their_order(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = counting_comparisons(monkeypatch)
    before = [f"Answer number {place} says the same as all the others." for place in range(400)]
    after = [f"Answer no. {number.format(place, place)} says the same as all others do." for place in range(400)]
    assert match_clauses(old(*before), after) == tuple(str(place) for place in range(400))
    assert len(compared) < 3000


def test_clauses_in_a_script_without_blanks_are_found_by_their_letters() -> None:
    before = ["".join(chr(0x4E00 + ord(letter) * 7 % 900) for letter in one) for one in clauses_of(200, seed=1)]
    after = [f"{one[:20]}\u4e01{one[22:]}" for one in before]
    assert match_clauses(old(*before), after) == tuple(str(place) for place in range(200))


def test_many_long_wordings_are_compared_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clauses_of(30, seed=1, words=300)
    compared = counting_comparisons(monkeypatch)
    found = match_clauses(old(*before), [reworded(one, seed=2) for one in before])
    assert found == tuple(str(place) for place in range(30))
    assert max(compared) < 500, "parts of the longest one"
