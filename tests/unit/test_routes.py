import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from components.routes.headers import Guarded
from components.routes.log_lines import JsonLines, redacted
from components.routes.table import ROUTES
from lib import bootstrap
from lib.bootstrap import Application, make_engine
from lib.domain.errors import StoreUnavailable
from lib.domain.ids import PersonId
from lib.domain.people import Credential, Role
from lib.samples import samples
from lib.security import cookie_name, hash_token, new_token
from lib.services import leading, workshops
from lib.services.drafts import read_drafts
from lib.services.reading import Reader
from lib.services.workshops import NewWorkshop
from lib.settings import read_settings
from lib.store.port import Store

SERVER = "http://moot.example"
OWN = {"Origin": SERVER}


class AwayStore:
    """A database that cannot be reached."""

    def call(self, function: str, /, **arguments: object) -> object:
        raise StoreUnavailable("The database cannot be reached.")

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[Application]:
    settings = read_settings({"FOLKMOOT_DATA_DIR": str(tmp_path)}, {})
    made = Application(settings, store, make_engine(settings, store), Reader(store))
    bootstrap.override(made)
    yield made
    bootstrap.override(None)


@pytest.fixture
def client(app: Application) -> TestClient:
    served = Starlette(routes=list(ROUTES), middleware=[Middleware(Guarded, routes=ROUTES)])
    return TestClient(served, base_url=SERVER, follow_redirects=False)


@pytest.fixture
def new(app: Application) -> NewWorkshop:
    return workshops.create_workshop(app.store, samples()[0].starter, max_calls=10, max_cost_usd=1)


@pytest.fixture
def ana(app: Application, new: NewWorkshop) -> str:
    token = new_token()
    workshops.join_workshop(app.store, new.join_code, "<b>Ana</b>", person_id=PersonId(str(uuid4())), token=token)
    return token


def asked_by(page: str) -> dict[str, str]:
    """What the page of a join link hands over with the name."""
    return dict(re.findall(r'data-(code|person|token)="([^"]*)"', page))


def test_a_join_link_asks_for_a_name_after_it_said_what_that_means(client: TestClient, new: NewWorkshop) -> None:
    answer = client.get(f"/join/{new.join_code}")
    assert answer.status_code == 200
    assert "Join “Legal questions”" in answer.text
    for promise in ("What is stored", "Which model reads it", "What others see", "How to leave"):
        assert promise in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert asked_by(answer.text) != asked_by(client.get(f"/join/{new.join_code}").text)
    assert "/join" in client.get("/join.js").text


def test_who_gives_a_name_is_in_and_a_second_press_makes_no_second_person(
    app: Application, client: TestClient, new: NewWorkshop
) -> None:
    asked = {**asked_by(client.get(f"/join/{new.join_code}").text), "name": "  Ana   Lima "}
    for _ in range(2):
        answer = client.post("/join", json=asked, headers=OWN)
        assert answer.json() == {"location": f"/draft?w={new.workshop_id}"}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{cookie_name(Role.PARTICIPANT, new.workshop_id)}={asked['token']};")
    assert "HttpOnly" in cookie
    who = {"workshop": new.workshop_id, "token_hash": hash_token(new.facilitator_token)}
    assert [one["name"] for one in app.store.call("read_people", **who)] == ["Ana Lima"]
    # Who has joined already is told so in the lobby, which shows the way back.
    assert client.get(f"/join/{new.join_code}").headers["location"] == f"../?code={new.join_code}"


def test_a_browser_that_joined_in_another_tab_stays_who_it_is(
    app: Application, client: TestClient, new: NewWorkshop, ana: str
) -> None:
    asked = {**asked_by(client.get(f"/join/{new.join_code}").text), "name": "Ben"}
    client.post("/enter", json={"token": ana}, headers=OWN)
    answer = client.post("/join", json=asked, headers=OWN)
    assert answer.json() == {"location": f"/draft?w={new.workshop_id}"}
    assert "set-cookie" not in answer.headers
    who = {"workshop": new.workshop_id, "token_hash": hash_token(new.facilitator_token)}
    assert [one["name"] for one in app.store.call("read_people", **who)] == ["<b>Ana</b>"]


