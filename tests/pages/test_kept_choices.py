"""What somebody chose for a run or a round stands after a reload, for them alone, until it is used."""

import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from lib.bootstrap import application
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.security import hash_token
from lib.services.drafts import read_drafts, save_draft
from lib.store.port import Store
from tests.pages.conftest import Moot, said
from tests.support.page_visit import Browser, app_on, button_named, enter, visit, words_of
from tests.support.workshop_builder import Built, clause, new_id

Open = Callable[..., AppTest]


@pytest.fixture
def vote_browser(store: Store) -> Iterator[Browser]:
    with app_on(store) as opened:
        yield opened


def many(open_at: Open, moot: Moot) -> AppTest:
    """The form of a run in a tab that was just opened."""
    return open_at("test", w=moot.workshop_id).segmented_control(key="test_view").set_value("Many at once").run()


def many_as_facilitator(browser: Browser, built: Built) -> AppTest:
    """The same for who leads a workshop of one's own."""
    enter(browser, built, built.facilitator, "facilitator")
    return visit("test", built.workshop).segmented_control(key="test_view").set_value("Many at once").run()


def write(built: Built, *wordings: str) -> None:
    """Make these the clauses of the policy."""
    revision = built.facilitator.call("read_policy")["policy"]["revision"]
    built.commit(built.facilitator, [clause(one) for one in wordings], revision)
    application().reader.wrote(WorkshopId(built.workshop))


def publish(built: Built) -> str:
    """The id of a new version of the policy as it stands."""
    version = built.publish()
    application().reader.wrote(WorkshopId(built.workshop))
    return str(version["version_id"])


def test_versions_scenarios_and_how_often_stand_after_a_reload_until_the_run_is_started(
    moot: Moot, open_at: Open
) -> None:
    moot.sign_in(Role.PARTICIPANT, moot.join("Ana")[1])
    page = many(open_at, moot)
    scenarios = page.multiselect(key="run_scenarios_True").value
    page.multiselect(key="run_choices").set_value(["baseline"]).run()
    page.multiselect(key="run_scenarios_True").set_value(scenarios[:2]).run()
    page.segmented_control(key="run_samples").set_value(3).run()
    page = many(open_at, moot)
    assert "The baseline × 2 scenarios × 3 responses = **6 calls**" in said(page)
    page.radio(key="run_for_whom").set_value("Only you, until you share it").run()
    page.multiselect(key="run_scenarios_False").set_value(scenarios[:1]).run()
    page = many(open_at, moot)
    assert page.radio(key="run_for_whom").value == "Only you, until you share it"
    assert "The baseline × 1 scenario × 3 responses = **3 calls**" in said(page)
    button_named(page, "Run in the background").click().run()
    assert not page.exception
    assert "2 versions, the baseline among them, × 5 scenarios = **10 calls**" in said(many(open_at, moot))


def test_whoever_chose_the_text_of_now_runs_it_as_the_version_that_somebody_published_meanwhile(
    store: Store, vote_browser: Browser
) -> None:
    built = Built(store)
    page = many_as_facilitator(vote_browser, built)
    page.multiselect(key="run_choices").set_value(["current"]).run()
    version = built.publish()
    application().reader.wrote(WorkshopId(built.workshop))
    button_named(page, "Run in the background").click().run()
    assert not page.exception
    responses = built.facilitator.call("read_responses")
    assert [one["version_id"] for one in responses] == [version["version_id"]] * len(built.scenarios)


def test_what_nobody_chose_follows_what_is_proposed_and_what_somebody_chose_stays(
    store: Store, vote_browser: Browser
) -> None:
    built = Built(store)
    write(built)
    page = many_as_facilitator(vote_browser, built)
    assert page.multiselect(key="run_choices").value == ["baseline"]
    write(built, "Answer in one sentence.")
    assert page.run().multiselect(key="run_choices").value == ["current", "baseline"]
    first = publish(built)
    assert page.run().multiselect(key="run_choices").value == [first, "baseline"]
    page.multiselect(key="run_choices").set_value([first]).run()
    write(built, "Answer in two sentences.")
    publish(built)
    assert page.run().multiselect(key="run_choices").value == [first]


def test_what_a_browser_sends_that_has_not_heard_of_a_new_version_is_no_choice(
    store: Store, vote_browser: Browser
) -> None:
    built = Built(store)
    page = many_as_facilitator(vote_browser, built)
    version = publish(built)
    page.run()
    # It still shows the labels of before, and sends them with a press.
    page.multiselect(key="run_choices").set_value(["current", "baseline"])
    button_named(page, "Run in the background").click().run()
    assert not page.exception
    asked = [one["version_id"] for one in built.facilitator.call("read_responses") if one["version_id"] is not None]
    assert asked == [version] * len(built.scenarios)
    write(built, "Answer in two sentences.")
    second = publish(built)
    assert page.run().multiselect(key="run_choices").value == [second, "baseline"]


def test_whoever_presses_runs_what_was_proposed_to_them_and_not_what_came_since(
    store: Store, vote_browser: Browser
) -> None:
    built = Built(store)
    first = publish(built)
    page = many_as_facilitator(vote_browser, built)
    assert "2 versions, the baseline among them, × 2 scenarios = **4 calls**" in words_of(page)
    write(built, "Answer in two sentences.")
    second = publish(built)
    turns = [{"role": "user", "content": "And then?"}]
    built.facilitator.call("add_scenario", scenario=new_id(), title="Later", turns=turns, is_shared=True)
    application().reader.wrote(WorkshopId(built.workshop))
    button_named(page, "Run in the background").click().run()
    assert not page.exception
    asked = [one["version_id"] for one in built.facilitator.call("read_responses")]
    assert sorted(asked, key=str) == sorted([first, first, None, None], key=str)
    page.run()
    assert page.multiselect(key="run_choices").value == [second, "baseline"]
    assert "× 3 scenarios = **6 calls**" in words_of(page)


