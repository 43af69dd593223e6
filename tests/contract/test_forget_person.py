"""The server deletes a person's data for somebody who has no link any more, exactly as they would themselves."""

import json
from typing import Any

import pytest

from lib.domain.errors import Conflict, NotFound, SignedOut, ValidationFailed
from lib.security import leading_hash
from lib.store.direct import owner_connection
from lib.store.port import ONCE, Store
from tests.support.full_workshop import FullWorkshop
from tests.support.workshop_builder import Built, Someone, new_id


def forget(store: Store, workshop: str, name: str, person: str | None = None) -> Any:
    return store.call("forget_person", workshop=workshop, name=name, person=person)


def seen_by_the_facilitator(full: FullWorkshop, gone: Someone) -> str:
    """Everything that the facilitator can read, without the ids and times that differ from workshop to workshop."""
    facilitator = full.built.facilitator
    place = facilitator.call("read_place")["workshop"]
    export = facilitator.call("export_workshop")
    counts = {key: len(value) for key, value in export.items() if isinstance(value, list)}
    rounds = [(one["turnout"], one["status"]) for one in facilitator.call("read_rounds")]
    results = [[(v["position"], v["person_name"]) for v in one["votes"]] for one in facilitator.call("read_results")]
    people = [(one["name"], one["role"]) for one in export["people"] if one["person_id"] != gone.person]
    people.sort()
    spent = (place["calls_used"], place["cost_used_usd"]) if "cost_used_usd" in place else place["calls_used"]
    return json.dumps([counts, rounds, results, people, spent])


def test_a_forgotten_person_is_gone_exactly_as_one_who_deletes_their_data(store: Store) -> None:
    themselves, forgotten = FullWorkshop(store), FullWorkshop(store)
    themselves.ben.call("leave_workshop", delete_data=True)
    before = forgotten.built.facilitator.call("read_place")["workshop"]["rev"]
    assert forget(store, forgotten.workshop, "  bEN ") == {}
    assert forgotten.built.facilitator.call("read_place")["workshop"]["rev"] > before
    assert seen_by_the_facilitator(forgotten, forgotten.ben) == seen_by_the_facilitator(themselves, themselves.ben)
    with pytest.raises(SignedOut):
        forgotten.ben.call("read_place")
    assert "Ben" not in json.dumps(forgotten.built.facilitator.call("export_workshop"))
    assert forgotten.built.join("Ben").call("read_place")["me"]["name"] == "Ben"
    assert forgotten.ana.call("read_place")["me"]["name"] == "Ana"


def test_who_left_or_was_removed_earlier_can_still_be_forgotten(store: Store) -> None:
    built = Built(store)
    left, removed = built.join("Lea"), built.join("Rem")
    left.call("leave_workshop", delete_data=False)
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
    for name in ("Lea", "Rem"):
        assert name in json.dumps(built.facilitator.call("export_workshop"))
        forget(store, built.workshop, name)
        assert name not in json.dumps(built.facilitator.call("export_workshop"))
        with pytest.raises(NotFound, match="may be deleted already"):
            forget(store, built.workshop, name)


def test_of_several_with_one_name_nobody_is_forgotten_by_mistake(store: Store) -> None:
    built = Built(store)
    first = built.join("Ana")
    first.call("leave_workshop", delete_data=False)
    second = built.join("Ana")
    with pytest.raises(Conflict, match="2 people of this name") as refused:
        forget(store, built.workshop, "Ana")
    assert f"{first.person} (joined " in str(refused.value)
    assert "UTC, left)" in str(refused.value)
    assert f"{second.person} (joined " in str(refused.value)
    with pytest.raises(NotFound):
        forget(store, built.workshop, "Ben", second.person)
    forget(store, built.workshop, "Ana", first.person)
    assert second.call("read_place")["me"]["name"] == "Ana"
    forget(store, built.workshop, "Ana")
    with pytest.raises(SignedOut):
        second.call("read_place")


