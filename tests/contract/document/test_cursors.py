"""Cursors from one server to another through the database, on both transports: whose, under what name, how long."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from lib import bootstrap
from lib.domain.errors import ValidationFailed
from lib.live import rooms
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.document_pages import WITHIN_S, Page, opened, process, serving_routes
from tests.support.workshop_builder import Built, Someone, new_id

END = {"type": None, "tname": "policy", "item": None, "assoc": 0}
CURSOR = {"anchor": END, "head": END}
OTHER = {"anchor": END, "head": END | {"assoc": -1}}


def place(
    built: Built, server: str, *cursors: tuple[Someone, int, dict[str, Any] | None], workshops: list[str] | None = None
) -> dict[str, int]:
    rows = [
        {"workshop": one.workshop, "token_hash": one.token_hash, "client": client, "cursor": cursor}
        for one, client, cursor in cursors
    ]
    opened_there = [built.workshop] if workshops is None else workshops
    return dict(built.store.call("place_cursors", process=server, workshops=opened_there, cursors=rows))


def servers(built: Built) -> dict[str, int]:
    found = built.store.call("read_document_seqs", workshops=[built.workshop])
    return dict(found[built.workshop]["servers"]) if found else {}


def read(built: Built, server: str, since: int = 0) -> dict[str, Any]:
    found = built.store.call("read_cursors", known={built.workshop: {server: since}})
    return dict(found.get(built.workshop, {}).get(server, {}))


def shown(built: Built, server: str) -> dict[int, str]:
    """The pages that show a cursor at a server, with the names."""
    return {one["client"]: one["name"] for one in read(built, server).get("cursors", [])}


def rows_of(address: str, built: Built) -> list[str]:
    with owner_connection(address) as owner:
        return [
            text
            for table in ("document_servers", "document_cursors")
            for (text,) in owner.rows(
                f"select to_jsonb(t)::text from private.{table} t where workshop_id = %s", built.workshop
            )
        ]


def test_what_a_server_places_the_others_read_and_after_that_what_changed(built: Built) -> None:
    ana, ben, p = built.join("Ana"), built.join("Ben"), new_id()
    first = place(built, p, (ana, 1, CURSOR), (ben, 2, CURSOR))[built.workshop]
    assert servers(built) == {p: first}
    known = {"client": 1, "person_id": ana.person, "name": "Ana", "cursor": CURSOR}
    assert read(built, p)["cursors"] == [known, {"client": 2, "person_id": ben.person, "name": "Ben", "cursor": CURSOR}]
    assert place(built, p) == {built.workshop: first}  # it is still there, and nothing has changed
    assert place(built, p, (ana, 1, OTHER), (ben, 2, None)) == {built.workshop: first + 1}
    assert servers(built) == {p: first + 1}
    assert read(built, p, first) == {"number": first + 1, "clients": [1], "cursors": [known | {"cursor": OTHER}]}
    assert read(built, p, first + 1) == {"number": first + 1, "clients": [1], "cursors": []}
    assert place(built, p, workshops=[]) == {}
    assert servers(built) == read(built, p) == {}


def test_a_name_is_the_one_that_everybody_may_know_at_the_moment(built: Built, database_address: str) -> None:
    name, lead, p = f"Wilhelmina {new_id()[:6]}", built.facilitator, new_id()
    someone = built.join(name)
    place(built, p, (someone, 1, CURSOR), (lead, 2, CURSOR))
    assert shown(built, p) == {1: name, 2: "Facilitator"}
    lead.call("change_person", person=someone.person, changes={"name_is_hidden": True})
    assert shown(built, p) == {1: "name hidden", 2: "Facilitator"}
    assert name not in "".join(rows_of(database_address, built))
    lead.call("change_person", person=someone.person, changes={"is_removed": True})
    assert (shown(built, p), read(built, p)["clients"]) == ({2: "Facilitator"}, [2])


@pytest.mark.parametrize("how", ["leaves", "leaves with their data", "is forgotten"])
def test_whoever_leaves_takes_their_cursor_along(built: Built, database_address: str, how: str) -> None:
    ana, ben, p = built.join("Ana"), built.join("Ben"), new_id()
    place(built, p, (ana, 1, CURSOR), (ben, 2, CURSOR))
    if how == "is forgotten":
        built.store.call("forget_person", workshop=built.workshop, name="Ana", person=None)
    else:
        ana.call("leave_workshop", delete_data=how != "leaves")
    assert shown(built, p) == {2: "Ben"}
    assert str(ana.person) not in "".join(rows_of(database_address, built))
    place(built, p, (ana, 1, CURSOR))
    assert shown(built, p) == {2: "Ben"}


def test_nobody_is_shown_who_may_not_be_in_the_workshop(built: Built) -> None:
    elsewhere, removed, p = Built(built.store), built.join("Rem"), new_id()
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
    strangers = [Someone(built.store, built.workshop, token) for token in (elsewhere.facilitator.token, "nobody's", "")]
    place(built, p, *((one, client, CURSOR) for client, one in enumerate([removed, *strangers])))
    place(built, p, (elsewhere.facilitator, 9, CURSOR))  # a workshop that this server does not have open
    assert (shown(built, p), read(built, p)["clients"]) == ({}, [])
    assert built.store.call("read_cursors", known={elsewhere.workshop: {p: 0}}) == {}


def test_a_page_is_at_one_server_and_nobody_takes_the_place_of_somebody_elses(built: Built) -> None:
    ana, eve, p, q = built.join("Ana"), built.join("Eve"), new_id(), new_id()
    place(built, p, (ana, 1, CURSOR))
    place(built, q, (eve, 1, CURSOR))
    assert (shown(built, p), shown(built, q)) == ({1: "Ana"}, {})
    place(built, q, (ana, 1, OTHER))
    place(built, p, (ana, 1, None))
    assert (shown(built, p), shown(built, q)) == ({}, {1: "Ana"})


def test_a_person_shows_no_more_cursors_than_pages_that_fit(built: Built) -> None:
    ana, p = built.join("Ana"), new_id()
    for client in range(30):
        place(built, p, (ana, client, CURSOR))
    assert len(shown(built, p)) == 24


@pytest.mark.parametrize(
    "odd",
    [
        {"cursor": "here"},
        {"cursor": [CURSOR]},
        {"cursor": CURSOR | {"x": "x" * 1_000}},
        {"client": None},
        {"client": -1},
        {"client": "x"},
        {"client": 0.5},
    ],
)
def test_what_is_no_cursor_is_refused_and_none_of_the_others_is_kept(built: Built, odd: dict[str, Any]) -> None:
    ana, p = built.join("Ana"), new_id()
    good = {"workshop": built.workshop, "token_hash": ana.token_hash, "client": 1, "cursor": CURSOR}
    with pytest.raises(ValidationFailed):
        built.store.call("place_cursors", process=p, workshops=[built.workshop], cursors=[good, good | odd])
    assert servers(built) == {}


def is_silent_for(address: str, server: str, seconds: int) -> None:
    with owner_connection(address) as owner:
        ago = "clock_timestamp() - make_interval(secs => %s)"
        owner.rows(f"update private.document_servers set at = {ago} where process = %s", seconds, server)


def test_of_a_server_that_was_killed_nothing_is_shown_after_seconds_and_nothing_is_left_after_a_minute(
    built: Built, database_address: str
) -> None:
    ana, ben, p, q = built.join("Ana"), built.join("Ben"), new_id(), new_id()
    before = place(built, p, (ana, 1, CURSOR))[built.workshop]
    place(built, q, (ben, 2, CURSOR))
    is_silent_for(database_address, p, 7)
    assert set(servers(built)) == {p, q}
    is_silent_for(database_address, p, 9)
    assert set(servers(built)) == {q}
    assert shown(built, p) == {}
    assert place(built, p) == {built.workshop: before}  # it was only slow
    assert shown(built, p) == {1: "Ana"}
    is_silent_for(database_address, p, 61)
    place(built, q)
    assert p not in "".join(rows_of(database_address, built))
    assert place(built, p)[built.workshop] > before + 1  # so it knows that its cursors are forgotten
    assert shown(built, p) == {}


def test_cursors_go_with_their_workshop(built: Built, database_address: str) -> None:
    place(built, new_id(), (built.join("Ana"), 1, CURSOR))
    assert len(rows_of(database_address, built)) == 2
    built.facilitator.call("delete_workshop", title="Legal questions")
    assert rows_of(database_address, built) == []


@contextmanager
def two_servers(store: Store) -> Iterator[tuple[Callable[..., Page], Callable[..., Page]]]:
    """Two processes on one database; each opens pages."""
    with ExitStack() as exits:
        made = []
        for _ in "ab":
            app = process(store)
            exits.callback(app.rooms.close)
            made.append((app, exits.enter_context(serving_routes())))
        exits.callback(bootstrap.override, None)

        def opener(server: int) -> Callable[..., Page]:
            def open_page(someone: Someone, stack: ExitStack = exits, **how: Any) -> Page:
                app, client = made[server]
                bootstrap.override(app)
                return stack.enter_context(opened(client, someone.workshop, someone, **how))

            return open_page

        yield opener(0), opener(1)


def names_at(page: Page) -> dict[int, str]:
    return {client: one["user"]["name"] for client, one in page.typist.others.items() if one is not None}


def test_everybody_sees_everybodys_cursor_whichever_server_they_came_by(store: Store, built: Built) -> None:
    people = [built.join(name) for name in ("Ana", "Ben", "Cleo")]
    with two_servers(store) as (here, there), ExitStack() as closing:
        ana, ben = here(people[0], closing), there(people[1])
        cleo = there(people[2])
        for page in (ana, cleo):
            page.typist.point(1)
            page.send()
        wanted = {ana.typist.client: "Ana", cleo.typist.client: "Cleo"}
        ben.until(lambda _: names_at(ben) == wanted)
        colours = [ben.typist.others[client]["user"]["colour"] for client in wanted]
        assert len({*colours, ben.typist.hello["colour"]}) == 3
        ana.until(lambda _: names_at(ana) == {cleo.typist.client: "Cleo"})
        ana.types("Words before the cursor. ")
        ana.typist.point(2, {"cursor": OTHER})
        ana.send()
        ben.until(lambda typist: typist.others[ana.typist.client]["cursor"] == OTHER)
        changes = {"name_is_hidden": True}
        built.facilitator.call("change_person", person=people[0].person, changes=changes)
        ben.until(lambda _: names_at(ben) == wanted | {ana.typist.client: "name hidden"})
        closing.close()
        ben.until(lambda _: names_at(ben) == {cleo.typist.client: "Cleo"})


def test_who_is_removed_is_not_seen_at_the_other_server_any_more(store: Store, built: Built) -> None:
    rem, ben = built.join("Rem"), built.join("Ben")
    with two_servers(store) as (here, there):
        page, other = here(rem), there(ben)
        page.typist.point(1)
        page.send()
        other.until(lambda _: names_at(other) == {page.typist.client: "Rem"})
        built.facilitator.call("change_person", person=rem.person, changes={"is_removed": True})
        other.until(lambda _: names_at(other) == {})


def test_while_one_server_has_a_document_to_itself_no_cursor_is_written(store: Store, built: Built) -> None:
    with two_servers(store) as (here, _):
        page, other = here(built.join("Ana")), here(built.join("Ben"))
        page.typist.point(1)
        page.send()
        other.until(lambda _: names_at(other) == {page.typist.client: "Ana"})
        deadline = time.monotonic() + WITHIN_S
        while not (there := servers(built)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(4 * rooms.SHARE_EVERY_S)
        [server] = there
        assert read(built, server)["clients"] == []


def test_a_server_that_ends_takes_its_cursors_along(store: Store, built: Built) -> None:
    app = process(store)
    bootstrap.override(app)
    try:
        with serving_routes() as client, opened(client, built.workshop, built.join("Ana")):
            deadline = time.monotonic() + WITHIN_S
            while not servers(built):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            app.rooms.close()
            assert servers(built) == {}
    finally:
        bootstrap.override(None)
