"""The route of the files, on both transports: to whom it gives what, and in which words it refuses."""

import csv
import io
import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin

import pytest
from httpx import Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from components.file_links import Offer, links_data
from components.routes import files
from components.routes.headers import Guarded
from components.routes.table import ROUTES
from lib import bootstrap
from lib.bootstrap import application
from lib.domain.errors import StoreUnavailable
from lib.domain.people import Role
from lib.exports.spreadsheet import BYTE_ORDER_MARK
from lib.exports.workshop_json import UnsafeExport
from lib.policy.prompt import system_prompt
from lib.security import hash_token, new_token
from lib.services import exporting
from lib.services.exporting import DECISIONS_FILE, POLICY_FILE, PROMPT_FILE, VOTES_FILE, WORKSHOP_FILE
from lib.store.port import Store
from lib.store.supabase_rest import SupabaseStore
from tests.support.faulty_proxy import FaultyProxy
from tests.support.page_visit import Browser, app_on, enter
from tests.support.planted_votes import PLANTED, plant
from tests.support.supabase_lite import SupabaseLite
from tests.support.workshop_builder import Built, Someone, text_of

SERVER = "http://moot.example"
NAMES = (POLICY_FILE, PROMPT_FILE, VOTES_FILE, DECISIONS_FILE, WORKSHOP_FILE)
ROLES = ("participant", "facilitator", "organizer")
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Asker:
    """A browser at the routes, who takes files in one role of one workshop."""

    def __init__(self, browser: Browser, built: Built) -> None:
        self.browser = browser
        self.built = built
        served = Starlette(routes=list(ROUTES), middleware=[Middleware(Guarded, routes=ROUTES)])
        self.client = TestClient(served, base_url=SERVER, follow_redirects=False)

    def becomes(self, someone: Someone, role: str) -> None:
        enter(self.browser, self.built, someone, role)
        self.client.cookies.clear()
        self.client.cookies.update(self.browser.held)

    def takes(
        self, name: str, role: str = "participant", /, headers: dict[str, str] | None = None, **query: str
    ) -> Response:
        asked = {"w": self.built.workshop, "role": role} | query
        answer: Response = self.client.get(f"/files/{name}", params=asked, headers=headers)
        return answer


@pytest.fixture
def browser(store: Store) -> Iterator[Browser]:
    with app_on(store) as opened:
        yield opened


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


@pytest.fixture
def asker(browser: Browser, built: Built) -> Asker:
    return Asker(browser, built)


@pytest.fixture
def ana(asker: Asker, built: Built) -> Someone:
    someone = built.join("Ana")
    asker.becomes(someone, "participant")
    return someone


def said(answer: Response) -> str:
    message: str = answer.json()["message"]
    return message


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_every_file_whole(asker: Asker, built: Built, role: str) -> None:
    asker.becomes(built.join("Ana") if role == "participant" else getattr(built, role), role)
    policy, prompt, votes, _, workshop = (asker.takes(name, role) for name in NAMES)
    assert policy.content == text_of(built.clauses).encode()
    assert prompt.text == system_prompt(text_of(built.clauses))
    assert votes.content.startswith(f"{BYTE_ORDER_MARK}round,question".encode())
    assert json.loads(workshop.content)["withheld"]
    names = ("policy_now.md", "system_prompt_now.txt", "votes.csv", "workshop.json")
    kinds = ("text/markdown", "text/plain", "text/csv", "application/json")
    for answer, name, kind in zip((policy, prompt, votes, workshop), names, kinds, strict=True):
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["content-type"].split(";")[0] == kind
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_published_version_stays_as_it_was_and_has_its_number_in_its_name(
    asker: Asker, built: Built, ana: Someone
) -> None:
    built.publish()
    built.commit(ana, [built.clauses[0] | {"wording": "Reworded."}], 1)
    old = asker.takes(POLICY_FILE, version="1")
    assert (old.text, old.headers["content-disposition"]) == (
        text_of(built.clauses),
        'attachment; filename="policy_v1.md"',
    )
    assert asker.takes(PROMPT_FILE, version="1").text == system_prompt(text_of(built.clauses))
    assert "Reworded." in asker.takes(POLICY_FILE).text


@pytest.mark.parametrize("version", ["7", "999999999"])
def test_a_version_that_is_not_there_is_told_so(asker: Asker, ana: Someone, version: str) -> None:
    answer = asker.takes(POLICY_FILE, version=version)
    assert answer.status_code == 404
    assert f"There is no version {version}." in said(answer)


@pytest.mark.parametrize("version", ["0", "-1", "v1", "1.0", "²", "99999999999999999999", "1;drop table"])
def test_what_is_no_version_at_all_is_told_so(asker: Asker, ana: Someone, version: str) -> None:
    answer = asker.takes(PROMPT_FILE, version=version)
    assert (answer.status_code, said(answer)) == (
        404,
        "There is no such version. Choose one from the list of versions.",
    )


