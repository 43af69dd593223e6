"""What others who lead set is shown before it goes, also where a press or news draws one part of the console alone."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field
from components.console_model import CALLS, COST
from lib.bootstrap import Application
from lib.domain.people import Person, Role
from lib.domain.workshop import Workshop
from lib.security import shown_code
from lib.services import leading, workshops
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields
from tests.support.page_visit import hears_news, links_in, press_alone

Open = Callable[..., AppTest]


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    standing_in = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    return standing_in


@pytest.fixture
def console(moot: Moot, fields: Fields, open_at: Open) -> AppTest:
    moot.sign_in(Role.FACILITATOR)
    return open_at("console", w=moot.workshop_id)


def words(test: AppTest) -> str:
    """What the page says, as it is read."""
    return said(test).replace("\\", "")


def shop(app: Application, moot: Moot) -> Workshop:
    return workshops.read_place(app.store, moot.facilitator).workshop


def people(app: Application, moot: Moot) -> tuple[Person, ...]:
    return workshops.read_people(app.store, moot.facilitator)


def test_a_name_that_another_gave_meanwhile_is_not_overwritten_by_a_press_that_draws_the_name_alone(
    app: Application, moot: Moot, fields: Fields, open_at: Open
) -> None:
    person, _ = moot.join("Ana")
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    test.selectbox(key="chosen_person").set_value(person).run()
    fields.leaves(f"console:rename:{person}", "Annie")
    test.run()
    leading.rename_person(app.store, moot.facilitator, person, "Anna")
    app.reader.wrote(moot.workshop_id)
    press_alone(test, "Rename")
    assert [one.name for one in people(app, moot)] == ["Anna"]
    assert "they are called Anna now" in words(test)
    press_alone(test, "Rename all the same")
    assert [one.name for one in people(app, moot)] == ["Annie"]


@pytest.mark.parametrize(
    ("mine", "theirs", "present"),
    [
        ({CALLS: "600"}, {"max_calls": 480}, "the limit is 480 model calls now"),
        ({COST: "3.00"}, {"max_cost_usd": 2.0}, "the limit is $2.00 known cost now"),
    ],
)
def test_a_limit_that_another_set_meanwhile_is_overwritten_only_by_whoever_has_seen_it(
    console: AppTest,
    app: Application,
    moot: Moot,
    fields: Fields,
    mine: dict[str, str],
    theirs: dict[str, float],
    present: str,
) -> None:
    for field, text in mine.items():
        fields.leaves(field, text)
    test = console.run()
    leading.set_caps(app.store, moot.facilitator, **theirs)
    app.reader.wrote(moot.workshop_id)
    before = shop(app, moot)
    press_alone(test, "Set the limits")
    assert shop(app, moot) == before
    assert present in words(test)
    press_alone(test, "Set mine instead")
    now = shop(app, moot)
    assert (now.max_calls, now.max_cost_usd) == (600 if CALLS in mine else 100, 3.0 if COST in mine else 1.0)
    assert "Set the limits" in [one.label for one in test.button]


def test_a_limit_that_one_leaves_alone_stays_as_another_set_it_though_the_press_draws_the_limits_alone(
    console: AppTest, app: Application, moot: Moot, fields: Fields
) -> None:
    fields.leaves(COST, "2.00")
    test = console.run()
    leading.set_caps(app.store, moot.facilitator, max_calls=10)
    app.reader.wrote(moot.workshop_id)
    press_alone(test, "Set the limits")
    assert (shop(app, moot).max_calls, shop(app, moot).max_cost_usd) == (10, 2.0)


def test_what_is_used_so_far_follows_the_calls_and_the_limits(console: AppTest, app: Application, moot: Moot) -> None:
    assert "**0 of 100** model calls" in words(console)
    leading.set_caps(app.store, moot.facilitator, max_calls=70)
    app.reader.wrote(moot.workshop_id)
    assert "**0 of 70** model calls" in words(hears_news(console, "console_model_draw_used"))


def test_the_join_code_its_link_and_whether_it_is_open_follow_what_another_did(
    console: AppTest, app: Application, moot: Moot
) -> None:
    leading.renew_code(app.store, moot.facilitator)
    leading.open_code(app.store, moot.facilitator, False)
    app.reader.wrote(moot.workshop_id)
    code = shop(app, moot).join_code or ""
    test = hears_news(console, "console_invite_draw_code")
    assert f"Join code: **{shown_code(code)}**" in words(test)
    assert [link.rsplit("/", 1)[1] for link in links_in(test.main)] == [code]
    [switch] = test.toggle
    assert switch.value is False


def test_a_code_that_another_has_just_made_is_not_renewed_by_a_press_that_was_for_the_former(
    console: AppTest, app: Application, moot: Moot
) -> None:
    leading.renew_code(app.store, moot.facilitator)
    app.reader.wrote(moot.workshop_id)
    made = shop(app, moot).join_code
    test = press_alone(console, "Yes, renew it")
    assert shop(app, moot).join_code == made
    press_alone(test, "Yes, renew it")
    assert shop(app, moot).join_code != made


def test_while_nobody_is_here_the_code_to_read_out_is_the_one_that_opens(
    console: AppTest, app: Application, moot: Moot
) -> None:
    leading.renew_code(app.store, moot.facilitator)
    app.reader.wrote(moot.workshop_id)
    code = shown_code(shop(app, moot).join_code or "")
    assert f"Read out the join code **{code}**" in words(hears_news(console, "console_people_live_list"))
