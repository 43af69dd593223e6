"""Files to take away: there whatever others do meanwhile, and a sentence beside the link where one cannot be had."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from lib.security import hash_token, new_token
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.conftest import PHONE, Invite, new_app, serving
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built

FILES = {
    "Policy as Markdown": "policy_now.md",
    "Policy as system prompt": "system_prompt_now.txt",
    "Votes as CSV": "votes.csv",
    "Decisions as Markdown": "decisions.md",
    "Workshop as JSON": "workshop.json",
}
NOTE = "A note that I am about to"


@pytest.fixture(scope="module")
def database(open_folder: Path) -> Iterator[Path]:
    """A PostgreSQL of the operator's, which a test stops and starts."""
    folder = open_folder / f"given-{uuid4().hex[:6]}"
    embedded.start(folder)
    yield folder
    embedded.release(folder)


@pytest.fixture(scope="module")
def app(open_folder: Path, database: Path) -> Iterator[ServedApp]:
    """The app on that database."""
    address = embedded.start(database)
    migrate(address)
    with serving(new_app(open_folder, {"DATABASE_URL": address})) as served:
        yield served


@pytest.fixture
def built(app: ServedApp, database: Path) -> Iterator[Built]:
    """A workshop with a published version, known to the test past the app."""
    store = DirectStore(embedded.start(database))
    made = Built(store)
    made.publish()
    yield made
    store.close()


def comes_in(person: Person, built: Built, page: str) -> Person:
    """The person as a new participant, on this page of the workshop."""
    someone, token = built.join(person.name), new_token()
    changes = {"token_hash": hash_token(token)}
    built.facilitator.call("change_person", person=someone.person, changes=changes)
    cookie = f"folkmoot_participant_{built.workshop}"
    person.context.add_cookies([{"name": cookie, "value": token, "url": person.url}])
    person.open(f"/{page}?w={built.workshop}")
    return person


def show(person: Person, part: str) -> None:
    """Look at another part of a page, which runs its script anew."""
    person.page.get_by_role("radio", name=part).click()
    person.settle()


@pytest.mark.long  # the other tests here take files while nobody else acts
def test_every_file_arrives_although_others_run_their_pages_between_the_press_and_the_request(
    invite: Invite, built: Built
) -> None:
    ana = comes_in(invite("Ana"), built, "review")
    others = [comes_in(invite(name, looks_closely=False), built, "review") for name in ("Ben", "Cleo")]
    show(ana, "Files")
    held = []

    def meanwhile(route: Route) -> None:
        held.append(route.request.url)
        for person in others:
            for part in ("Coverage", "Files"):
                show(person, part)
        route.continue_()

    ana.page.route(re.compile("/files/"), meanwhile)
    for label, name in FILES.items():
        assert ana.download(label)
        ana.sees(f"“{label}” is downloaded as {name}.")
    assert len(held) == len(FILES)
    ana.look("files taken")


def test_the_texts_of_a_version_are_taken_from_draft_and_nothing_typed_is_lost(invite: Invite, built: Built) -> None:
    ana = comes_in(invite("Ana", viewport=PHONE, color_scheme="dark"), built, "draft")
    show(ana, "Clauses")
    ana.field("Your clause").fill(NOTE)
    show(ana, "Versions")
    ana.page.wait_for_url(re.compile("view=versions"))
    assert "Ask before you answer." in ana.download("As Markdown")
    ana.sees("“As Markdown” is downloaded as policy_now.md.")
    ana.field("Read").click()
    ana.page.get_by_role("option", name="v1").click()
    expect(ana.page.get_by_role("link", name="As system prompt")).to_have_attribute("href", re.compile("version=1$"))
    assert "Ask before you answer." in ana.download("As system prompt")
    ana.sees("“As system prompt” is downloaded as system_prompt_v1.txt.")
    expect(ana.field("Your clause")).to_have_value(NOTE)
    ana.look("versions taken")


def test_the_keyboard_takes_a_file(invite: Invite, built: Built) -> None:
    ana = comes_in(invite("Ana"), built, "review")
    show(ana, "Files")
    first, last = (ana.page.get_by_role("link", name=label, exact=True) for label in (*FILES,)[:: len(FILES) - 1])
    first.focus()
    for _ in range(len(FILES) - 1):
        ana.page.keyboard.press("Tab")
    expect(last).to_be_focused()
    with ana.page.expect_download() as waiting:
        ana.page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "workshop.json"
    expect(last).to_be_focused()


def test_what_goes_wrong_is_said_beside_the_links_and_the_page_stays(
    invite: Invite, built: Built, database: Path
) -> None:
    ana = comes_in(invite("Ana"), built, "review")
    show(ana, "Files")
    link = ana.page.get_by_role("link", name="Votes as CSV", exact=True)
    embedded.stop(database)
    link.click()
    said = ana.page.get_by_role("status").filter(has_text="“Votes as CSV” was not downloaded.")
    expect(said).to_contain_text("The database cannot be reached")
    ana.look("away")
    embedded.start(database)
    ana.page.wait_for_timeout(5_000)  # a failure is repeated for two seconds, so that nobody queues for the next try
    assert ana.download("Votes as CSV")
    expect(said).to_have_count(0)

    ana.context.set_offline(True)
    link.click()
    expect(said).to_contain_text("The server did not answer. Check your connection, then press again.")
    ana.context.set_offline(False)

    passes = ana.context.cookies()
    ana.context.clear_cookies()
    link.click()
    expect(said).to_contain_text("not signed in to the workshop any more. Open your personal link.")
    ana.context.add_cookies([{key: one[key] for key in ("name", "value", "domain", "path")} for one in passes])  # type: ignore[misc, literal-required]
    assert ana.download("Votes as CSV")
    ana.forgive("503", "ERR_INTERNET_DISCONNECTED", "401")  # a browser notes by itself that an address was refused


def test_the_address_itself_gives_the_file_or_a_page_with_the_way_back(invite: Invite, built: Built) -> None:
    ana = comes_in(invite("Ana"), built, "review")
    show(ana, "Files")
    address = ana.page.get_by_role("link", name="Votes as CSV", exact=True).get_attribute("href") or ""
    tab = ana.context.new_page()
    with tab.expect_download() as waiting, pytest.raises(Exception, match="Download is starting"):
        tab.goto(address)
    assert waiting.value.suggested_filename == "votes.csv"
    ana.context.clear_cookies()
    tab.goto(address)
    expect(tab.get_by_role("heading", name="This file could not be taken")).to_be_visible()
    tab.get_by_role("link", name="Back to the workshop").click()
    expect(tab).to_have_url(f"{ana.url}/review?w={built.workshop}")
