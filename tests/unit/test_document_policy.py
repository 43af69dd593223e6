"""Why a text cannot be the policy is said so that one finds the place in it."""

from dataclasses import replace
from typing import Any

import pytest

from lib.domain.ids import WorkshopId
from lib.live.stored_text import Levelled, Rested
from lib.services.document_policy import leveller


class OnRecord:
    """A database with an empty policy, which takes whatever it is given."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []

    def call(self, function: str, **arguments: Any) -> Any:
        if function == "commit_document":
            self.given.append(arguments)
            return {"revision": 2, "clauses": [{**one, "number": 1} for one in arguments["clauses"]]}
        nothing = {"text": "", "document_text": "", "clauses": [], "gone": [], "said": []}
        return {**nothing, "revision": 1, "document_seq": 0, "document_revision": 1}


def level(text: str, store: OnRecord) -> Levelled:
    return leveller(store)(Rested(WorkshopId("w"), 1, text, b"", (), (), None))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"- Short.\n\n# Manner of speaking\n\n- Ask before you answer anything that is {'very ' * 400}hard.\n",
            "The clause “Ask before you answer anything that is v…” in “Manner of speaking” has 2,044 characters; "
            "at most 2,000 fit. Shorten it, or split it into several.",
        ),
        (
            f"- {'x' * 2_001}\n",
            f"The clause “{'x' * 40}…” has 2,001 characters; at most 2,000 fit. Shorten it, or split it into several.",
        ),
        (
            f"- Ask first. [when: {'y' * 2_001}]\n",
            "The condition of the clause “Ask first.” has 2,001 characters; at most 2,000 fit. Shorten it.",
        ),
        (
            f"# {'z' * 2_001}\n\n- Ask.\n",
            f"The heading “{'z' * 40}…” has 2,001 characters; at most 2,000 fit. Shorten it.",
        ),
    ],
    ids=["a clause in a section", "a clause", "a condition", "a heading"],
)
def test_what_is_too_long_for_the_policy_is_named_by_its_first_words(text: str, problem: str) -> None:
    store = OnRecord()
    assert level(text, store).problem == problem
    assert not store.given


def test_more_clauses_than_fit_are_counted_before_anything_is_compared() -> None:
    store = OnRecord()
    problem = "The policy has 1,001 clauses; at most 1,000 fit. Join some, or take some out."
    assert level("- Ask.\n" * 1_001, store).problem == problem
    assert not store.given


@pytest.mark.parametrize("text", [f"# Manner\n\n- {'x' * 2_000}\n", "- Ask.\n" * 1_000], ids=["long", "many"])
def test_what_just_fits_becomes_the_policy(text: str) -> None:
    assert level(text, OnRecord()).revision == 2


class ChangedByAForm(OnRecord):
    """The document said "- One.\\n- Two.\\n" at its fifth update; a form has changed the policy since then."""

    def call(self, function: str, **arguments: Any) -> Any:
        assert function == "read_document_policy"
        said = {
            "text": "- One.\n- Two and more.\n",
            "document_text": "- One.\n- Two.\n",
            "clauses": [],
            "gone": [],
            "said": [],
        }
        return {**said, "revision": 3, "document_seq": 5, "document_revision": 2}


def test_a_server_that_has_not_heard_all_yet_brings_no_form_into_the_document() -> None:
    behind = Rested(WorkshopId("w"), 4, "- One.\n", b"", (), (), None)
    assert leveller(ChangedByAForm())(behind) == Levelled()
    changes = leveller(ChangedByAForm())(replace(behind, seq=5, text="- One.\n- Two.\n")).changes
    assert changes is not None
    assert [one.words for one in changes] == [" and more"]
