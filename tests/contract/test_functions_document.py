"""The document in the database: updates in one order without a gap, refusals, snapshots, and what becomes of them."""

import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lib.domain.errors import Conflict, NotFound, ValidationFailed
from lib.store.direct import owner_connection
from lib.store.moving.tables import workshop_tables
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, clause, new_id

SNAPSHOT = "AAA="


@pytest.fixture
def built(store: Store) -> Built:
    made = Built(store)
    seed(made)
    return made


def seed(built: Built, snapshot: str = SNAPSHOT, revision: int = 1) -> Any:
    return built.store.call("seed_document", workshop=built.workshop, policy_revision=revision, snapshot=snapshot)


def update(someone: Someone, content: bytes = b"abc", update_id: str | None = None, client: int = 7) -> dict[str, Any]:
    return {
        "workshop": someone.workshop,
        "token_hash": someone.token_hash,
        "client": client,
        "update": b64encode(content).decode(),
        "update_id": update_id or new_id(),
    }


def append(built: Built, *updates: dict[str, Any]) -> list[dict[str, Any]]:
    return list(built.store.call("append_updates", updates=list(updates)))


def known(built: Built, since: int = -1, *people: Someone) -> dict[str, Any]:
    hashes = [one.token_hash for one in people]
    return dict(built.store.call("read_updates", workshop=built.workshop, since=since, people=hashes))


def writers(built: Built) -> dict[str, list[int]]:
    told = built.store.call("read_document_writers", workshop=built.workshop)
    return {one["name"]: one["clients"] for one in told}


def compact(built: Built, through: int, snapshot: str = "CCCC") -> Any:
    return built.store.call("compact_document", workshop=built.workshop, through_seq=through, snapshot=snapshot)


def test_before_the_first_opening_there_is_the_policys_text_and_no_document(store: Store) -> None:
    built = Built(store)
    opened = store.call("open_document", workshop=built.workshop)
    assert opened["seq"] is None
    assert "Ask before you answer." in opened["policy_text"]
    [refused] = append(built, update(built.join("Ana")))
    assert refused["reason"] == "none"
    with pytest.raises(NotFound):
        store.call("open_document", workshop=new_id())


def test_of_processes_that_open_first_at_once_exactly_one_seeds(store: Store) -> None:
    built = Built(store)
    together = threading.Barrier(8)

    def open_first(number: int) -> bool:
        together.wait(30)
        return bool(seed(built, b64encode(bytes([number]) * 3).decode())["is_new"])

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(open_first, range(8))) == [False] * 7 + [True]


def test_a_seed_of_a_policy_that_has_changed_is_refused(store: Store) -> None:
    built = Built(store)
    built.commit(built.facilitator, [*built.clauses, clause("New.")], 1)
    with pytest.raises(Conflict):
        seed(built, revision=1)
    assert seed(built, revision=2) == {"is_new": True}


