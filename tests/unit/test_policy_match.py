"""Which clause is which after the whole text was replaced."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.domain.ids import ClauseId
from lib.policy.match import match_clauses

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