@pytest.mark.parametrize("name", ["secrets.toml", "policy", "POLICY.MD", "..%2f..%2frequirements.txt"])
def test_a_file_that_does_not_exist_is_not_found(asker: Asker, ana: Someone, name: str) -> None:
    answer = asker.takes(name)
    assert answer.status_code == 404
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("query", [{"w": ""}, {"w": "here"}, {"role": ""}, {"role": "owner"}])
def test_an_address_without_workshop_or_role_is_not_found(asker: Asker, ana: Someone, query: dict[str, str]) -> None:
    answer = asker.takes(VOTES_FILE, **query)
    assert answer.status_code == 404
    assert "page of your workshop" in said(answer)


@pytest.mark.parametrize("name", NAMES)
def test_whoever_is_not_signed_in_gets_no_file(asker: Asker, name: str) -> None:
    answer = asker.takes(name)
    assert answer.status_code == 401
    assert "Open your personal link" in said(answer)


@pytest.mark.parametrize("name", NAMES)
def test_the_pass_of_another_workshop_opens_nothing_here(asker: Asker, store: Store, ana: Someone, name: str) -> None:
    other = Built(store)
    assert asker.takes(name, w=other.workshop).status_code == 401
    asker.client.cookies.set(f"folkmoot_participant_{other.workshop}", ana.token)
    assert asker.takes(name, w=other.workshop).status_code == 401


@pytest.mark.parametrize("name", NAMES)
def test_a_participants_pass_is_no_facilitators(asker: Asker, ana: Someone, name: str) -> None:
    assert asker.takes(name, "facilitator").status_code == 401


@pytest.mark.parametrize("token", ["short", "A" * 22, "x" * 500])
def test_an_invented_pass_opens_nothing(asker: Asker, built: Built, token: str) -> None:
    asker.client.cookies.set(f"folkmoot_organizer_{built.workshop}", token)
    assert asker.takes(WORKSHOP_FILE, "organizer").status_code == 401


def test_whoever_was_removed_is_told_so(asker: Asker, built: Built, ana: Someone) -> None:
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True})
    for name in NAMES:
        answer = asker.takes(name)
        assert answer.status_code == 401
        assert "The facilitator removed you" in said(answer)


def test_whoever_left_and_a_deleted_workshop_get_nothing(asker: Asker, built: Built, ana: Someone) -> None:
    ana.call("leave_workshop", delete_data=True)
    assert asker.takes(VOTES_FILE).status_code == 401
    asker.becomes(built.organizer, "organizer")
    built.facilitator.call("delete_workshop", title="Legal questions")
    assert asker.takes(VOTES_FILE, "organizer").status_code == 401


def test_a_browser_with_two_roles_gets_the_file_of_the_role_that_it_names(
    asker: Asker, built: Built, ana: Someone
) -> None:
    facilitator = new_token()
    built.store.call("reissue_link", workshop=built.workshop, role="facilitator", token_hash=hash_token(facilitator))
    asker.client.cookies.set(f"folkmoot_facilitator_{built.workshop}", facilitator)
    built.facilitator.token = facilitator
    built.publish()
    built.commit(built.facilitator, built.clauses[1:], 1)
    built.facilitator.call("hide_text", kind="clause", id=built.clauses[0]["clause_id"], is_hidden=True)
    assert built.clauses[0]["wording"] in asker.takes(POLICY_FILE, "facilitator", version="1").text
    assert built.clauses[0]["wording"] not in asker.takes(POLICY_FILE, "participant", version="1").text


@pytest.mark.parametrize("anonymity", ["named", "anonymous"])
@pytest.mark.parametrize("status", ["open", "closed", "revealed"])
@pytest.mark.parametrize("role", ROLES)
def test_votes_are_in_the_files_once_they_are_revealed_and_not_before(
    store: Store, database_address: str, browser: Browser, anonymity: str, status: str, role: str
) -> None:
    planted = plant(store, database_address, anonymity)
    if status != "open":
        planted.close()
    if status == "revealed":
        planted.reveal()
    asker = Asker(browser, planted.built)
    asker.becomes(planted.cleo if role == "participant" else getattr(planted.built, role), role)
    texts = {name: asker.takes(name, role).text for name in NAMES}
    is_revealed = status == "revealed"
    for name in (VOTES_FILE, WORKSHOP_FILE):
        assert (PLANTED in texts[name]) is is_revealed
    rows = list(csv.DictReader(io.StringIO(texts[VOTES_FILE].removeprefix(BYTE_ORDER_MARK))))
    assert len(rows) == (5 if is_revealed else 0)
    assert {row["participant"] != "" for row in rows} <= {anonymity == "named"}
    withheld = json.loads(texts[WORKSHOP_FILE])["withheld"]
    assert is_revealed or any("round 1" in entry["what"] for entry in withheld)


class AwayStore:
    """A database that cannot be reached."""

    def call(self, function: str, /, **arguments: object) -> object:
        raise StoreUnavailable("The database cannot be reached.")

    def close(self) -> None:
        """Nothing to close."""