def test_guessing_codes_at_the_link_is_slowed_down_too(client: TestClient, new: NewWorkshop) -> None:
    asked = {**asked_by(client.get(f"/join/{new.join_code}").text), "name": "Ben"}
    said = [client.post("/join", json={**asked, "code": "ABCDEFGH"}, headers=OWN).json()["message"] for _ in range(12)]
    assert "No workshop has this code" in said[0]
    assert "Too many wrong codes" in said[-1]
    assert client.post("/join", json=asked, headers=OWN).status_code == 200  # a right one still opens


@pytest.mark.usefixtures("ana")
@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"name": "<B>ANA</B>"}, 409, "already"),
        ({"name": " "}, 400, "Your name is empty"),
        ({"name": "x" * 300}, 400, "Shorten it"),
        ({"name": None}, 400, "Your name is empty"),
        ({"code": "ABCDEFGH"}, 404, "No workshop has this code"),
        ({"code": "?"}, 400, "code"),
        ({"person": "1"}, 400, "Reload the page"),
        ({"token": "short"}, 400, "Reload the page"),
    ],
)
def test_who_cannot_join_is_told_why(
    client: TestClient, new: NewWorkshop, changed: dict[str, object], status: int, words: str
) -> None:
    asked = {**asked_by(client.get(f"/join/{new.join_code}").text), "name": "Ben", **changed}
    answer = client.post("/join", json=asked, headers=OWN)
    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert "set-cookie" not in answer.headers


def test_a_code_that_is_closed_or_opens_nothing_is_explained_in_the_lobby(
    app: Application, client: TestClient, new: NewWorkshop
) -> None:
    answer = client.get("/join/ABCD-EFGH")
    assert (answer.status_code, answer.headers["location"]) == (303, "../?code=ABCD-EFGH")
    asked = {**asked_by(client.get(f"/join/{new.join_code}").text), "name": "Ana"}
    leads = Credential(new.workshop_id, hash_token(new.facilitator_token))
    leading.open_code(app.store, leads, False)
    assert client.get(f"/join/{new.join_code}").status_code == 303
    assert client.post("/join", json=asked, headers=OWN).status_code == 403
    bootstrap.override(replace(app, store=AwayStore()))
    assert client.get(f"/join/{new.join_code}").status_code == 303
    assert client.post("/join", json=asked, headers=OWN).status_code == 503


def test_a_join_link_cannot_lead_elsewhere(client: TestClient) -> None:
    assert client.get("/join/evil.example&w=1").headers["location"] == "../?code=evil.example%26w%3D1"


def test_a_personal_link_asks_and_changes_nothing(client: TestClient, ana: str) -> None:
    answer = client.get(f"/enter/{ana}")
    assert answer.status_code == 200
    assert "Continue as &lt;b&gt;Ana&lt;/b&gt; in “Legal questions”?" in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_below_a_path_of_a_host_every_address_stays_below_it(client: TestClient, new: NewWorkshop, ana: str) -> None:
    """Streamlit Community Cloud serves an app below /~/+/ and hands it the rest of the path."""
    below = f"{SERVER}/~/+"
    location = client.get("/join/ABCD-EFGH").headers["location"]
    assert urljoin(f"{below}/join/ABCD-EFGH", location) == f"{below}/?code=ABCD-EFGH"
    location = client.post("/enter", data={"token": ana}, headers=OWN).headers["location"]
    assert urljoin(f"{below}/enter", location) == f"{below}/draft?w={new.workshop_id}"
    client.cookies.clear()
    pages = (f"/enter/{ana}", "/enter/short", f"/join/{new.join_code}")
    for page in (client.get(one).text for one in pages):
        addresses = re.findall(r'(?:src|href|action)="([^"]*)"', page)
        assert addresses
        assert all(urljoin(f"{below}/enter/{ana}", address).startswith(f"{below}/") for address in addresses)


@pytest.mark.parametrize("token", ["A" * 22, "short", "x" * 500])
def test_a_link_that_opens_nothing_says_what_to_do(client: TestClient, token: str) -> None:
    answer = client.get(f"/enter/{token}")
    assert answer.status_code == 404
    assert "new personal link" in answer.text


def test_entering_by_form_sets_the_cookie_and_goes_to_the_stage(client: TestClient, new: NewWorkshop, ana: str) -> None:
    answer = client.post("/enter", data={"token": ana}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, f"draft?w={new.workshop_id}")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{cookie_name(Role.PARTICIPANT, new.workshop_id)}={ana};")
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=7776000", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie


