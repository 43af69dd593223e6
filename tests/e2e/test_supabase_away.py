"""A Supabase project that is away, or whose answers get lost: people are told, and nothing is lost or done twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import PHONE, Invite, new_app, serving
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.backends import Backend, backend_on, through_supabase
from tests.support.faulty_proxy import FaultyProxy
from tests.support.supabase_lite import SupabaseLite
from tests.support.workshop_builder import Built, Someone, hash_of, new_id

AWAY = "The database cannot be reached just now."
SAVED = "Saved. Only you can see this."
OFFLINE = re.compile("^Offline: kept in this browser")
CLAUSE = "Say in which country an answer holds, and since when."
REASON = "It asked about the deadline first, as C1 wants it."


@dataclass
class Room:
    """A workshop on the project, known to the test past the app and past Supabase."""

    built: Built
    app: ServedApp
    invite_to: Invite

    def comes_in(self, name: str, page: str, **browser: object) -> tuple[Person, Someone]:
        """A participant at a browser of their own, and the same person for a look at what is stored."""
        someone = Someone(self.built.store, self.built.workshop, new_id().replace("-", "")[:22], new_id())
        self.built.store.call(
            "join_workshop",
            join_code=self.built.code,
            person=someone.person,
            name=name,
            token_hash=hash_of(someone.token),
        )
        person = self.invite_to(self.app, name, **browser)
        cookie = f"folkmoot_participant_{self.built.workshop}"
        person.context.add_cookies([{"name": cookie, "value": someone.token, "url": self.app.url}])
        person.open(f"/{page}?w={self.built.workshop}")
        return person, someone


@pytest.fixture(scope="module")
def backend(database_address: str) -> Iterator[Backend]:
    with backend_on("supabase", database_address) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(open_folder: Path, backend: Backend) -> Iterator[ServedApp]:
    with serving(new_app(open_folder, backend.environment, backend.secrets)) as served:
        yield served


@pytest.fixture(scope="module")
def proxy(backend: Backend) -> Iterator[FaultyProxy]:
    with FaultyProxy(lite_of(backend).port) as started:
        yield started


@pytest.fixture(scope="module")
def app_behind_proxy(open_folder: Path, proxy: FaultyProxy) -> Iterator[ServedApp]:
    secrets = (SupabaseLite.secret_key, f"127.0.0.1:{proxy.port}")
    with serving(new_app(open_folder, through_supabase(proxy.url), secrets)) as served:
        yield served


@pytest.fixture
def store(database_address: str) -> Iterator[DirectStore]:
    opened = DirectStore(database_address)
    yield opened
    opened.close()


def lite_of(backend: Backend) -> SupabaseLite:
    assert backend.lite is not None
    return backend.lite


def forgive_the_outage(*people: Person) -> None:
    """A browser notes by itself that its drafts were not taken for a while; anything else stays a complaint."""
    for person in people:
        person.forgive(re.compile("503.*/draft"))
        person.forgive("/live?")  # of whom it is not known whether they may listen, nobody is let in


@pytest.mark.long  # test_faults.py has it with a direct connection, contract tests with either
def test_while_the_project_is_away_people_are_told_keep_what_they_wrote_and_go_on_when_it_is_back(
    app: ServedApp, backend: Backend, store: DirectStore, invite_to: Invite
) -> None:
    lite = lite_of(backend)
    room = Room(Built(store), app, invite_to)
    ana, ana_stored = room.comes_in("Ana", "draft", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    ben, ben_stored = room.comes_in("Ben", "vote")
    room.built.open_round()
    ben.sees("Is this right?")
    ballot = ben.page.locator("[class*='st-key-ballot_']").first
    ballot.get_by_role("button", name="Add a reason").click()
    reason = ballot.get_by_label("Your reason")
    to_clauses(ana)
    clause = ana.field("Your clause")
    clause.press_sequentially(CLAUSE[:20])
    reason.press_sequentially(REASON[:20])
    ana.sees(SAVED)

    lite.stop()
    clause.press_sequentially(CLAUSE[20:])
    reason.press_sequentially(REASON[20:])
    ballot.get_by_role("radio", name=re.compile("Agree")).first.click()
    expect(ballot.get_by_text("Agree is not saved yet.")).to_be_visible()
    ballot.get_by_role("button", name="Save reason with my vote").click()
    for person in (ana, ben):
        person.sees(AWAY)
        person.sees(OFFLINE)
        person.look("away")
    expect(clause).to_have_value(CLAUSE)
    expect(reason).to_have_value(REASON)
    ben.go("Review")
    ben.go(re.compile("Vote"))
    expect(reason).to_have_value(REASON)
    ben.sees(OFFLINE)  # the field is another one, and the database has the text no more than before

    lite.start()
    ana.sees(SAVED)
    ana.sees_not(AWAY)
    assert ana_stored.call("read_drafts")["clause:new"]["text"] == CLAUSE
    expect(ballot.get_by_text(re.compile("Your vote: Agree with your reason"))).to_be_visible()  # sent by itself
    expect(ballot.get_by_text("not saved yet")).to_have_count(0)
    ben.sees_not(AWAY)
    expect(reason).to_have_value(REASON)
    [vote] = ben_stored.call("read_rounds")[0]["my_votes"]
    assert (vote["position"], vote["reason"]) == ("agree", REASON)
    ana.page.reload()
    ana.settle()
    expect(ana.field("Your clause")).to_have_value(CLAUSE)
    ana.press("Add to policy")
    ana.sees(CLAUSE)
    forgive_the_outage(ana, ben)


@pytest.mark.long  # tests/contract/test_repeated_calls.py has each act twice, without browsers
def test_an_act_whose_answer_got_lost_can_be_repeated_and_is_done_once(
    app_behind_proxy: ServedApp, proxy: FaultyProxy, store: DirectStore, invite_to: Invite
) -> None:
    room = Room(Built(store), app_behind_proxy, invite_to)
    ana, ana_stored = room.comes_in("Ana", "draft", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    to_clauses(ana)
    ana.field("Your clause").fill(CLAUSE)
    ana.sees(SAVED)
    proxy.lost_shares = {"commit_policy": 1.0}
    ana.press("Add to policy")
    ana.sees(re.compile("The connection to the database broke|The database is back"))
    ana.sees(re.compile("If what you did does not show, do it again"))
    assert proxy.lost["commit_policy"] == 4, "the store asked again by itself"
    expect(ana.field("Your clause")).to_have_value(CLAUSE)
    ana.page.wait_for_timeout(2_500)  # a failure is repeated for two seconds, so that nobody queues for the next try
    ana.page.reload()
    ana.settle()
    proxy.heal()
    ana.press("Add to policy")
    expect(ana.field("Your clause")).to_have_value("")
    clauses = ana_stored.call("read_policy")["policy"]["clauses"]
    assert [one["wording"] for one in clauses].count(CLAUSE) == 1
