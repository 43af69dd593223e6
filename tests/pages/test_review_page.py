"""Review and Overview: results with counts, coverage with its orphans named, versions, files, honest empty states."""

from collections.abc import Iterator

import pytest

from lib.store.port import Store
from tests.support.page_visit import Browser, app_on, enter, payload_of, unfold, visit, words_of
from tests.support.workshop_builder import Built, Someone, new_id


@pytest.fixture
def browser(store: Store) -> Iterator[Browser]:
    with app_on(store) as opened:
        yield opened


def section(built: Built, name: str, page: str = "review") -> str:
    at = visit(page, built.workshop)
    at.segmented_control(key=f"review_section_{built.workshop}").set_value(name).run()
    assert not at.exception
    return words_of(at)


def reveal(built: Built, opened: dict[str, str]) -> None:
    built.facilitator.call("close_round", round=opened["round_id"])
    built.facilitator.call("reveal_round", round=opened["round_id"])


def a_lived_in_workshop(store: Store) -> tuple[Built, Someone]:
    """Two versions run on one scenario, both voted on; C1 marked, C2 touched by nobody."""
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    first = built.publish("rough")
    built.commit(ana, [built.clauses[0] | {"wording": "Reworded."}, built.clauses[1]], 1)
    second = built.publish("after talking")
    built.run(ana, [first["version_id"], second["version_id"]])
    cells = built.answer()
    ana.call("set_mark", response=cells[0]["response_id"], clause=built.clauses[0]["clause_id"], value="violated")
    items = [{"kind": "response", "response_id": cell["response_id"]} for cell in cells]
    opened = built.facilitator.call(
        "open_round", round=new_id(), question="Is this right?", anonymity="named", items=items
    )
    before, after = (item["item_id"] for item in opened["items"])
    ana.vote(before, "agree", "It asks.")
    ben.vote(before, "disagree", "It hedges.")
    ana.vote(after, "agree")
    ben.vote(after, "agree")
    reveal(built, opened)
    return built, ana


@pytest.mark.parametrize("role", ["participant", "facilitator", "organizer"])
def test_an_untouched_workshop_gets_empty_states_that_teach(store: Store, browser: Browser, role: str) -> None:
    built = Built(store)
    enter(browser, built, built.join("Ana") if role == "participant" else getattr(built, role), role)
    assert "No round has been revealed yet" in section(built, "Disagreement")
    coverage = section(built, "Coverage")
    assert "0 of 2" in coverage
    assert "Nobody has marked a response yet" in coverage
    assert "Two published versions are needed" in section(built, "Versions")
    assert "Take it away" in section(built, "Files")


def test_disagreement_shows_counts_reasons_and_names_of_a_named_round(store: Store, browser: Browser) -> None:
    built, ana = a_lived_in_workshop(store)
    enter(browser, built, ana)
    at = unfold(visit("review", built.workshop), built)
    said = words_of(at)
    assert "Where do we differ most?" in said
    assert "Who took which position?" in said
    assert "It hedges." in said
    assert "1 agree, 1 disagree. Disagreement: 1.00." in said
    table = at.dataframe[0].value
    assert list(table["Disagreement"]) == [1.0, 0.0]
    assert list(table["Agree"]) == [1, 2]
    assert not at.exception


def test_an_anonymous_round_has_no_table_of_people(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    ana.vote(opened["items"][0]["item_id"], "agree", "It asks.")
    built.others_vote(opened)
    reveal(built, opened)
    enter(browser, built, built.facilitator, "facilitator")
    said = words_of(visit("review", built.workshop))
    assert "who took which position was destroyed at the reveal" in said
    assert "Who took which position?" not in said
    assert "Ana" not in said


def test_coverage_names_what_nothing_touches(store: Store, browser: Browser) -> None:
    built, ana = a_lived_in_workshop(store)
    enter(browser, built, ana)
    said = section(built, "Coverage")
    assert "**1 of 2** clauses were followed or violated in at least one scenario." in said
    assert "**1 of 2** scenarios put at least one clause to work." in said
    assert "**No scenario exercises:** C2 “Name a source\\.”" in said
    assert "**No clause is at work in:** S2 Case 2" in said
    assert "**Nobody has voted on the present wording of:** C1" in said
    assert "**Nobody has tested, marked or voted on:** C2" in said


def test_two_versions_stand_beside_each_other(store: Store, browser: Browser) -> None:
    built, _ = a_lived_in_workshop(store)
    enter(browser, built, built.organizer, "organizer")
    said = section(built, "Versions", page="overview")
    assert "Do we differ less under v2 than under v1?" in said
    assert "Change in disagreement: **-1.00**" in said


def test_the_overview_lists_versions_and_rounds_and_no_code(store: Store, browser: Browser) -> None:
    built, _ = a_lived_in_workshop(store)
    enter(browser, built, built.organizer, "organizer")
    at = visit("overview", built.workshop)
    versions, rounds = at.dataframe[0].value, at.dataframe[1].value
    assert list(versions["Note"]) == ["after talking", "rough"]
    assert list(rounds["Most contested"]) == ["S1 · v1: 1 agree, 1 disagree (disagreement 1.00)"]
    assert built.code not in payload_of(at)


def test_the_overview_says_why_a_round_has_nothing_contested(store: Store, browser: Browser) -> None:
    built = Built(store)
    opened = built.open_round()
    built.join("Ana").vote(opened["items"][0]["item_id"], "agree")
    reveal(built, opened)
    enter(browser, built, built.organizer, "organizer")
    rounds = visit("overview", built.workshop).dataframe[1].value
    assert list(rounds["Most contested"]) == ["No number yet: no item has a pair of positions"]


def test_the_overview_is_not_for_participants(store: Store, browser: Browser) -> None:
    built = Built(store)
    enter(browser, built, built.join("Ana"))
    assert "This page is not for your role" in words_of(visit("overview", built.workshop))