def test_over_tls_the_cookie_is_secure(client: TestClient, ana: str) -> None:
    headers = {"Origin": "https://moot.example", "X-Forwarded-Proto": "https"}
    assert "Secure" in client.post("/enter", json={"token": ana}, headers=headers).headers["set-cookie"]


@pytest.mark.parametrize(("role", "page"), [("facilitator", "console"), ("organizer", "overview")])
def test_the_secret_links_lead_to_their_pages(client: TestClient, new: NewWorkshop, role: str, page: str) -> None:
    token = new.facilitator_token if role == "facilitator" else new.organizer_token
    answer = client.post("/enter", json={"token": token}, headers=OWN)
    assert answer.json() == {"location": f"/{page}?w={new.workshop_id}"}


@pytest.mark.parametrize("path", ["/enter", "/leave", "/draft", "/join"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://moot.example.evil.example"},
    ],
)
def test_what_another_site_sends_is_refused(client: TestClient, ana: str, path: str, headers: dict[str, str]) -> None:
    answer = client.post(path, json={"token": ana}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_form_of_ours_without_referrer_is_taken(client: TestClient, ana: str) -> None:
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/enter", data={"token": ana}, headers=headers).status_code == 303


def test_behind_a_proxy_the_public_address_is_our_own(app: Application, client: TestClient, ana: str) -> None:
    bootstrap.override(replace(app, settings=replace(app.settings, public_url="https://public.example")))
    headers = {"Origin": "https://public.example"}
    assert client.post("/enter", json={"token": ana}, headers=headers).status_code == 200


def test_not_me_forgets_this_role_of_this_workshop_alone(client: TestClient, new: NewWorkshop, ana: str) -> None:
    client.post("/enter", json={"token": ana}, headers=OWN)
    client.post("/enter", json={"token": new.facilitator_token}, headers=OWN)
    answer = client.post("/leave", json={"workshop": new.workshop_id, "role": "participant"}, headers=OWN)
    assert answer.status_code == 200
    assert list(client.cookies) == [cookie_name(Role.FACILITATOR, new.workshop_id)]


def draft(new: NewWorkshop, text: str = "Ask first", seq: int = 1, **changes: object) -> dict[str, object]:
    return {
        "workshop": new.workshop_id,
        "role": "participant",
        "field": "clause:new",
        "text": text,
        "seq": seq,
        **changes,
    }


def test_unsent_text_is_kept_and_an_older_one_does_not_replace_it(
    app: Application, client: TestClient, new: NewWorkshop, ana: str
) -> None:
    client.post("/enter", json={"token": ana}, headers=OWN)
    assert client.post("/draft", json=draft(new, "newer", 7), headers=OWN).json() == {"seq": 7}
    assert client.post("/draft", json=draft(new, "older", 3), headers=OWN).json() == {"seq": 7}
    kept = read_drafts(app.store, Credential(new.workshop_id, hash_token(ana)))
    assert kept["clause:new"].text == "newer"


def test_unsent_text_of_a_stranger_is_not_taken(client: TestClient, new: NewWorkshop) -> None:
    answer = client.post("/draft", json=draft(new), headers=OWN)
    assert answer.status_code == 401
    assert "personal link" in answer.json()["message"]


def test_a_participants_cookie_keeps_text_as_nobody_else(
    app: Application, client: TestClient, new: NewWorkshop, ana: str
) -> None:
    client.post("/enter", json={"token": ana}, headers=OWN)
    assert client.post("/draft", json=draft(new, role="organizer"), headers=OWN).status_code == 401
    # Whoever led until a moment ago has typed for themselves.
    assert client.post("/draft", json=draft(new, "Mine", role="facilitator"), headers=OWN).json() == {"seq": 1}
    assert read_drafts(app.store, Credential(new.workshop_id, hash_token(ana)))["clause:new"].text == "Mine"
    assert not read_drafts(app.store, Credential(new.workshop_id, hash_token(new.facilitator_token)))


def test_unsent_text_of_whoever_leads_with_their_own_link_is_theirs_as_facilitator(
    app: Application, client: TestClient, new: NewWorkshop, ana: str
) -> None:
    for token in (ana, new.facilitator_token):
        client.post("/enter", json={"token": token}, headers=OWN)
    client.post("/draft", json=draft(new, "Led", role="facilitator"), headers=OWN)
    assert not read_drafts(app.store, Credential(new.workshop_id, hash_token(ana)))
    kept = read_drafts(app.store, Credential(new.workshop_id, hash_token(new.facilitator_token)))
    assert kept["clause:new"].text == "Led"


@pytest.mark.parametrize("text", ["x" * 60_001, "x" * 400_000])
def test_text_that_is_too_long_to_keep_is_told_so(client: TestClient, new: NewWorkshop, ana: str, text: str) -> None:
    client.post("/enter", json={"token": ana}, headers=OWN)
    answer = client.post("/draft", json=draft(new, text), headers=OWN)
    assert answer.status_code == 413
    assert "stays in this browser" in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"workshop": 1}', b'{"seq": "x"}'])
