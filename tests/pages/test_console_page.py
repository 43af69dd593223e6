from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from components import draft_field
from components.console_model import ADDRESS, CALLS, COST, MODEL
from components.console_timer import LABEL
from lib.bootstrap import Application
from lib.domain.errors import ModelUnavailable, SignedOut
from lib.domain.people import Credential, Role
from lib.domain.workshop import Stage
from lib.llm.engine import Trial
from lib.llm.port import ModelSettings
from lib.security import hash_token
from lib.services import leading, workshops
from lib.services.drafts import read_drafts, save_draft
from tests.pages.conftest import Moot, said
from tests.pages.fields import FIRST_SEQ, Fields
from tests.support.page_visit import links_in

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    standing_in = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    return standing_in


@pytest.fixture
def console(moot: Moot, fields: Fields, open_at: Open) -> AppTest:
    moot.join("Ana")
    moot.join("Ben")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert not test.exception
    return test


def test_a_facilitator_sees_code_link_and_people(console: AppTest, moot: Moot) -> None:
    words = said(console).replace("\\", "")
    assert any(link.endswith(f"/join/{moot.new.join_code}") for link in links_in(console.main))
    assert "Ana" in words
    assert "of 2 people who joined" in words


def test_nobody_else_gets_in(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    moot.sign_in(Role.ORGANIZER)
    test = open_at("console", w=moot.workshop_id)
    assert "not for your role" in said(test)
    assert not links_in(test.main)


def test_without_a_pass_the_page_says_how_to_come_in(moot: Moot, open_at: Open) -> None:
    assert "not joined this workshop in this browser" in said(open_at("console", w=moot.workshop_id))


def test_a_pass_that_opens_nothing_any_more_is_told_so(moot: Moot, open_at: Open) -> None:
    moot.sign_in(Role.FACILITATOR, "A" * 22)
    assert "not signed in here any more" in said(open_at("console", w=moot.workshop_id))


def test_the_stage_is_set_for_everyone(console: AppTest, app: Application, moot: Moot) -> None:
    console.button_group(key="stage_1").set_value(Stage.VOTE).run()
    assert workshops.read_place(app.store, moot.facilitator).workshop.stage is Stage.VOTE


def test_a_countdown_starts_grows_and_stops(console: AppTest, app: Application, moot: Moot) -> None:
    def left_s() -> float | None:
        ends_at = workshops.read_place(app.store, moot.facilitator).workshop.timer_ends_at
        return None if ends_at is None else (ends_at - datetime.now(UTC)).total_seconds()

    test = press(console, "10 min")
    assert 590 < (left_s() or 0) <= 600
    test = press(test, "5 min more")
    assert 890 < (left_s() or 0) <= 901
    press(test, "Stop")
    assert left_s() is None


def test_the_policy_is_locked_and_opened(console: AppTest, app: Application, moot: Moot) -> None:
    console.toggle(key="lock_1").set_value(True).run()
    assert workshops.read_place(app.store, moot.facilitator).workshop.editing_is_locked


def test_a_renewed_code_closes_the_old_one(console: AppTest, app: Application, moot: Moot) -> None:
    press(console, "Yes, renew it")
    renewed = workshops.read_place(app.store, moot.facilitator).workshop.join_code
    assert renewed != moot.new.join_code


def test_a_new_personal_link_replaces_the_old_one(moot: Moot, app: Application, open_at: Open) -> None:
    person, old = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    test.selectbox(key="chosen_person").set_value(person).run()
    test = press(test, "Yes, make it")
    token = next(link for link in links_in(test.main) if "/enter/" in link).rsplit("/", 1)[1]
    assert workshops.identify(app.store, token).name == "Ana"
    with pytest.raises(SignedOut):
        workshops.identify(app.store, old)


def test_removing_says_what_it_means_for_votes(moot: Moot, app: Application, open_at: Open) -> None:
    person, token = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    test.selectbox(key="chosen_person").set_value(person).run()
    assert "excludes their votes" in said(test)
    assert "their runs go on only if somebody resumes them" in said(test)
    test = press(test, "Yes, remove Ana")
    with pytest.raises(SignedOut):
        workshops.read_place(app.store, Credential(moot.workshop_id, hash_token(token)))
    press(test, "Take them back, with their votes")
    assert workshops.read_place(app.store, Credential(moot.workshop_id, hash_token(token)))


def test_a_new_organizer_link_is_shown_and_works(console: AppTest, app: Application, moot: Moot) -> None:
    test = press(console, "Yes, make it")
    token = next(link for link in links_in(test.main) if "/enter/" in link).rsplit("/", 1)[1]
    assert workshops.identify(app.store, token).role is Role.ORGANIZER


def test_the_model_is_named_as_what_it_is(console: AppTest) -> None:
    assert "real but very small model" in said(console)


def test_a_better_model_on_this_machine_is_offered_and_counts_only_after_a_test_call(
    moot: Moot, app: Application, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-operator")
    asked = []

    def refuse(settings: ModelSettings) -> None:
        asked.append(settings)
        raise ModelUnavailable("The provider refused the key.", kind="refused_key")

    monkeypatch.setattr(app.engine, "try_model", refuse)
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    offer = next(button for button in test.button if button.label.startswith("Test openai"))
    test = offer.click().run()
    assert "refused the key" in test.error[0].value
    assert asked[0].uses_operator_keys
    assert workshops.read_place(app.store, moot.facilitator).workshop.model is None
    monkeypatch.setattr(app.engine, "try_model", lambda _: Trial("Ready.", 0.4))
    next(button for button in test.button if button.label.startswith("Test openai")).click().run()
    chosen = workshops.read_place(app.store, moot.facilitator).workshop.model
    assert chosen is not None
    assert chosen.model.startswith("openai/")


def test_a_typed_key_is_kept_in_memory_only_if_the_model_answers(
    console: AppTest, app: Application, moot: Moot, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-typed-by-the-facilitator"
    monkeypatch.setattr(app.engine, "try_model", lambda _: Trial("Ready.", 0.4))
    fields.leaves(MODEL, "groq/llama-3.3-70b")
    next(field for field in console.text_input if field.label == "Key").set_value(key)
    press(console, "Test it and use it")
    assert app.engine.catalogue.keys.get(moot.workshop_id, "groq/llama-3.3-70b", None) == key
    assert key not in str(app.store.call("export_as_server", workshop=moot.workshop_id))


def test_a_model_that_cannot_be_called_changes_nothing(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    fields.leaves(MODEL, "no such model!")
    test = press(console, "Test it and use it")
    assert "is not the name of a model" in test.error[0].value
    assert workshops.read_place(app.store, moot.facilitator).workshop.model is None
    assert "is not the name of a model" in test.run().error[0].value, "whatever draws it anew, it can be read"
    fields.leaves(MODEL, "groq/other")
    assert not test.run().error


def test_deleting_needs_the_title_and_then_nothing_is_left(console: AppTest, app: Application, moot: Moot) -> None:
    console.text_input(key="delete_title").set_value("Legal")
    test = press(console, "Delete the workshop and everything in it")
    assert "does not match" in test.error[0].value
    test.text_input(key="delete_title").set_value("Legal questions")
    press(test, "Delete the workshop and everything in it")
    with pytest.raises(SignedOut):
        workshops.read_place(app.store, moot.facilitator)


def test_what_people_wrote_is_shown_as_text_never_as_markup(moot: Moot, open_at: Open) -> None:
    moot.join("**Bold** <b>x</b> :red[no]")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert r"\*\*Bold\*\*" in said(test)
    assert "<b>" not in said(test).replace(r"\<", "")


def field(test: AppTest, label: str) -> TextInput:
    """The text field whose label begins so."""
    return next(one for one in test.text_input if one.label.startswith(label))


def keep(moot: Moot, texts: dict[str, str]) -> None:
    """Leave unsent texts behind, as the facilitator's browser does while they are typed."""
    for number, (name, text) in enumerate(texts.items(), start=1):
        save_draft(moot.store, moot.facilitator, name, text, number)


@pytest.mark.parametrize(
    ("name", "typed"),
    [(LABEL, "rough clau"), (MODEL, "groq/lla"), (ADDRESS, "https://mod"), (CALLS, "25"), (COST, "12.")],
)
def test_what_is_typed_in_the_console_and_not_used_yet_outlives_a_reload(
    moot: Moot, fields: Fields, open_at: Open, name: str, typed: str
) -> None:
    moot.sign_in(Role.FACILITATOR)
    keep(moot, {name: typed})
    open_at("console", w=moot.workshop_id)
    assert fields.shows(name) == typed
    data = fields.fields[name]
    assert (data["workshop"], data["role"]) == (moot.workshop_id, "facilitator")
    assert not data.get("local_only")


def test_the_key_of_a_model_is_kept_nowhere_before_it_is_used(moot: Moot, app: Application, open_at: Open) -> None:
    moot.sign_in(Role.FACILITATOR)
    field(open_at("console", w=moot.workshop_id), "Key").set_value("sk-typed").run()
    assert field(open_at("console", w=moot.workshop_id), "Key").value == ""
    assert "sk-typed" not in str(read_drafts(app.store, moot.facilitator))


def test_a_countdown_starts_with_its_label_which_is_then_no_draft_any_more(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    fields.leaves(LABEL, "rough clauses")
    test = press(console, "Start 10 min")
    assert workshops.read_place(app.store, moot.facilitator).workshop.timer_label == "rough clauses"
    assert "".join(draft.text for draft in read_drafts(app.store, moot.facilitator).values()) == ""
    assert (fields.shows(LABEL), fields.fields[LABEL]["forgotten"]) == ("rough clauses", FIRST_SEQ + 1)
    press(test, "Stop")
    assert fields.shows(LABEL) == ""


def test_a_text_that_a_reload_brought_back_is_used_without_being_typed_again(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    keep(moot, {LABEL: "rough clauses"})
    press(open_at("console", w=moot.workshop_id), "Start 10 min")
    assert workshops.read_place(app.store, moot.facilitator).workshop.timer_label == "rough clauses"
    assert read_drafts(app.store, moot.facilitator)[LABEL].text == ""
    assert fields.fields[LABEL]["forgotten"] == 1


def test_a_new_name_half_typed_outlives_a_reload_and_is_given_by_the_button(
    moot: Moot, app: Application, fields: Fields, open_at: Open
) -> None:
    person, _ = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    name = f"console:rename:{person}"
    keep(moot, {name: "Ana L"})
    test = open_at("console", w=moot.workshop_id)
    test.selectbox(key="chosen_person").set_value(person).run()
    assert fields.shows(name) == "Ana L"
    fields.leaves(name, " Ana   Lima ")
    press(test, "Rename")
    assert [one.name for one in workshops.read_people(app.store, moot.facilitator)] == ["Ana Lima"]
    assert fields.shows(name) == "Ana Lima"


def test_limits_hold_as_soon_as_they_are_set_and_follow_what_others_set(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    fields.leaves(CALLS, "2,500")
    test = console.run()
    assert workshops.read_place(app.store, moot.facilitator).workshop.max_calls == 100
    test = press(test, "Set the limits")
    shop = workshops.read_place(app.store, moot.facilitator).workshop
    assert (shop.max_calls, shop.max_cost_usd) == (2_500, 1.0)
    leading.set_caps(app.store, moot.facilitator, max_calls=70, max_cost_usd=2.0)
    app.reader.wrote(moot.workshop_id)
    test.run()
    assert (fields.shows(CALLS), fields.shows(COST)) == ("70", "2.00")


@pytest.mark.parametrize("page_is_new", [False, True], ids=["an older page", "a page that shows it"])
def test_a_limit_that_one_leaves_alone_stays_as_another_leader_set_it(
    console: AppTest, app: Application, moot: Moot, fields: Fields, page_is_new: bool
) -> None:
    fields.leaves(COST, "2.00")
    test = console.run()
    leading.set_caps(app.store, moot.facilitator, max_calls=10)
    if page_is_new:
        app.reader.wrote(moot.workshop_id)
    press(test, "Set the limits")
    shop = workshops.read_place(app.store, moot.facilitator).workshop
    assert (shop.max_calls, shop.max_cost_usd) == (10, 2.0)


@pytest.mark.parametrize(
    ("calls", "cost", "words"),
    [
        ("", "1.00", "is no number of model calls"),
        ("12.5", "1.00", "is no number of model calls"),
        ("-1", "1.00", "is no number of model calls"),
        ("9" * 5_000, "1.00", "is no number of model calls"),
        ("1", "1,50", "is no amount in US dollars"),
        ("1", "nan", "is no amount in US dollars"),
        ("1000001", "1", "must be between 0 and 1000000"),
    ],
)
def test_a_limit_that_is_no_number_is_named_and_stays_in_its_field(
    console: AppTest, app: Application, moot: Moot, fields: Fields, calls: str, cost: str, words: str
) -> None:
    fields.leaves(CALLS, calls)
    fields.leaves(COST, cost)
    test = press(console, "Set the limits")
    assert words in test.error[0].value.replace("\\", "")
    assert not fields.fields[CALLS]["forgotten"]
    assert workshops.read_place(app.store, moot.facilitator).workshop.max_calls == 100


def test_while_nobody_is_here_the_list_of_people_says_how_they_come_in(moot: Moot, open_at: Open) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    assert "Nobody has joined yet. Read out the join code" in said(test)
    [people, *_] = test.tabs
    assert any(moot.new.join_code in link for link in links_in(people))