class HangingStore(AwayStore):
    """A database that takes the call and never answers, until it is let go."""

    def __init__(self) -> None:
        self.is_over = threading.Event()

    def call(self, function: str, /, **arguments: object) -> object:
        self.is_over.wait(30)
        return super().call(function)


@pytest.mark.parametrize("name", NAMES)
def test_while_the_database_is_away_the_file_says_so(asker: Asker, ana: Someone, name: str) -> None:
    bootstrap.override(replace(application(), store=AwayStore()))
    answer = asker.takes(name)
    assert (answer.status_code, said(answer)) == (503, "The database cannot be reached.")


def test_a_database_that_hangs_is_not_waited_for(asker: Asker, ana: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = HangingStore()
    bootstrap.override(replace(application(), store=hanging))
    monkeypatch.setattr(files, "ANSWER_WITHIN_S", 0.2)
    try:
        answer = asker.takes(VOTES_FILE)
        assert answer.status_code == 503
        assert said(answer) == "The database did not give the file in time. Try again in a few seconds."
    finally:
        hanging.is_over.set()


@pytest.mark.parametrize("trouble", ["away", "hanging"])
def test_a_project_that_is_away_or_hangs_says_so_within_seconds(
    database_address: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SupabaseLite(database_address) as lite, FaultyProxy(lite.port, hung_s=6.0) as proxy:
        store = SupabaseStore(proxy.url if trouble == "hanging" else lite.url, lite.secret_key)
        with app_on(store) as browser:
            asker = Asker(browser, Built(store))
            asker.becomes(asker.built.organizer, "organizer")
            assert asker.takes(VOTES_FILE, "organizer").status_code == 200
            if trouble == "away":
                lite.stop()
            else:
                proxy.hung_share = 1.0
                monkeypatch.setattr(files, "ANSWER_WITHIN_S", 2.0)
            began = time.monotonic()
            answer = asker.takes(VOTES_FILE, "organizer")
            assert time.monotonic() - began < files.ANSWER_WITHIN_S + 1.0
            assert answer.status_code == 503
            assert "ry again in a few seconds" in said(answer)
        store.close()


def test_a_file_that_may_hold_a_secret_is_held_back_in_words(
    asker: Asker, ana: Someone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unsafe(*_: object) -> str:
        raise UnsafeExport("The export holds a secret at $.workshop.")

    monkeypatch.setattr(exporting, "workshop_as_json", unsafe)
    answer = asker.takes(WORKSHOP_FILE)
    assert answer.status_code == 500
    assert "held back" in said(answer)
    assert "event=unsafe_export" in caplog.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_asks_for_is_refused(asker: Asker, ana: Someone, site: str) -> None:
    answer = asker.takes(VOTES_FILE, headers={"Sec-Fetch-Site": site} | PAGE)
    assert answer.status_code == 403
    assert "Back to the workshop" in answer.text


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_and_an_address_that_was_typed_are_served(asker: Asker, ana: Someone, site: str) -> None:
    assert asker.takes(VOTES_FILE, headers={"Sec-Fetch-Site": site} | PAGE).status_code == 200


def test_whoever_opens_the_address_itself_gets_a_page_with_the_way_back(asker: Asker, ana: Someone) -> None:
    asker.client.cookies.clear()
    answer = asker.takes(VOTES_FILE, headers=PAGE)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "Open your personal link" in answer.text
    assert f'<a href="../review?w={asker.built.workshop}">' in answer.text
    back = urljoin(f"{SERVER}/~/+/files/votes.csv", f"../review?w={asker.built.workshop}")
    assert back == f"{SERVER}/~/+/review?w={asker.built.workshop}"


def test_nothing_of_the_address_stands_on_that_page(asker: Asker) -> None:
    answer = asker.takes(VOTES_FILE, headers=PAGE, w='"><script>alert(1)</script>', role="<b>", version="<i>")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text
    assert '<a href="../">' in answer.text


@pytest.mark.parametrize("path", ["policy.md", "votes.csv", "nothing"])
def test_no_answer_and_no_line_of_the_log_holds_a_token_or_its_hash(
    asker: Asker, ana: Someone, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.INFO):
        answer = asker.takes(path)
    secrets = (ana.token, hash_token(ana.token))
    assert not [one for one in secrets if one in answer.text + str(answer.headers) + caplog.text]
    [line] = [record for record in caplog.records if record.name == "folkmoot.http"]
    assert line.fields["route"] == "/files/{name}"  # type: ignore[attr-defined]


def test_the_links_of_a_page_lead_to_the_files_in_its_role(asker: Asker, built: Built) -> None:
    asker.becomes(built.organizer, "organizer")
    built.publish()
    offers = [Offer("Policy", POLICY_FILE, 1), Offer("Votes", VOTES_FILE)]
    links = links_data(built.workshop, Role.ORGANIZER, offers)["files"]
    assert [link["label"] for link in links] == ["Policy", "Votes"]
    names = [asker.client.get(link["address"]).headers["content-disposition"] for link in links]
    assert names == ['attachment; filename="policy_v1.md"', 'attachment; filename="votes.csv"']
