"""Nothing of a round that is not revealed leaves the database, through any function, export or command.

Searching for a planted reason finds words. What finds the rest is that somebody else's votes are changed in the table
itself: as long as the round is not revealed, every answer that anybody can get must stay the same to the letter.
"""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from lib.cli import main
from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.services import exporting
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.planted_votes import PLANTED, TAMPERED, Planted, plant
from tests.support.workshop_builder import Someone

WRITES = {
    "create_workshop", "join_workshop", "ask_back", "set_workshop", "change_person", "leave_workshop",
    "delete_workshop", "save_draft", "reissue_link", "renew_link", "touch_people", "commit_policy", "publish_version",
    "add_scenario", "share_scenario", "withdraw_scenario", "start_run", "stop_run", "resume_run", "resume_paused",
    "retry_response", "share_run", "set_mark", "claim_cells", "heartbeat", "store_response", "pause_run", "open_round",
    "close_round", "reveal_round", "cast_votes", "hide_text", "forget_person", "once",
    "set_agenda", "undo_agenda", "go_to_step", "pause_timer", "extend_timer", "undo_act",
    "add_note", "edit_note", "withdraw_note", "set_dissent",
    "call_everyone", "take_back_call", "set_spotlight", "end_spotlight",
    "grant_leading", "nudge_people", "take_back_nudges", "put_away_nudge", "stop_all_runs", "resume_all_runs",
    "seed_document", "append_updates", "place_cursors", "compact_document", "renew_document", "commit_document",
    "merge_policy", "add_comment", "edit_comment", "withdraw_comment", "add_suggestion", "accept_suggestion",
    "settle_suggestion", "set_rough", "restore_version",
}  # fmt: skip
"""Functions that change something. What they answer of rounds comes from the same helper as `read_rounds`."""

TOGETHER = [
    *("read_place", "read_people", "read_policy", "read_scenarios", "read_runs", "read_marks", "read_rounds"),
    *("read_results", "read_responses", "read_agenda", "read_notes", "read_beside", "read_suggestions"),
]
CHANGING = {"exported_at", "now", "last_seen_at", "rev"}
"""Keys whose value changes by itself."""

BOTH = pytest.mark.parametrize("anonymity", ["named", "anonymous"])
UNREVEALED = pytest.mark.parametrize("status", ["open", "closed"])


def reads(planted: Planted, someone: Someone) -> dict[str, dict[str, Any]]:
    """Every reading function of a person with arguments that reach the most."""
    clauses = [clause["clause_id"] for clause in planted.built.clauses]
    return {
        "read_place": {},
        "read_people": {},
        "read_drafts": {},
        "read_own_words": {},
        "read_policy": {},
        "read_clause_history": {"clause": clauses[0]},
        "read_version": {"number": 1},
        "read_policy_news": {"revision": 1},
        "read_version_by_id": {"version": planted.version},
        "read_scenarios": {},
        "read_runs": {},
        "read_responses": {"scenario": None, "run": None},
        "read_marks": {},
        "read_rounds": {},
        "read_results": {},
        "read_agenda": {},
        "read_notes": {},
        "read_queue": {},
        "read_beside": {},
        "read_beside_clause": {"clause": clauses[0]},
        "read_suggestions": {},
        "read_note_history": {"note": planted.decision},
        "read_together": {
            "functions": [*TOGETHER, *(["read_drafts"] if someone is not planted.built.organizer else [])]
        },
        "export_workshop": {},
    }


def server_reads(planted: Planted) -> dict[str, dict[str, Any]]:
    return {
        "find_workshop": {"join_code": planted.built.code},
        "identify": {"token_hash": planted.ana.token_hash},
        "read_revs": {"workshops": [planted.built.workshop]},
        "read_changes": {"known": {planted.built.workshop: 0}},
        "read_standing": {"people": [{"workshop": planted.built.workshop, "token_hash": planted.ana.token_hash}]},
        "read_health": {},
        "read_updates": {"workshop": planted.built.workshop, "since": -1, "people": [planted.ana.token_hash]},
        "open_document": {"workshop": planted.built.workshop},
        "read_document_policy": {"workshop": planted.built.workshop},
        "read_document_writers": {"workshop": planted.built.workshop},
        "read_clause_writers": {
            "workshop": planted.built.workshop,
            "clauses": [one["clause_id"] for one in planted.built.clauses],
        },
        "read_document_seqs": {"workshops": [planted.built.workshop]},
        "read_cursors": {"known": {planted.built.workshop: {"p": 0}}},
        "export_as_server": {"workshop": planted.built.workshop},
    }


