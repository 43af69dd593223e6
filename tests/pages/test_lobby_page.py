from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field
from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.people import Credential, Role
from lib.security import hash_token
from lib.services import leading, workshops
from lib.services.workshops import NewWorkshop
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields
from tests.support.page_visit import links_in

Open = Callable[..., AppTest]


def created(test: AppTest) -> NewWorkshop:
    _, new = test.session_state["folkmoot:lobby_created"]
    assert isinstance(new, NewWorkshop)
    return new


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    standing_in = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    return standing_in


def address_of(test: AppTest) -> dict[str, str]:
    """The parameters in the page's address now."""
    return {name: value if isinstance(value, str) else value[0] for name, value in test.query_params.items()}


def finds(test: AppTest, fields: Fields, typed: str) -> None:
    fields.will_press("join:code", "find", typed)
    test.run()


def joins(test: AppTest, fields: Fields, moot: Moot, name: str) -> None:
    fields.will_press(f"join:name:{moot.workshop_id}", "join", name)
    test.run()


def test_a_facilitator_creates_a_workshop_from_the_sample_and_gets_three_links(app: Application, open_at: Open) -> None:
    test = press(open_at("lobby"), "Create the workshop")
    assert not test.exception
    new = created(test)
    assert links_in(test.main) == [
        f"http://localhost:8501/join/{new.join_code}",
        f"http://localhost:8501/enter/{new.facilitator_token}",
        f"http://localhost:8501/enter/{new.organizer_token}",
    ]
    assert "this computer only" in said(test)
    facilitator = Credential(new.workshop_id, hash_token(new.facilitator_token))
    place = workshops.read_place(app.store, facilitator)
    assert place.workshop.title == "Legal questions"
    assert place.clause_count == 10
    assert len(app.store.call("read_scenarios", workshop=new.workshop_id, token_hash=facilitator.token_hash)) == 5


def test_links_use_the_public_address_and_then_say_nothing_of_this_computer(app: Application, open_at: Open) -> None:
    public = replace(app, settings=replace(app.settings, public_url="https://moot.example.org"))
    bootstrap.override(public)
    test = press(open_at("lobby"), "Create the workshop")
    assert [urlsplit(link).netloc for link in links_in(test.main)] == ["moot.example.org"] * 3
    assert "this computer only" not in said(test)


def test_a_blank_workshop_needs_a_title(open_at: Open) -> None:
    test = open_at("lobby")
    test.radio(key="create_begin").set_value("blank").run()
    test = press(test, "Create the workshop")
    assert "The title is empty" in test.error[0].value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"caf\xe9", "is not UTF-8 text"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"PK\x00\x01", "is not a text file"),
        (b"- rule\n" * 20_000, "has 140,000 characters"),
        (b"- Fine.\n- Go on and on" + b" and on" * 7_000, "The clause that begins"),
    ],
)
def test_a_policy_file_that_cannot_be_taken_is_named_with_the_way_out(
    open_at: Open, content: bytes, words: str
) -> None:
    test = open_at("lobby")
    test.radio(key="create_begin").set_value("file").run()
    test.file_uploader(key="create_file").set_value(("rules.md", content, "text/markdown"))
    test.session_state["create_title"] = "Files"
    test = press(test, "Create the workshop")
    assert words in test.error[0].value.replace("\\", "")
    assert "folkmoot:lobby_created" not in test.session_state


def test_a_wrong_create_code_creates_nothing_and_a_right_one_does(app: Application, open_at: Open) -> None:
    bootstrap.override(replace(app, settings=replace(app.settings, create_code="let me in")))
    test = open_at("lobby")
    assert test.text_input(key="create_code").proto.form_id, "a password field alone loses its text to the Tab key"
    test.text_input(key="create_code").set_value("guess")
    test = press(test, "Create the workshop")
    assert "not the create code" in test.error[0].value
    assert "folkmoot:lobby_created" not in test.session_state
    test.text_input(key="create_code").set_value("let me in")
    test = press(test, "Create the workshop")
    assert created(test).join_code


