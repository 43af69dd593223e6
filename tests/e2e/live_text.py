"""What people do in the live text, at browsers of their own."""

import re
import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from lib.live.shared_text import SEEDS, SharedText
from lib.live.wire import state_vector
from lib.samples import samples
from lib.security import hash_token, new_token
from lib.services.workshops import create_workshop
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.e2e.person import Person
from tests.support.workshop_builder import new_id

TEXT_INPUT = ".fm-text .ace_text-input"
"""Where the keys of the live text arrive."""
SAVED = "Saved"
OFFLINE = re.compile("^Offline: your text is safe")
WITHIN_S = 40
KEPT_ON_DISK = """
words => new Promise((resolve) => {
  const request = indexedDB.open("folkmoot", 1)
  request.onsuccess = () => {
    const all = request.result.transaction("texts").objectStore("texts").getAll()
    all.onsuccess = () => { request.result.close(); resolve(all.result.some((one) => one.text?.includes(words))) }
  }
})
"""
NOTHING_IS_SENT = """() => {
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (frame) {
    if (window.sendsAgain || !new URL(this.url).pathname.endsWith("/document")) send.call(this, frame)
  }
}"""
"""What is typed does not reach the server, until `window.sendsAgain`."""


def link_of(facilitator: Person) -> str:
    return facilitator.page.locator("code").filter(has_text="/join/").first.inner_text()


def new_link(store: Store) -> str:
    """The join link of a new workshop, made of the first sample as in the lobby."""
    made = create_workshop(store, samples()[0].starter, max_calls=100, max_cost_usd=5.0)
    return f"/join/{made.join_code}"


def joins(person: Person, link: str) -> Person:
    """Come in by a join link, as its page does, and go to the live text."""
    given = {"code": link.rpartition("/")[2], "name": person.name, "person": new_id(), "token": new_token()}
    answer = person.context.request.post(f"{person.url}/join", data=given, headers={"Origin": person.url})
    assert answer.ok, answer.text()
    person.open(f"/{answer.json()['location'].lstrip('./')}")
    is_saved(person)
    return person


def opens(person: Person) -> None:
    person.page.get_by_role("radio", name="Write together").click()
    person.settle()
    is_saved(person)


def workshop_of(person: Person) -> str:
    return person.page.url.partition("w=")[2].partition("&")[0]


def says(person: Person, what: str | re.Pattern[str]) -> None:
    expect(person.page.locator(".fm-status")).to_have_text(what)


def is_saved(person: Person) -> None:
    says(person, SAVED)


def text_of(person: Person) -> str:
    return str(person.page.evaluate("document.querySelector('.fm-text').env.editor.getValue()"))


def puts_cursor(person: Person, row: int, column: int) -> None:
    """Go into the text, to that place."""
    person.page.evaluate(
        """([row, column]) => {
            const { editor } = document.querySelector('.fm-text').env
            editor.focus()
            editor.gotoLine(row + 1, column)
        }""",
        [row, column],
    )


def cursor_of(person: Person) -> dict[str, int]:
    return dict(person.page.evaluate("document.querySelector('.fm-text').env.editor.getCursorPosition()"))


def writes(person: Person, text: str, *, delay: float = 0) -> None:
    person.page.keyboard.type(text, delay=delay)


def replayed(known: dict[str, Any]) -> SharedText:
    """The document that `open_document` gives."""
    return SharedText(b64decode(one) for one in [known["snapshot"], *(u["update"] for u in known["updates"])])


def stored(store: Store, workshop: str) -> str:
    return replayed(store.call("open_document", workshop=workshop)).text


def is_all_of_somebody(store: Store, workshop: str) -> bool:
    """Whether of all that was typed into the text it is known who did."""
    known = store.call("open_document", workshop=workshop)
    numbers = {client for client in state_vector(replayed(known).state()) if client not in SEEDS}
    return numbers <= {int(client) for client in known["clients"]}


def agree(store: Store, *people: Person) -> str:
    """All show the same text, and it is the one that the database has, once what forms changed has come into it too."""
    for person in people:
        is_saved(person)
    deadline = time.monotonic() + WITHIN_S
    while True:
        wanted, shown = stored(store, workshop_of(people[0])), [text_of(person) for person in people]
        if all(one == wanted for one in shown):
            return wanted
        assert time.monotonic() < deadline, f"stored: {wanted!r}, shown: {shown!r}"
        people[0].page.wait_for_timeout(100)


def ids_of(store: Store, workshop: str) -> dict[str, str]:
    """The clauses' identities by what they say, as the policy has them."""
    known = store.call("read_document_policy", workshop=workshop)
    return {one["wording"]: one["clause_id"] for one in known["clauses"]}


def acts_on(store: Store, person: Person, clause: str) -> list[tuple[str, tuple[str, ...]]]:
    """What the clause's history tells this person: what was done, and by whom."""
    workshop = workshop_of(person)
    [token] = [one["value"] for one in person.context.cookies() if one["name"] == f"folkmoot_participant_{workshop}"]
    told = store.call("read_clause_history", workshop=workshop, token_hash=hash_token(token), clause=clause)
    return [(one["kind"], (one["by"], *one["also_by"])) for one in told]


def waits_until(person: Person, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so"
        person.page.wait_for_timeout(100)


def becomes_kept(person: Person, words: str, is_kept: bool) -> None:
    """Wait until these words are on the disk, or are not. Not `wait_for_function`, which takes a promise for a yes."""
    end = time.monotonic() + WITHIN_S
    while person.page.evaluate(KEPT_ON_DISK, words) is not is_kept:
        assert time.monotonic() < end, f"kept: {not is_kept}"
        person.page.wait_for_timeout(50)


def removes(address: str, workshop: str, name: str, *, is_removed: bool = True, is_told: bool = True) -> None:
    """Remove somebody, or take them back, as the facilitator does; the button itself is the console's."""
    with owner_connection(address) as owner:
        owner.rows(
            "update public.people set removed_at = case when %s then now() end where workshop_id = %s and name = %s",
            *(is_removed, workshop, name),
        )
        if is_told:
            owner.rows("select private.bump(%s)", workshop)


def locks(address: str, person: Person, *, is_locked: bool, is_told: bool = True) -> None:
    """As the facilitator does; the switch itself is the console's, and tested there."""
    with owner_connection(address) as owner:
        owner.rows("update public.workshops set editing_is_locked = %s where id = %s", is_locked, workshop_of(person))
        if is_told:
            owner.rows("select private.bump(%s)", workshop_of(person))