def answers(planted: Planted) -> dict[str, str]:
    """What everybody but Ana can get, as text, by who and how."""
    built = planted.built
    people = {"ben": planted.ben, "cleo": planted.cleo, "facilitator": built.facilitator, "organizer": built.organizer}
    found = {}
    for name, someone in people.items():
        for function, arguments in reads(planted, someone).items():
            found[f"{name}: {function}"] = _outcome(lambda s=someone, f=function, a=arguments: s.call(f, **a))
        who = Credential(WorkshopId(built.workshop), someone.token_hash)
        found[f"{name}: votes as CSV"] = exporting.votes_table(built.store, who)
        found[f"{name}: workshop as JSON"] = _still(json.loads(exporting.workshop_as_json(built.store, who)))
        found[f"{name}: decisions as Markdown"] = exporting.decisions_text(built.store, who)
        found[f"{name}: policy"] = exporting.policy_markdown(built.store, who, 1)
        found[f"{name}: system prompt"] = exporting.policy_as_prompt(built.store, who, 1)
    for function in ("close_round", "open_round") if planted.opened["status"] == "closed" else ("open_round",):
        found[f"facilitator: {function} again"] = _outcome(lambda f=function: _again(planted, f))
    for function, arguments in server_reads(planted).items():
        found[f"server: {function}"] = _outcome(lambda f=function, a=arguments: built.store.call(f, **a))
    return found


def _again(planted: Planted, function: str) -> Any:
    more = {"question": "", "anonymity": "named", "items": []} if function == "open_round" else {}
    return planted.built.facilitator.call(function, round=planted.opened["round_id"], **more)


def _outcome(ask: Any) -> str:
    try:
        return _still(ask())
    except FolkmootError as refusal:
        return f"{type(refusal).__name__}: {refusal}"


def _still(value: Any) -> str:
    return json.dumps(_without(value, CHANGING), sort_keys=True, ensure_ascii=False)


def _without(value: Any, keys: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, keys) for key, inner in value.items() if key not in keys}
    return [_without(inner, keys) for inner in value] if isinstance(value, list) else value


@pytest.fixture
def planted(store: Store, database_address: str, anonymity: str, status: str) -> Planted:
    made = plant(store, database_address, anonymity)
    if status != "open":
        made.close()
        made.opened["status"] = "closed"
    if status == "revealed":
        made.reveal()
    return made


def test_every_function_is_known_to_this_test_as_a_read_or_a_write(database_address: str, store: Store) -> None:
    with owner_connection(database_address) as owner:
        rows = owner.rows("select proname from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'")
    made = plant(store, database_address, "named")
    assert {row[0] for row in rows} == WRITES | set(reads(made, made.ana)) | set(server_reads(made))


@BOTH
@UNREVEALED
def test_no_planted_reason_is_in_anything_that_others_can_get(planted: Planted) -> None:
    for how, text in answers(planted).items():
        assert PLANTED not in text, how


@BOTH
@UNREVEALED
def test_changing_somebodys_votes_and_marks_changes_nothing_that_others_can_get(planted: Planted) -> None:
    before = answers(planted)
    planted.tamper()
    after = answers(planted)
    assert [how for how in before if before[how] != after[how]] == []


@pytest.mark.parametrize("anonymity", ["named"])
@pytest.mark.parametrize("status", ["revealed"])
def test_once_revealed_the_same_change_shows_so_the_test_above_is_not_blind(planted: Planted) -> None:
    before = answers(planted)
    planted.tamper()
    after = answers(planted)
    changed = {how for how in before if before[how] != after[how]}
    for name in ("ben", "cleo", "facilitator", "organizer"):
        for where in ("read_results", "read_marks", "export_workshop", "votes as CSV", "workshop as JSON"):
            assert f"{name}: {where}" in changed
    assert TAMPERED in after["server: export_as_server"]


@BOTH
@UNREVEALED
def test_the_command_line_export_holds_nothing_of_it(
    planted: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", planted.address)
    written = []
    for folder in (tmp_path / "before", tmp_path / "after"):
        assert main(["export", planted.built.workshop, "--out", str(folder)]) == 0
        files = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        files["workshop.json"] = _still(json.loads(files["workshop.json"]))
        written.append(files)
        planted.tamper()
    assert written[0] == written[1]
    assert PLANTED not in "".join(written[0].values()) + capsys.readouterr().out


@BOTH
@pytest.mark.parametrize("status", ["revealed"])
def test_after_the_reveal_reasons_stand_beside_names_only_in_a_named_round(planted: Planted, anonymity: str) -> None:
    for how, text in answers(planted).items():
        if "read_results" in how or "export" in how or "JSON" in how:
            assert PLANTED in text, how
    for someone in (planted.ben, planted.built.facilitator, planted.built.organizer, planted.ana):
        [result] = someone.call("read_results")
        names = {vote["person_name"] for vote in result["votes"]}
        assert names == ({"Ana", "Ben", "Another 0"} if anonymity == "named" else {None})


@pytest.mark.parametrize("anonymity", ["anonymous"])
@pytest.mark.parametrize("status", ["revealed"])
def test_after_an_anonymous_reveal_nothing_in_the_tables_joins_a_vote_to_a_person(planted: Planted) -> None:
    with owner_connection(planted.address) as owner:
        rows = owner.rows(
            "select v.person_id, v.cast_at, v.request_id from public.votes v "
            f"where v.round_id = '{planted.opened['round_id']}'"
        )
    assert len(rows) == 5
    assert {tuple(row) for row in rows} == {(None, None, None)}
    assert planted.ana.call("read_rounds")[0]["my_votes"] == []


@BOTH
@UNREVEALED
def test_voting_writes_nothing_of_the_vote_into_the_log(planted: Planted, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        planted.cleo.vote(planted.opened["items"][0]["item_id"], "agree", PLANTED)
    assert PLANTED not in caplog.text
    assert "agree" not in caplog.text
