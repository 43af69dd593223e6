"""Who can reach what in the database: every role × table × verb, every function × kind of caller."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from lib.domain.errors import FolkmootError, NotAllowed, SignedOut, StoreUnavailable
from lib.store.direct import DirectStore, StatementFailed, owner_connection
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, hash_of, new_id

API_ROLES = ("anon", "authenticated", "service_role")
VERBS = ("select", "insert", "update", "delete", "truncate", "references", "trigger")

PARTICIPANT, FACILITATOR, ORGANIZER = "participant", "facilitator", "organizer"
EVERYONE = {PARTICIPANT, FACILITATOR, ORGANIZER}
WRITERS = {PARTICIPANT, FACILITATOR}

AS_A_PERSON: dict[str, set[str]] = {
    "read_place": EVERYONE,
    "read_people": EVERYONE,
    "set_workshop": {FACILITATOR},
    "change_person": {FACILITATOR},
    "hide_text": {FACILITATOR},
    "leave_workshop": {PARTICIPANT},
    "delete_workshop": {FACILITATOR},
    "renew_link": {FACILITATOR},
    "save_draft": WRITERS,
    "read_drafts": WRITERS,
    "read_own_words": WRITERS,
    "read_policy": EVERYONE,
    "commit_policy": WRITERS,
    "read_clause_history": EVERYONE,
    "publish_version": WRITERS,
    "restore_version": WRITERS,
    "read_policy_news": EVERYONE,
    "read_version": EVERYONE,
    "read_version_by_id": EVERYONE,
    "add_scenario": WRITERS,
    "share_scenario": WRITERS,
    "withdraw_scenario": WRITERS,
    "read_scenarios": EVERYONE,
    "start_run": WRITERS,
    "stop_run": WRITERS,
    "resume_run": WRITERS,
    "resume_paused": {FACILITATOR},
    "retry_response": WRITERS,
    "share_run": WRITERS,
    "read_runs": EVERYONE,
    "read_responses": EVERYONE,
    "set_mark": {PARTICIPANT},
    "read_marks": EVERYONE,
    "open_round": {FACILITATOR},
    "close_round": {FACILITATOR},
    "reveal_round": {FACILITATOR},
    "read_rounds": EVERYONE,
    "read_results": EVERYONE,
    "read_together": EVERYONE,
    "export_workshop": EVERYONE,
    "read_agenda": EVERYONE,
    "set_agenda": {FACILITATOR},
    "undo_agenda": {FACILITATOR},
    "go_to_step": {FACILITATOR},
    "pause_timer": {FACILITATOR},
    "extend_timer": {FACILITATOR},
    "undo_act": {FACILITATOR},
    "read_notes": EVERYONE,
    "read_note_history": {FACILITATOR},
    "add_note": {FACILITATOR},
    "edit_note": {FACILITATOR},
    "withdraw_note": {FACILITATOR},
    "set_dissent": {PARTICIPANT},
    "call_everyone": {FACILITATOR},
    "take_back_call": {FACILITATOR},
    "set_spotlight": {FACILITATOR},
    "end_spotlight": {FACILITATOR},
    "grant_leading": {FACILITATOR},
    "read_queue": {FACILITATOR},
    "stop_all_runs": {FACILITATOR},
    "resume_all_runs": {FACILITATOR},
    "nudge_people": {FACILITATOR},
    "take_back_nudges": {FACILITATOR},
    "put_away_nudge": WRITERS,
    "read_beside": EVERYONE,
    "read_beside_clause": EVERYONE,
    "read_suggestions": EVERYONE,
    "add_comment": WRITERS,
    "edit_comment": WRITERS,
    "withdraw_comment": WRITERS,
    "add_suggestion": WRITERS,
    "accept_suggestion": WRITERS,
    "settle_suggestion": WRITERS,
    "set_rough": WRITERS,
}
"""Functions that find out by the token who is asking → the roles they serve."""

KEEPS_THEIR_WORDS = ("somebody who was removed", "read_own_words")
"""Their unsent texts stay theirs to read, and nothing else, see test_whoever_was_removed_reads_their_own_words."""

AS_THE_SERVER = {
    "create_workshop",
    "find_workshop",
    "join_workshop",
    "ask_back",
    "identify",
    "cast_votes",  # carries a token per vote, see test_a_vote_is_refused_to_whoever_is_no_participant
    "export_as_server",
    "reissue_link",
    "forget_person",
    "claim_cells",
    "heartbeat",
    "store_response",
    "pause_run",
    "once",  # calls one of the others, which finds out who is asking
    "touch_people",
    "read_revs",
    "read_changes",
    "read_standing",
    "read_health",
    "open_document",
    "seed_document",
    "append_updates",  # carries a token per update, see test_functions_document.py
    "read_updates",
    "read_document_seqs",
    "place_cursors",  # carries a token per cursor, see document/test_cursors.py
    "read_cursors",
    "compact_document",
    "renew_document",
    "read_document_policy",
    "read_document_writers",
    "read_clause_writers",
    "commit_document",
    "merge_policy",
}

PROBES: dict[str, Any] = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "text": "x",
    "boolean": True,
    "integer": 0,
    "bigint": 0,
    "double precision": 1.0,
}
JSON_PROBES = {"changes": {}, "params": {}}
WRONG_ROLE = "you are here as"
"""What a refusal for the role says; a function may also refuse a role it serves, for want of ownership."""


@pytest.fixture(scope="module")
def functions(database_address: str) -> dict[str, dict[str, str]]:
    """Every function of schema public with its arguments and their types."""
    with owner_connection(database_address) as owner:
        rows = owner.rows(
            "select p.proname, coalesce(p.proargnames, '{}'), "
            "array(select format_type(t, null) from unnest(p.proargtypes) with ordinality as a(t, n) order by n) "
            "from pg_proc p where p.pronamespace = 'public'::regnamespace"
        )
    return {
        name: {argument.removeprefix("p_"): kind for argument, kind in zip(names, kinds, strict=False)}
        for name, names, kinds in rows
    }


def arguments_for(types: dict[str, str]) -> dict[str, Any]:
    """Arguments that are well formed and mean nothing."""
    return {
        name: JSON_PROBES.get(name, []) if kind == "jsonb" else PROBES[kind]
        for name, kind in types.items()
        if name not in {"workshop", "token_hash"}
    }


def rows(address: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with owner_connection(address) as owner:
        return owner.rows(statement, *values)


def test_no_role_has_any_right_on_any_table_or_sequence(database_address: str) -> None:
    granted = rows(
        database_address,
        "select r.name, c.oid::regclass::text, v.verb from pg_class c "
        "cross join unnest(%s::text[]) as r(name) cross join unnest(%s::text[]) as v(verb) "
        "where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) "
        "and c.relkind in ('r', 'p', 'v', 'm') "
        "and has_table_privilege(r.name, c.oid, v.verb)",
        list(API_ROLES),
        list(VERBS),
    )
    assert granted == []
    sequences = rows(
        database_address,
        "select r.name, c.oid::regclass::text from pg_class c cross join unnest(%s::text[]) as r(name) "
        "where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind = 'S' "
        "and has_sequence_privilege(r.name, c.oid, 'usage, select, update')",
        list(API_ROLES),
    )
    assert sequences == []


@pytest.mark.parametrize("role", API_ROLES)
def test_a_role_that_tries_is_refused(database_address: str, role: str) -> None:
    tables = [name for (name,) in rows(database_address, "select tablename from pg_tables where schemaname = 'public'")]
    assert len(tables) > 10
    with owner_connection(database_address) as owner:
        owner.rows(f"set role {role}")
        for table in tables:
            for attempt in (
                f"select * from public.{table}",
                f"insert into public.{table} default values",
                f"delete from public.{table}",
                f"truncate public.{table}",
            ):
                with pytest.raises(StatementFailed) as caught:
                    owner.rows(attempt)
                assert caught.value.sqlstate == "42501", attempt


def test_row_level_security_is_on_for_every_table_and_lets_nobody_through(database_address: str) -> None:
    open_tables = rows(
        database_address,
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') and not c.relrowsecurity "
        "and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)",
    )
    assert open_tables == []
    assert rows(database_address, "select tablename, policyname from pg_policies where schemaname = 'public'") == []


def test_no_role_may_make_things_in_our_schemas(database_address: str) -> None:
    allowed = rows(
        database_address,
        "select r.name, s.name from unnest(%s::text[]) as r(name), unnest(array['public', 'private']) as s(name) "
        "where has_schema_privilege(r.name, s.name, 'create')",
        list(API_ROLES),
    )
    assert allowed == []


def test_only_the_service_role_executes_and_only_what_is_public(database_address: str) -> None:
    executable = rows(
        database_address,
        "select r.name, n.nspname, count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "cross join unnest(%s::text[]) as r(name) where n.nspname in ('public', 'private') "
        "and has_function_privilege(r.name, p.oid, 'execute') and has_schema_privilege(r.name, n.nspname, 'usage') "
        "group by 1, 2",
        list(API_ROLES),
    )
    assert [(role, schema) for role, schema, _ in executable] == [("service_role", "public")]


def test_a_function_that_a_later_migration_adds_is_closed_to_the_public_until_granted(database_address: str) -> None:
    """PostgreSQL grants every new function to everyone; a migration that forgets the revoke must fail here."""
    public_ones = rows(
        database_address,
        "select p.proname from pg_proc p where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) "
        "and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)",
    )
    assert public_ones == []


def test_every_function_runs_as_its_owner_with_an_empty_search_path(database_address: str) -> None:
    wrong = rows(
        database_address,
        "select p.proname, p.prosecdef, p.proconfig from pg_proc p where p.pronamespace = 'public'::regnamespace "
        "and (not p.prosecdef or p.proconfig is null or not p.proconfig @> array['search_path=\"\"'])",
    )
    assert wrong == []
    helpers = rows(
        database_address,
        "select p.proname from pg_proc p where p.pronamespace = 'private'::regnamespace and p.prosecdef",
    )
    assert helpers == [], "helpers act with the rights of their caller"


def test_every_function_gives_one_json_value(database_address: str) -> None:
    others = rows(
        database_address,
        "select proname from pg_proc where pronamespace = 'public'::regnamespace "
        "and (prorettype <> 'jsonb'::regtype or proretset)",
    )
    assert others == []


def test_no_function_builds_sql_out_of_text(database_address: str) -> None:
    """`execute` of text inside a function is where injections live. One reads, by a constant, what may not exist."""
    sources = rows(
        database_address,
        "select proname, prosrc from pg_proc where pronamespace in ('public'::regnamespace, 'private'::regnamespace)",
    )
    assert [name for name, source in sources if re.search(r"^\s*execute\b", source, re.MULTILINE | re.IGNORECASE)] == [
        "read_health"
    ]


def test_every_function_is_in_the_matrix(functions: dict[str, dict[str, str]]) -> None:
    assert set(functions) == set(AS_A_PERSON) | AS_THE_SERVER
    assert not set(AS_A_PERSON) & AS_THE_SERVER
    as_a_person = {name for name, types in functions.items() if {"workshop", "token_hash"} <= set(types)}
    assert as_a_person - {"reissue_link"} == set(AS_A_PERSON)


def callers(store: Store) -> Iterator[tuple[str, Someone]]:
    """Everybody who must be signed out in the workshop they ask about, with why."""
    built, elsewhere = Built(store), Built(store)
    yield "an unknown token", Someone(store, built.workshop, "nobody's")
    yield "no token", Someone(store, built.workshop, "")
    yield "a workshop that does not exist", Someone(store, new_id(), built.facilitator.token)
    yield "the facilitator of another workshop", Someone(store, built.workshop, elsewhere.facilitator.token)
    yield "a participant of another workshop", Someone(store, built.workshop, elsewhere.join("Eve").token)
    removed = built.join("Rem")
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
    yield "somebody who was removed", removed
    gone = built.join("Lea")
    gone.call("leave_workshop", delete_data=False)
    yield "somebody who left", gone
    replaced = built.join("Rex")
    built.facilitator.call("change_person", person=replaced.person, changes={"token_hash": hash_of(new_id())})
    yield "a token that was replaced", replaced


def test_every_function_signs_out_whoever_is_not_of_the_workshop(
    store: Store, functions: dict[str, dict[str, str]]
) -> None:
    for why, someone in callers(store):
        for name in AS_A_PERSON:
            if (why, name) == KEEPS_THEIR_WORDS:
                continue
            with pytest.raises(SignedOut):
                someone.call(name, **arguments_for(functions[name]))
                pytest.fail(f"{name} served {why}")


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_every_function_serves_the_roles_it_is_for_and_no_other(
    store: Store, functions: dict[str, dict[str, str]], role: str
) -> None:
    for name, roles in AS_A_PERSON.items():
        built = Built(store)
        someone = {PARTICIPANT: built.join("Ana"), FACILITATOR: built.facilitator, ORGANIZER: built.organizer}[role]
        try:
            someone.call(name, **arguments_for(functions[name]))
            outcome: FolkmootError | None = None
        except FolkmootError as error:
            outcome = error
        assert not isinstance(outcome, SignedOut | StoreUnavailable), f"{name} as {role}: {outcome!r}"
        if role in roles:
            assert WRONG_ROLE not in str(outcome), f"{name} refuses the {role}: {outcome}"
        else:
            assert isinstance(outcome, NotAllowed), f"{name} serves the {role}: {outcome!r}"
            assert WRONG_ROLE in str(outcome), f"{name} refuses the {role} for another reason: {outcome}"


def test_a_vote_is_refused_to_whoever_is_no_participant(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = built.open_round()["items"][0]["item_id"]
    for someone in (built.facilitator, built.organizer):
        assert "error" in someone.vote(item, "agree")
    for _, someone in callers(store):
        assert "error" in someone.vote(item, "agree")
    assert ana.vote(item, "agree")["ok"]


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_the_roles_of_browsers_execute_nothing(database_address: str, role: str) -> None:
    visitor = DirectStore(database_address, role=role)
    for name in ("read_health", "read_revs"):
        with pytest.raises(StoreUnavailable):
            visitor.call(name, **({"workshops": []} if name == "read_revs" else {}))
    visitor.close()


def test_no_answer_holds_a_token_or_its_hash(store: Store, functions: dict[str, dict[str, str]]) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.open_round()
    hashes = {someone.token_hash for someone in (ana, built.facilitator, built.organizer)}
    for name, roles in AS_A_PERSON.items():
        if not name.startswith(("read_", "export_")):
            continue
        for role, someone in ((PARTICIPANT, ana), (FACILITATOR, built.facilitator), (ORGANIZER, built.organizer)):
            if role in roles:
                try:
                    answer = str(someone.call(name, **arguments_for(functions[name])))
                except FolkmootError:
                    continue
                assert not [value for value in hashes if value in answer], f"{name} as {role}"