@pytest.mark.parametrize("name", ["Facilitator", "Organizer", "a former participant"])
def test_no_role_and_nobody_who_is_forgotten_already_can_be_forgotten(store: Store, name: str) -> None:
    built = Built(store)
    built.join("Ana").call("leave_workshop", delete_data=True)
    with pytest.raises(NotFound):
        forget(store, built.workshop, name)
    assert built.facilitator.call("read_place")["me"]["role"] == "facilitator"


def test_the_same_name_in_another_workshop_is_somebody_else(store: Store) -> None:
    here, elsewhere = Built(store), Built(store)
    ana = elsewhere.join("Ana")
    with pytest.raises(NotFound, match="No participant of this name"):
        forget(store, here.workshop, "Ana")
    with pytest.raises(NotFound, match="No such workshop"):
        forget(store, new_id(), "Ana")
    with pytest.raises(ValidationFailed, match="The name is empty"):
        forget(store, here.workshop, " ")
    assert ana.call("read_place")["me"]["name"] == "Ana"


TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^(pg_|information_schema$)'
"""


def tables_with(address: str, text: str) -> set[str]:
    """Every table of the database, in whatever schema, with the text anywhere in a row."""
    with owner_connection(address) as owner:
        tables = [f'"{schema}"."{name}"' for schema, name in owner.rows(TABLES)]
        assert '"private"."acts"' in tables
        return {
            table.replace('"', "")
            for table in tables
            if owner.rows(f"select 1 from {table} as one where strpos(one::text, %s) > 0 limit 1", text)
        }


def do_to_them(built: Built, gone: Someone, name: str, text: str) -> None:
    """Every act that is remembered for a while, done to this person and to what they wrote."""
    facilitator, call = built.facilitator, built.store.call
    shared, private = new_id(), new_id()
    turns = [{"role": "user", "content": text}]
    for scenario, is_shared in ((shared, True), (private, False)):
        gone.call("add_scenario", scenario=scenario, title=text, turns=turns, is_shared=is_shared)
    run = built.run(gone, [None], scenarios=[shared])["run_id"]
    [cell] = [c for c in call("claim_cells", process="p", limit=1000, stale_s=0.0) if c["run_id"] == run]
    call("store_response", process="p", response=cell["response_id"], result={"error": text}, claim=cell["claim"])
    facilitator.call("retry_response", response=cell["response_id"])
    facilitator.call("stop_run", run=run)
    facilitator.call("resume_run", run=run)
    call("pause_run", process="p", run=run, reason=text)
    facilitator.call("resume_paused", model="stub", api_base=None)
    call("store_response", process="p", response=cell["response_id"], result={"text": text})
    first = built.clauses[0]["clause_id"]
    gone.call("set_mark", response=cell["response_id"], clause=first, value="followed")
    facilitator.call("withdraw_scenario", scenario=shared, is_withdrawn=True)
    gone.call("withdraw_scenario", scenario=private, is_withdrawn=True)
    facilitator.call("hide_text", kind="scenario", id=shared, is_hidden=True)
    call("ask_back", join_code=built.code, name=name)
    facilitator.call("change_person", person=gone.person, changes={"name": name})
    facilitator.call("set_workshop", changes={"stage": "test"})
    call("reissue_link", workshop=built.workshop, role="organizer", token_hash=built.organizer.token_hash)
    lead_them(built, gone, cell["response_id"], text)


def lead_them(built: Built, gone: Someone, response: str, text: str) -> None:
    """The same of what those who lead do."""
    lead = built.facilitator.call
    step = {"step_id": new_id(), "stage": "vote", "title": "Vote", "minutes": 5}
    lead("set_agenda", base_revision=0, steps=[step], request_id=new_id())
    lead("go_to_step", seen=None, step=step["step_id"])
    lead("pause_timer", is_paused=True)
    lead("extend_timer", seconds=60.0)
    decision, shown, stop = built.decide("Keep it."), {"spotlight": new_id()}, {"stop": new_id()}
    lead("edit_note", note=decision, text="Keep it until May.", base_revision=1)
    for is_withdrawn in (True, False):
        lead("withdraw_note", note=decision, is_withdrawn=is_withdrawn)
    gone.call("set_dissent", note=decision, is_dissenting=True, words=text)
    called = {"call": new_id()}
    lead("call_everyone", **called, kind="response", target=response)
    lead("take_back_call", **called)
    lead("set_spotlight", **shown, kind="response", target=response)
    lead("end_spotlight", **shown)
    lead("grant_leading", person=gone.person, is_granted=True)
    lead("nudge_people", people=[gone.person], reason="idle")
    gone.call("put_away_nudge")
    lead("take_back_nudges", people=[gone.person])
    first, comments, suggestions = built.clauses[0]["clause_id"], [new_id(), new_id()], [new_id(), new_id()]
    for comment in comments:
        gone.call("add_comment", comment=comment, clause=first, text="At first.")
        gone.call("edit_comment", comment=comment, text=text)
    gone.call("withdraw_comment", comment=comments[1], is_withdrawn=True)
    base = lead("read_policy")["policy"]["clauses"][0]["wording"]
    for suggestion in suggestions:
        of_first = {"clause": first, "base_wording": base, "wording": text, "reason": text}
        gone.call("add_suggestion", suggestion=suggestion, **of_first)
    gone.call("settle_suggestion", suggestion=suggestions[1], state="withdrawn")
    gone.call("set_rough", clause=first, is_rough=True)
    lead("stop_all_runs", **stop)
    lead("resume_all_runs", **stop)


@pytest.mark.parametrize("way", ["leave", "forget"])
def test_no_row_anywhere_holds_the_name_or_the_private_text_of_who_is_gone(
    store: Store, database_address: str, way: str
) -> None:
    built, name, text = Built(store), f"Ana {new_id()}", f"Story {new_id()}"
    gone = built.join(name)
    seen: set[str] = set()

    class Noting:
        def call(self, function: str, /, **arguments: Any) -> Any:
            seen.add(function)
            return store.call(function, **arguments)

        def close(self) -> None: ...

    for one in (built, gone, built.facilitator):
        one.store = Noting()
    do_to_them(built, gone, name, text)
    assert seen >= ONCE, "an act that is done once is missing here"
    assert tables_with(database_address, name) == {"public.people"}
    assert tables_with(database_address, gone.token_hash) == {"public.tokens"}
    assert tables_with(database_address, leading_hash(gone.token_hash)) == {"public.tokens"}
    shared = {"public.scenarios", "public.responses", "public.dissents", "public.comments", "public.suggestions"}
    assert tables_with(database_address, text) == shared, "what all share, and nothing else"
    if way == "leave":
        gone.call("leave_workshop", delete_data=True)
    else:
        forget(store, built.workshop, name)
    assert not tables_with(database_address, name)
    assert not tables_with(database_address, gone.token_hash)
    assert not tables_with(database_address, leading_hash(gone.token_hash))
    assert "public.dissents" not in tables_with(database_address, text)
    with owner_connection(database_address) as owner:
        for table in ("comments", "suggestions"):
            of_them = owner.rows(f"select 1 from public.{table} where strpos({table}::text, %s) > 0", text)
            assert len(of_them) == 1, "what was given to the group stays, what was taken back is gone"
        kept = owner.rows("select title from public.scenarios where strpos(scenarios::text, %s) > 0", text)
    assert len(kept) == 1, "the shared one stays, which others have built on"


def test_what_was_done_is_remembered_for_an_hour_under_nobodys_name(store: Store, database_address: str) -> None:
    built = Built(store)
    with owner_connection(database_address) as owner:
        owner.rows("delete from private.acts returning act")
        built.facilitator.call("set_workshop", changes={"stage": "test"})
        [[older]] = owner.rows("update private.acts set at = at - interval '61 minutes' returning act")
        store.call("claim_cells", process="p", limit=0, stale_s=30.0)
        assert owner.rows("select 1 from private.acts where act = %s", older) == []
        request = new_id()
        built.facilitator.call("set_workshop", changes={"stage": "vote"}, request=request)
        owner.rows("update private.acts set at = at - interval '59 minutes' returning act")
        store.call("claim_cells", process="p", limit=0, stale_s=30.0)
        [row] = owner.rows("select acts::text from private.acts")
    assert not [told for told in (request, built.workshop, built.facilitator.token_hash) if told in str(row)]