def test_what_is_no_draft_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/draft", content=body, headers=OWN).status_code == 400


def test_while_the_database_is_away_drafts_and_health_say_so(
    app: Application, client: TestClient, new: NewWorkshop, ana: str
) -> None:
    client.post("/enter", json={"token": ana}, headers=OWN)
    bootstrap.override(replace(app, store=AwayStore()))
    assert client.post("/draft", json=draft(new), headers=OWN).status_code == 503
    assert client.get("/healthz").status_code == 503
    assert client.get(f"/enter/{ana}").status_code == 503


def test_whoever_asks_learns_whether_they_are_still_signed_in(
    app: Application, client: TestClient, new: NewWorkshop, ana: str
) -> None:
    def ask(workshop: str = new.workshop_id, role: str = "participant", **headers: str) -> int:
        return client.post("/standing", params={"w": workshop, "role": role}, headers=headers or OWN).status_code

    assert ask() == 401  # nobody yet
    client.post("/enter", json={"token": ana}, headers=OWN)
    assert ask() == 200
    assert ask(role="facilitator") == ask(workshop=str(uuid4())) == 401
    assert ask(role="king") == 400
    assert ask(Origin="http://elsewhere.example") == 403
    leads = {"workshop": new.workshop_id, "token_hash": hash_token(new.facilitator_token)}
    [person] = [one for one in app.store.call("read_people", **leads) if "Ana" in one["name"]]
    answer = client.post("/standing", params={"w": new.workshop_id, "role": "participant"}, headers=OWN)
    assert answer.json() == {"person": person["person_id"]}
    for is_removed, status in ((True, 401), (False, 200), (True, 401)):
        app.store.call("change_person", **leads, person=person["person_id"], changes={"is_removed": is_removed})
        assert ask() == status
    bootstrap.override(replace(app, store=AwayStore()))
    assert ask() == 503  # nobody knows: that is no reason to let go


def test_health_answers(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"


def test_every_answer_carries_protective_headers(client: TestClient) -> None:
    for path in ("/healthz", "/join/ABCDEFGH", "/nothing-here"):
        headers = client.get(path).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_only_known_scripts_may_run(client: TestClient) -> None:
    policy = client.get("/healthz").headers["content-security-policy"]
    [scripts] = [part for part in policy.split("; ") if part.startswith("script-src ")]
    assert "unsafe" not in scripts
    # One inline script of Streamlit's page, one of streamlit-ace's.
    assert scripts.count("'sha256-") == 2


def test_the_log_names_the_route_and_nothing_secret(
    client: TestClient, ana: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="folkmoot.http"):
        client.get(f"/enter/{ana}?x=secret")
    line = json.loads(JsonLines().format(caplog.records[-1]))
    assert (line["route"], line["method"], line["status"]) == ("/enter/{token}", "GET", 200)
    assert ana not in caplog.text
    assert "secret" not in json.dumps(line)


def test_an_exception_is_logged_by_its_place_not_by_its_words() -> None:
    try:
        raise ValueError("what Ana wrote")
    except ValueError as error:
        record = logging.LogRecord(
            "folkmoot", logging.ERROR, "x", 1, "event=failed", None, (type(error), error, error.__traceback__)
        )
    line = JsonLines().format(record)
    assert "what Ana wrote" not in line
    assert json.loads(line)["exception"] == "ValueError"


def test_tokens_and_keys_are_redacted_wherever_they_turn_up() -> None:
    token = "Ab1-" + "x" * 18
    assert token not in redacted(f"opened /enter/{token} now")
    assert "sk-proj-abcdefghijklmnop" not in redacted("key sk-proj-abcdefghijklmnop refused")