def test_what_one_person_chose_for_a_run_is_not_chosen_for_another(moot: Moot, open_at: Open) -> None:
    moot.sign_in(Role.PARTICIPANT, moot.join("Ana")[1])
    many(open_at, moot).segmented_control(key="run_samples").set_value(5).run()
    moot.sign_in(Role.PARTICIPANT, moot.join("Ben")[1])
    assert many(open_at, moot).segmented_control(key="run_samples").value == 1


def test_a_choice_counts_after_one_that_a_server_kept_whose_clock_runs_ahead(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    credential = Credential(moot.workshop_id, hash_token(token))
    many(open_at, moot).segmented_control(key="run_samples").set_value(3).run()
    (field,) = (name for name, draft in read_drafts(moot.store, credential).items() if draft.text == "3")
    in_an_hour = int(time.time() * 1000) + 3_600_000
    save_draft(moot.store, credential, field, "", in_an_hour)
    page = many(open_at, moot)
    assert page.segmented_control(key="run_samples").value == 1
    page.segmented_control(key="run_samples").set_value(5).run()
    assert many(open_at, moot).segmented_control(key="run_samples").value == 5


def test_an_anonymous_round_that_is_being_prepared_stays_anonymous_and_keeps_its_items_after_a_reload(
    store: Store, vote_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components import round_opening
    from components.draft_field import AsksFirst, Submission

    pressed: list[str] = []

    def yes_to_what_is_asked(*_: object, asks: AsksFirst, **__: object) -> Submission | None:
        return Submission(pressed.pop(), "open", "one-press", asks.seen) if pressed else None

    monkeypatch.setattr(round_opening, "draft_field", yes_to_what_is_asked)
    built = Built(store)
    built.publish()
    enter(vote_browser, built, built.facilitator, "facilitator")
    kind, clauses = (f"new_round_{name}_{built.workshop}" for name in ("anonymity", "clauses"))
    at = visit("vote", built.workshop)
    at.button(key=f"{clauses}_all").click().run()
    at.multiselect(key=clauses).set_value(at.multiselect(key=clauses).value[1:]).run()
    at.radio(key=kind).set_value("anonymous").run()
    at = visit("vote", built.workshop)
    assert at.radio(key=kind).value == "anonymous"
    assert "1 item chosen" in words_of(at)
    pressed.append("Should this stay?")
    at.run()
    [opened] = built.facilitator.call("read_rounds")
    assert (opened["anonymity"], len(opened["items"])) == ("anonymous", 1)
    # The items were used; the kind stays what the facilitator last chose.
    at = visit("vote", built.workshop)
    assert "0 items chosen" in words_of(at)
    assert at.radio(key=kind).value == "anonymous"


def all_clauses_chosen(browser: Browser, built: Built) -> tuple[AppTest, str]:
    """A facilitator's Vote page on which all clauses were chosen by one press, and the key of the list."""
    built.publish()
    enter(browser, built, built.facilitator, "facilitator")
    clauses = f"new_round_clauses_{built.workshop}"
    return visit("vote", built.workshop).button(key=f"{clauses}_all").click().run(), clauses


def test_choosing_none_after_all_stands_after_a_reload(store: Store, vote_browser: Browser) -> None:
    built = Built(store)
    at, clauses = all_clauses_chosen(vote_browser, built)
    assert len(visit("vote", built.workshop).multiselect(key=clauses).value) == 2
    at.button(key=f"{clauses}_none").click().run()
    assert visit("vote", built.workshop).multiselect(key=clauses).value == []


def test_choosing_all_and_then_none_by_hand_is_a_choice_and_a_late_browser_takes_nothing_back(
    store: Store, vote_browser: Browser
) -> None:
    built = Built(store)
    at, clauses = all_clauses_chosen(vote_browser, built)
    assert len(at.multiselect(key=clauses).set_value([]).run().multiselect(key=clauses).value) == 2, "it came late"
    assert at.multiselect(key=clauses).set_value([]).run().multiselect(key=clauses).value == []
    assert visit("vote", built.workshop).multiselect(key=clauses).value == []


def test_every_drawing_tells_the_browser_what_is_chosen_and_not_only_the_first(moot: Moot, open_at: Open) -> None:
    # A browser may get to a widget only after the next drawing has replaced the first: it must find the same choice.
    moot.sign_in(Role.PARTICIPANT, moot.join("Ana")[1])
    page = many(open_at, moot)
    page.segmented_control(key="run_samples").set_value(3).run()
    page.radio(key="run_for_whom").set_value("Only you, until you share it").run()
    page.radio(key="run_for_whom").set_value("Everyone, with your name").run()
    for key in ("run_choices", "run_scenarios_True"):
        drawn = page.multiselect(key=key)
        assert list(drawn.proto.default) == list(drawn.indices) != []
    [samples] = page.segmented_control(key="run_samples").proto.default
    assert samples == 2
    page.radio(key="run_for_whom").set_value("Only you, until you share it").run()
    page.segmented_control(key="run_samples").set_value(2).run()
    assert page.radio(key="run_for_whom").proto.default == 1


def test_an_event_of_a_choice_that_was_just_handed_over_is_no_error(moot: Moot, open_at: Open) -> None:
    """The press forgets the choice; before its element is drawn anew the browser may send it as it still stands."""
    moot.sign_in(Role.PARTICIPANT, moot.join("Ana")[1])
    page = many(open_at, moot).segmented_control(key="run_samples").set_value(3).run()
    del page.session_state["run_samples"]
    page.segmented_control(key="run_samples").set_value(3).run()  # what the browser still shows
    assert "× 3 responses" in said(page)