def test_updates_come_back_in_the_order_of_their_numbers(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    assert append(built, update(ana, b"one"), update(ben, b"two")) == [{"seq": 1}, {"seq": 2}]
    assert append(built, update(ana, b"three")) == [{"seq": 3}]
    everything = known(built)
    assert (everything["seq"], everything["snapshot"], everything["snapshot_seq"]) == (3, SNAPSHOT, 0)
    assert [one["update"] for one in everything["updates"]] == [
        b64encode(text).decode() for text in (b"one", b"two", b"three")
    ]
    later = known(built, 2)
    assert later["snapshot"] is None
    assert [one["seq"] for one in later["updates"]] == [3]


def test_numbers_have_no_gap_when_many_write_in_several_documents_at_once(store: Store) -> None:
    both = [Built(store), Built(store)]
    for one in both:
        seed(one)
    people = [one.join(f"P{n}") for one in both for n in range(4)]

    def write(number: int) -> None:
        for turn in range(10):
            ana, ben = people[number], people[(number + turn) % 8]
            append(both[0], update(ana), update(ben), update(ana))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    total = 0
    for one in both:
        found = known(one)
        assert [row["seq"] for row in found["updates"]] == list(range(1, found["seq"] + 1))
        total += found["seq"]
    assert total == 8 * 10 * 3


def test_the_same_update_is_stored_once_and_an_id_belongs_to_who_used_it(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    sent = update(ana)
    assert append(built, sent) == [{"seq": 1}]
    assert append(built, sent, update(ana)) == [{"seq": 1}, {"seq": 2}]
    [refused] = append(built, update(ben, b"other", sent["update_id"]))
    assert refused["reason"] == "other"
    assert known(built)["seq"] == 2


@pytest.mark.parametrize("odd", [None, "8", {"8": 8}, [None, "x", -1, 1.5, {}, [8], 2**53, "9" * 17]])
def test_it_is_known_under_which_numbers_somebody_typed_and_whoever_was_first_keeps_theirs(
    built: Built, odd: Any
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    append(built, update(ana, client=7) | {"clients": [7, 8, 2**53 - 1]}, update(ana, client=9) | {"clients": odd})
    append(built, update(ben, client=8) | {"clients": [11, 11]})
    assert writers(built) == {"Ana": [7, 8, 9, 2**53 - 1], "Ben": [11]}


def test_who_calls_a_page_their_own_that_is_anothers_is_refused_and_may_bring_what_its_writer_left(
    built: Built,
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    assert append(built, update(ana, client=7) | {"clients": [7]}) == [{"seq": 1}]
    sent = update(ana, client=8) | {"clients": [7, 8]}
    refused, later = append(built, update(ben, client=7) | {"clients": [9, 7]}, update(ben))
    assert (refused["reason"], later["reason"]) == ("number", "earlier")
    assert refused["message"]
    assert append(built, update(ben, client=10), sent, sent) == [{"seq": 2}, {"seq": 3}, {"seq": 3}]
    assert writers(built) == {"Ana": [7, 8], "Ben": [10]}


def test_of_two_who_write_under_one_number_at_two_servers_at_once_the_first_one_has_it(built: Built) -> None:
    people, together = [built.join(name) for name in ("Ana", "Ben", "Cleo", "Dan")], threading.Barrier(4)

    def write(someone: Someone) -> str | None:
        together.wait(30)
        [outcome] = append(built, update(someone, client=7) | {"clients": [7]})
        return outcome.get("reason")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(write, people), key=str) == [None, "number", "number", "number"]
    assert list(writers(built).values()) == [[7]]


def test_with_what_was_written_a_server_hears_whose_the_pages_are(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    append(built, update(ana, client=7) | {"clients": [7, 8]})
    append(built, update(ben, client=9) | {"clients": [9]}, update(ana, client=7) | {"clients": [7]})
    assert known(built)["clients"] == {"7": ana.person, "8": ana.person, "9": ben.person}
    assert [known(built, since)["clients"] for since in (1, 2)] == [{"9": ben.person}, {}]
    compact(built, 3)
    assert known(built, 1)["clients"] == {"9": ben.person}


def test_who_may_not_write_is_refused_with_the_reason(store: Store, built: Built) -> None:
    removed, left = built.join("Rem"), built.join("Lea")
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
    left.call("leave_workshop", delete_data=False)
    elsewhere = Built(store).join("Eve")
    for someone, reason in (
        (removed, "member"),
        (left, "member"),
        (Someone(store, built.workshop, elsewhere.token), "member"),
        (Someone(store, built.workshop, "nobody"), "member"),
        (built.organizer, "role"),
    ):
        [refused] = append(built, update(someone))
        assert refused["reason"] == reason, reason
        assert refused["message"]
    assert known(built)["seq"] == 0
    assert append(built, update(built.facilitator)) == [{"seq": 1}]


def test_a_lock_keeps_everybody_out_but_the_facilitator_and_what_was_stored_stays_stored(built: Built) -> None:
    ana = built.join("Ana")
    earlier = update(ana)
    append(built, earlier)
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    again, refused = append(built, earlier, update(ana))
    assert again == {"seq": 1}
    assert refused["reason"] == "locked"
    assert append(built, update(built.facilitator)) == [{"seq": 2}]
    assert known(built)["editing_is_locked"] is True


def test_what_comes_after_a_refused_update_of_the_same_document_is_refused_with_it(store: Store, built: Built) -> None:
    other = Built(store)
    seed(other)
    ana, zoe = built.join("Ana"), other.join("Zoe")
    outcomes = append(built, update(ana), update(zoe), update(built.organizer), update(ana), update(zoe))
    assert [one.get("reason", one.get("seq")) for one in outcomes] == [1, 1, "role", "earlier", 2]


def test_a_document_cannot_grow_without_bound(built: Built) -> None:
    ana = built.join("Ana")
    [refused] = append(built, update(ana, b"x" * 1_000_100))
    assert refused["reason"] == "size"
    outcomes = [append(built, update(ana, b"x" * 999_000))[0] for _ in range(9)]
    assert [one.get("reason") for one in outcomes] == [None] * 8 + ["size"]
    compact(built, 8)
    assert append(built, update(ana, b"x" * 999_000)) == [{"seq": 9}]


def test_a_snapshot_takes_the_place_of_what_it_holds_and_of_nothing_newer(built: Built) -> None:
    ana = built.join("Ana")
    append(built, *(update(ana) for _ in range(5)))
    assert compact(built, 3) == {"snapshot_seq": 3}
    found = known(built)
    assert (found["snapshot"], found["snapshot_seq"], found["seq"]) == ("CCCC", 3, 5)
    assert [one["seq"] for one in found["updates"]] == [4, 5]
    assert known(built, 3)["snapshot"] is None
    assert known(built, 2)["snapshot"] == "CCCC"
    assert compact(built, 2, "DDDD") == {"snapshot_seq": 3}
    assert known(built)["snapshot"] == "CCCC"
    with pytest.raises(ValidationFailed):
        compact(built, 6)


def test_of_servers_that_compact_at_once_the_one_that_knows_most_wins(built: Built) -> None:
    ana = built.join("Ana")
    append(built, *(update(ana) for _ in range(8)))
    snapshots = {through: b64encode(bytes([through]) * 3).decode() for through in range(1, 9)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda through: compact(built, through, snapshots[through]), snapshots))
    found = known(built)
    assert (found["snapshot"], found["snapshot_seq"], found["updates"]) == (snapshots[8], 8, [])


def test_a_room_hears_who_may_still_be_there_and_under_what_name(built: Built) -> None:
    ana, hid, gone = built.join("Ana"), built.join("Hid"), built.join("Rem")
    built.facilitator.call("change_person", person=hid.person, changes={"name_is_hidden": True})
    built.facilitator.call("change_person", person=gone.person, changes={"is_removed": True})
    found = known(built, 0, ana, hid, gone, built.organizer)["people"]
    assert {one["name"] for one in found.values()} == {"Ana", "name hidden", "Organizer"}
    assert gone.token_hash not in found
    assert found[ana.token_hash] == {"person_id": ana.person, "role": "participant", "name": "Ana"}


def test_typing_moves_the_documents_number_and_not_the_workshops(store: Store, built: Built) -> None:
    ana = built.join("Ana")
    before = store.call("read_document_seqs", workshops=[built.workshop])[built.workshop]
    append(built, update(ana))
    after = store.call("read_document_seqs", workshops=[built.workshop])[built.workshop]
    assert (before["seq"], after["seq"]) == (0, 1)
    assert before["rev"] == after["rev"]


def says(built: Built, text: str) -> None:
    """The document says this, and the policy with it."""
    [stored] = append(built, update(built.facilitator))
    revision = built.facilitator.call("read_policy")["policy"]["revision"]
    built.store.call(
        "commit_document",
        workshop=built.workshop,
        seq=stored["seq"],
        base_revision=revision,
        text=text,
        clauses=built.clauses,
        person=None,
    )


def bytes_of_policy(address: str, workshop: str) -> int:
    """What the database keeps of a policy's texts, but for the history of its clauses."""
    with owner_connection(address) as owner:
        query = """select (select sum(length(r::text)) from public.policy_revisions r where r.workshop_id = %s)
            + (select sum(length(d::text)) from public.documents d where d.workshop_id = %s)"""
        [(size,)] = owner.rows(query, workshop, workshop)
        return int(size)


def test_typing_on_in_a_long_policy_keeps_no_text_of_every_moment(database_address: str, built: Built) -> None:
    long = "# Notes\n\n" + "Not a clause. " * 5_000
    says(built, long)
    before = bytes_of_policy(database_address, built.workshop)
    for number in range(20):
        says(built, f"{long}{number}")
    assert bytes_of_policy(database_address, built.workshop) - before < 20 * 300


def test_what_the_policy_said_before_forms_changed_it_is_known_until_the_document_has_followed(built: Built) -> None:
    def document_text() -> str:
        return str(built.store.call("read_document_policy", workshop=built.workshop)["document_text"])

    says(built, "Typed. ")
    assert document_text() == "Typed. "
    revision = built.facilitator.call("read_policy")["policy"]["revision"]
    for number in (1, 2):
        built.commit(built.facilitator, built.clauses, revision + number - 1)
        assert document_text() == "Typed. "
    merged = built.store.call(
        "merge_policy",
        workshop=built.workshop,
        base_revision=revision,
        revision=revision + 2,
        update="AAAA",
        update_id=new_id(),
        client=5,
        document=known(built)["document"],
    )
    assert merged["is_new"]
    assert document_text() == built.facilitator.call("read_policy")["policy"]["text"]


def texts_of(address: str) -> str:
    """Every row of every table of workshops, as text."""
    with owner_connection(address) as owner:
        return "\n".join(
            text
            for table in workshop_tables(owner)
            for (text,) in owner.rows(f"select to_jsonb(t)::text from public.{table.name} t")
        )


@pytest.mark.parametrize("how", ["leave_workshop", "forget_person"])
def test_a_deleted_persons_name_is_in_no_table(store: Store, database_address: str, built: Built, how: str) -> None:
    name = f"Wilhelmina {new_id()[:6]}"
    someone = built.join(name)
    append(built, update(someone, client=12345))
    someone.call("save_draft", field="f", text=name, seq=1)
    assert name in texts_of(database_address)
    if how == "leave_workshop":
        someone.call("leave_workshop", delete_data=True)
    else:
        store.call("forget_person", workshop=built.workshop, name=name, person=None)
    assert name not in texts_of(database_address)
    assert known(built)["seq"] == 1


def test_nothing_of_a_document_outlives_its_workshop(store: Store, database_address: str, built: Built) -> None:
    append(built, update(built.join("Ana")))
    built.facilitator.call("delete_workshop", title="Legal questions")
    with owner_connection(database_address) as owner:
        for table in ("documents", "document_updates", "document_clients"):
            assert owner.rows(f"select 1 from public.{table} where workshop_id = %s", built.workshop) == []
    with pytest.raises(NotFound):
        store.call("read_updates", workshop=built.workshop, since=0)
