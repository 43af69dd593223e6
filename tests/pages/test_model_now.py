"""Who asks a model has read which one answers, and who reads what it is asked, though another was chosen meanwhile."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components import model_offers
from lib.bootstrap import Application
from lib.domain.errors import Conflict
from lib.domain.ids import RunId, ScenarioId
from lib.domain.people import Role
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import KeySource, ModelOffer
from lib.services import leading, testing
from tests.pages.conftest import Moot, said
from tests.support.page_visit import data_of, hears_news, press_alone
from tests.support.workshop_builder import new_id

Open = Callable[..., AppTest]
HERE, THERE = "Nobody outside this server reads what you write", "provider (openai) reads the policy"


def words(test: AppTest) -> str:
    """What the page says, as it is read."""
    return said(test).replace("\\", "")


def choose_hosted(app: Application, moot: Moot) -> None:
    leading.choose_model(app.store, moot.facilitator, ModelChoice("openai/other"))
    app.reader.wrote(moot.workshop_id)


def runs(app: Application, moot: Moot) -> int:
    return len(app.store.call("read_runs", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash))


def test_try_it_now_names_the_model_that_answers_now_and_hands_along_which_it_named(
    app: Application, moot: Moot, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("draft", w=moot.workshop_id)
    before = data_of(test, "folkmoot_try_now")
    assert HERE in before["model"]
    choose_hosted(app, moot)
    now = data_of(hears_news(test, "try_now_draw"), "folkmoot_try_now")
    assert THERE in now["model"]
    assert before["shown"] != now["shown"]
    with pytest.raises(Conflict, match="Another model answers now"):
        testing.model_to_ask(app.store, app.engine, moot.facilitator, before["shown"])
    assert testing.model_to_ask(app.store, app.engine, moot.facilitator, now["shown"]).model == "openai/other"


@pytest.mark.parametrize(
    ("page", "view", "label", "former", "later"),
    [
        ("test", None, "Ask the model", HERE, THERE),
        ("test", "Many at once", "Run in the background", "SmolLM2", "openai/other"),
        ("console", None, "Run in the background", "SmolLM2", "openai/other"),
    ],
)
def test_a_press_under_the_words_for_another_model_starts_nothing_and_shows_which_it_would_ask(
    app: Application,
    moot: Moot,
    open_at: Open,
    page: str,
    view: str | None,
    label: str,
    former: str,
    later: str,
) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at(page, w=moot.workshop_id)
    if view:
        test.segmented_control(key="test_view").set_value(view).run()
    assert former in words(test)
    choose_hosted(app, moot)
    press_alone(test, label)
    assert not test.exception
    assert runs(app, moot) == 0
    assert later in words(test)
    assert former not in words(test)
    press_alone(test, label)
    assert not test.exception
    assert runs(app, moot) == 1


@pytest.mark.parametrize(
    ("part", "later"),
    [
        ("response_ask_draw_ask", THERE),
        ("run_start_draw_start", "to openai/other"),
        ("console_model_draw_current", "**openai/other** answers now"),
    ],
)
def test_the_words_on_who_reads_what_follow_the_model(
    app: Application, moot: Moot, open_at: Open, part: str, later: str
) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("test" if "ask" in part else "console", w=moot.workshop_id)
    assert later not in words(test)
    choose_hosted(app, moot)
    assert later in words(hears_news(test, part))


def test_the_one_press_that_runs_all_names_the_model_that_its_presser_saw(
    app: Application, moot: Moot, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    choose_hosted(app, moot)
    label = next(one.label for one in test.button if one.label.startswith("Run ") and " on " in one.label)
    press_alone(test, label)
    assert runs(app, moot) == 0
    press_alone(test, label)
    assert runs(app, moot) == 1


def test_another_server_s_newer_choice_is_heard_before_anything_is_asked(app: Application, moot: Moot) -> None:
    shown = app.engine.catalogue.describe(moot.workshop_id, None).mark
    leading.choose_model(app.store, moot.facilitator, ModelChoice("openai/other"))
    scenarios = app.store.call("read_scenarios", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash)
    scenario = ScenarioId(scenarios[0]["scenario_id"])
    given = (app.store, app.engine, moot.facilitator, RunId(new_id()))
    with pytest.raises(Conflict, match="Nothing was sent"):
        testing.ask(*given, scenario_id=scenario, choice="current", max_tokens=9, shown=shown)
    with pytest.raises(Conflict, match="Nothing was sent"):
        testing.run_many(
            *given, choices=[None], scenario_ids=[scenario], samples=1, is_shared=True, max_tokens=9, shown=shown
        )
    assert runs(app, moot) == 0


def offered(model: str) -> ModelOffer:
    return ModelOffer(ModelChoice(model), model, KeySource.OPERATOR, "Its provider reads the policy.")


def test_a_press_on_one_offer_takes_no_other_though_a_model_was_chosen_meanwhile(
    app: Application, moot: Moot, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "openai/other", "anthropic/another"
    monkeypatch.setattr(model_offers, "_found", lambda: (offered(first), offered(second)))
    tried: list[str] = []
    monkeypatch.setattr(model_offers, "use", lambda *_, model, api_base: tried.append(model))
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    choose_hosted(app, moot)
    press_alone(test, f"Test {first} and use it")
    assert tried == []
    assert f"Test {first} and use it" not in [one.label for one in test.button]
    press_alone(test, f"Test {second} and use it")
    assert tried == [second]


def test_another_model_that_was_chosen_goes_from_the_offers_by_itself(
    app: Application, moot: Moot, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_offers, "_found", lambda: (offered("openai/other"),))
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert "Found on this machine: **openai/other**" in words(test)
    choose_hosted(app, moot)
    assert "Found on this machine" not in words(hears_news(test, "console_model_draw_offers"))