def test_who_joins_reads_first_what_it_means(moot: Moot, open_at: Open) -> None:
    test = open_at("lobby", code=moot.new.join_code)
    words = said(test)
    for promise in ("What is stored", "Which model reads it", "What others see", "How to leave"):
        assert promise in words
    assert "Nobody outside this server reads" in words.replace("\\", "")


def test_a_person_joins_with_code_and_name(moot: Moot, fields: Fields, open_at: Open) -> None:
    test = open_at("lobby", code=moot.new.join_code)
    joins(test, fields, moot, "  Ana   Lima ")
    assert not test.error
    token = test.session_state["folkmoot:joined_token"]
    who = workshops.identify(moot.store, token)
    assert (who.name, who.role, who.workshop_id) == ("Ana Lima", Role.PARTICIPANT, moot.workshop_id)


@pytest.mark.parametrize("typed", ["abcd-efgh", "http://x.org/join/ABCDEFGH", " a b c d e f g h "])
def test_a_code_that_opens_nothing_is_answered_with_a_way_out(fields: Fields, open_at: Open, typed: str) -> None:
    test = open_at("lobby")
    finds(test, fields, typed)
    assert "No workshop has this code" in test.error[0].value


def test_wrong_codes_are_slowed_down_and_a_right_one_still_opens(moot: Moot, fields: Fields, open_at: Open) -> None:
    test = open_at("lobby")
    for _ in range(12):
        finds(test, fields, "ABCDEFGH")
    assert "Too many wrong codes" in test.error[0].value
    test = open_at("lobby", code=moot.new.join_code)
    assert "Legal questions" in said(test)


def test_the_same_name_is_asked_whether_they_are_back(
    app: Application, moot: Moot, fields: Fields, open_at: Open
) -> None:
    moot.join("Ana")
    test = open_at("lobby", code=moot.new.join_code)
    joins(test, fields, moot, "ANA")
    assert "Are you ANA?" in said(test)
    press(test, "Yes, ask the facilitator to let me back in")
    [ana] = workshops.read_people(app.store, moot.facilitator)
    assert ana.wants_back_at is not None


def test_a_closed_code_takes_nobody_in(app: Application, moot: Moot, fields: Fields, open_at: Open) -> None:
    leading.open_code(app.store, moot.facilitator, False)
    test = open_at("lobby", code=moot.new.join_code)
    joins(test, fields, moot, "Ana")
    assert "takes no new people" in test.error[0].value.replace("\\", "")
    assert workshops.read_people(app.store, moot.facilitator) == ()


def test_the_lobby_lists_the_workshops_of_this_browser(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    moot.sign_in(Role.FACILITATOR)
    labels = [link.proto.label for link in open_at("lobby").get("page_link")]
    assert any("Legal questions" in label and "as Ana" in label for label in labels)
    assert any("as facilitator" in label for label in labels)


def test_after_a_typed_code_a_reload_comes_back_to_the_name(moot: Moot, fields: Fields, open_at: Open) -> None:
    test = open_at("lobby")
    finds(test, fields, moot.new.join_code)
    assert fields.fields[f"join:name:{moot.workshop_id}"]["label"] == "Your name"
    again = open_at("lobby", **address_of(test))
    assert "Join “Legal questions”" in again.header[0].value.replace("\\", "")


def test_nothing_that_is_typed_before_joining_reaches_the_database_or_another_browser(
    moot: Moot, fields: Fields, open_at: Open
) -> None:
    open_at("lobby")
    open_at("lobby", code=moot.new.join_code)
    lobby = [data for name, data in fields.fields.items() if name.startswith(("join:", "create:"))]
    assert len(lobby) == 4
    assert all(data["local_only"] and not data["person"] for data in lobby)


def test_an_empty_name_is_told_what_it_is_for(moot: Moot, fields: Fields, open_at: Open) -> None:
    test = open_at("lobby", code=moot.new.join_code)
    joins(test, fields, moot, "  ")
    assert "Your name is empty" in test.error[0].value


def test_a_reload_keeps_what_the_workshop_begins_with(open_at: Open) -> None:
    test = open_at("lobby")
    test.radio(key="create_begin").set_value("blank").run()
    again = open_at("lobby", **address_of(test))
    assert again.radio(key="create_begin").value == "blank"
