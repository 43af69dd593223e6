"""No argument that Python can pass breaks a function: it is taken or refused in a sentence, nothing else changes."""

from typing import Any

import pytest

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, clause, hash_of, new_id, result, text_of

HUGE = 2**31 - 1
TEXTS: list[Any] = [None, "", " ", "x" * 200_000]
IDS: list[Any] = [None, "no id", new_id()]
NUMBERS: list[Any] = [None, -1, 0, HUGE]
FLOATS: list[Any] = [None, -1.0, float("inf"), float("nan")]
FLAGS: list[Any] = [None, True, False]
KINDS = ["clause", "scenario", "response", "round"]
JSON: list[Any] = [None, [], {}, [None], [3], ["x"], [[]], [{}], {"x": None}, [{"x": 1}] * 3]
STRANGE: dict[str, list[Any]] = {
    "settings": [
        *JSON,
        {"stage": 3},
        {"stage": "lunch"},
        {"stage": None},
        {"timer_seconds": "soon"},
        {"timer_seconds": 1e300},
        {"max_calls": HUGE + 1},
        {"max_calls": "many"},
        {"max_cost_usd": -0.1},
        {"editing_is_locked": "yes"},
        {"join_code": ""},
        {"join_code": None},
        {"title": None},
        {"brief": None, "model": "x" * 300},
    ],
    "person": [
        *JSON,
        {"name": None},
        {"name": "x" * 61},
        {"is_removed": "yes"},
        {"token_hash": None},
        {"token_hash": "short"},
        {"rank": 1},
    ],
    "clauses": [
        *JSON,
        [clause("fine"), clause("")],
        [clause("fine") | {"clause_id": None}],
        [clause("fine") | {"clause_id": "no id"}],
        [clause("fine") | {"wording": 7}],
        [clause("fine") | {"always": "yes"}],
        [clause("fine") | {"when": "x" * 100_000}],
        [clause("fine") | {"section": None}],
        [clause("one")] * 2,
        [clause("x") for _ in range(1001)],
    ],
    "turns": [
        *JSON,
        [{"role": "system", "content": "obey"}, {"role": "user", "content": "?"}],
        [{"role": "user", "content": 3}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": "?"}] * 101,
    ],
    "scenarios": [
        *JSON,
        [{"scenario_id": new_id(), "title": "", "turns": [{"role": "user", "content": "?"}]}],
        [{"scenario_id": new_id(), "title": "T", "turns": None}],
        [{"scenario_id": None, "title": "T", "turns": [{"role": "user", "content": "?"}]}],
    ],
    "items": [
        *JSON,
        [{"kind": "response"}],
        [{"kind": "clause", "version_id": None, "clause_id": new_id()}],
        [{"kind": "response", "response_id": "no id"}],
        [{"kind": "clause"}] * 101,
    ],
    "votes": [*JSON, [{"workshop": new_id()}], [{"workshop": "no id"}], [{"position": ["agree"]}]],
    "steps": [
        *JSON,
        [{"step_id": new_id(), "stage": "draft", "title": "T", "minutes": None}],
        [{"step_id": new_id(), "stage": None, "title": "T", "minutes": 5}],
        [{"step_id": new_id(), "stage": "draft", "title": "T", "minutes": 5, "note": 3}],
        [{"step_id": new_id(), "stage": "draft", "title": "T", "minutes": 5}] * 2,
        [{"step_id": new_id(), "stage": "draft", "title": "T", "minutes": 5} for _ in range(61)],
    ],
    "result": [*JSON, {"error": ""}, {"text": 3}, {"text": "x", "latency_s": None}],
}


def calls(built: Built) -> dict[str, tuple[dict[str, Any], dict[str, list[Any]]]]:
    """Every function that writes or takes more than a name: good arguments, and what to put in their place."""
    ana = built.join("Ana")
    as_ana = {"workshop": built.workshop, "token_hash": ana.token_hash}
    as_facilitator = {"workshop": built.workshop, "token_hash": built.facilitator.token_hash}
    who: dict[str, list[Any]] = {"workshop": IDS, "token_hash": TEXTS}
    run = built.run(ana, ["current"])
    cell = next(c for c in built.answer() if c["run_id"] == run["run_id"])
    opened = built.open_round()
    turns = [{"role": "user", "content": "?"}]
    response, first = cell["response_id"], built.clauses[0]["clause_id"]
    version, item = opened["items"][0]["version_id"], opened["items"][0]["item_id"]
    decision = built.decide()
    ben = built.join("Ben")
    comment, suggestion, wording = new_id(), new_id(), "Ask, then answer."
    of_first = {"clause": first, "base_wording": built.clauses[0]["wording"], "wording": wording, "reason": ""}
    ana.call("add_comment", comment=comment, clause=first, text="Why?")
    ben.call("add_suggestion", suggestion=suggestion, **of_first)
    accepted = [built.clauses[0] | {"wording": wording}, built.clauses[1]]
    good_vote = as_ana | {"item_id": item, "position": "agree", "reason": "", "request_id": "r"}
    return {
        "read_beside_clause": (as_ana | {"clause": first}, who | {"clause": IDS}),
        "add_comment": (
            as_ana | {"comment": new_id(), "clause": first, "text": "So?"},
            who | {"comment": [*IDS, decision], "clause": IDS, "text": TEXTS},
        ),
        "edit_comment": (as_ana | {"comment": comment, "text": "Why so?"}, who | {"comment": IDS, "text": TEXTS}),
        "withdraw_comment": (
            as_ana | {"comment": comment, "is_withdrawn": False},
            who | {"comment": IDS, "is_withdrawn": FLAGS},
        ),
        "add_suggestion": (
            as_ana | {"suggestion": new_id(), **of_first},
            who
            | {
                "suggestion": [*IDS, suggestion],
                "clause": IDS,
                "base_wording": TEXTS,
                "wording": [*TEXTS, of_first["base_wording"]],
                "reason": TEXTS,
            },
        ),
        "accept_suggestion": (
            as_ana
            | {
                "suggestion": suggestion,
                "base_revision": 1,
                "text": text_of(accepted),
                "clauses": accepted,
                "request_id": new_id(),
            },
            who
            | {
                "suggestion": IDS,
                "base_revision": NUMBERS,
                "text": TEXTS,
                "clauses": STRANGE["clauses"],
                "request_id": TEXTS,
            },
        ),
        "settle_suggestion": (
            as_ana | {"suggestion": suggestion, "state": "open"},
            who | {"suggestion": IDS, "state": [*TEXTS, "accepted", "declined", "withdrawn"]},
        ),
        "set_rough": (as_ana | {"clause": first, "is_rough": True}, who | {"clause": IDS, "is_rough": FLAGS}),
        "create_workshop": (
            {
                "workshop": new_id(),
                "title": "T",
                "brief": "",
                "join_code": built.code[::-1] + "X",
                "facilitator_hash": hash_of(new_id()),
                "organizer_hash": hash_of(new_id()),
                "policy_text": "",
                "clauses": [],
                "scenarios": [],
                "max_calls": 1,
                "max_cost_usd": 1.0,
            },
            {
                "workshop": IDS,
                "title": TEXTS,
                "brief": TEXTS,
                "join_code": TEXTS,
                "facilitator_hash": TEXTS,
                "organizer_hash": TEXTS,
                "policy_text": TEXTS,
                "clauses": STRANGE["clauses"],
                "scenarios": STRANGE["scenarios"],
                "max_calls": NUMBERS,
                "max_cost_usd": FLOATS,
            },
        ),
        "find_workshop": ({"join_code": built.code}, {"join_code": TEXTS}),
        "join_workshop": (
            {"join_code": built.code, "person": new_id(), "name": "Zoe", "token_hash": hash_of(new_id())},
            {"join_code": TEXTS, "person": IDS, "name": TEXTS, "token_hash": TEXTS},
        ),
        "ask_back": ({"join_code": built.code, "name": "Ana"}, {"join_code": TEXTS, "name": TEXTS}),
        "identify": ({"token_hash": ana.token_hash}, {"token_hash": TEXTS}),
        "set_workshop": (as_facilitator | {"changes": {}}, who | {"changes": STRANGE["settings"]}),
        "change_person": (
            as_facilitator | {"person": ana.person, "changes": {}},
            who | {"person": IDS, "changes": STRANGE["person"]},
        ),
        "hide_text": (
            as_facilitator | {"kind": "response", "id": response, "is_hidden": False},
            who | {"kind": TEXTS, "id": IDS, "is_hidden": FLAGS},
        ),
        "save_draft": (
            as_ana | {"field": "f", "text": "t", "seq": 1},
            who | {"field": TEXTS, "text": TEXTS, "seq": NUMBERS},
        ),
        "commit_policy": (
            as_ana
            | {
                "base_revision": 1,
                "text": text_of(built.clauses),
                "clauses": built.clauses,
                "request_id": new_id(),
            },
            who
            | {
                "base_revision": NUMBERS,
                "text": TEXTS,
                "clauses": STRANGE["clauses"],
                "request_id": TEXTS,
            },
        ),
        "read_clause_history": (as_ana | {"clause": first}, who | {"clause": IDS}),
        "publish_version": (
            as_ana | {"base_revision": 1, "note": "", "request_id": new_id()},
            who | {"base_revision": NUMBERS, "note": TEXTS, "request_id": TEXTS},
        ),
        "restore_version": (
            as_ana | {"number": 1, "base_revision": 1, "note": "", "request_id": new_id()},
            who | {"number": NUMBERS, "base_revision": NUMBERS, "note": TEXTS, "request_id": TEXTS},
        ),
        "read_policy_news": (as_ana | {"revision": 1}, who | {"revision": NUMBERS}),
        "read_version": (as_ana | {"number": 1}, who | {"number": NUMBERS}),
        "read_version_by_id": (as_ana | {"version": version}, who | {"version": IDS}),
        "add_scenario": (
            as_ana | {"scenario": new_id(), "title": "T", "turns": turns, "is_shared": False},
            who | {"scenario": IDS, "title": TEXTS, "turns": STRANGE["turns"], "is_shared": FLAGS},
        ),
        "share_scenario": (as_ana | {"scenario": built.scenarios[0]}, who | {"scenario": IDS}),
        "withdraw_scenario": (
            as_facilitator | {"scenario": built.scenarios[0], "is_withdrawn": False},
            who | {"scenario": IDS, "is_withdrawn": FLAGS},
        ),
        "start_run": (
            as_ana
            | {
                "run": new_id(),
                "versions": [None],
                "scenarios": built.scenarios[:1],
                "model": "stub",
                "api_base": None,
                "samples": 1,
                "params": {},
                "is_shared": True,
                "is_question": False,
            },
            who
            | {
                "run": IDS,
                "versions": [*JSON[:5], ["x"], [[]], [{}]],
                "scenarios": JSON,
                "model": TEXTS,
                "api_base": TEXTS,
                "samples": NUMBERS,
                "params": [*JSON, {"stop": "x" * 3000}],
                "is_shared": FLAGS,
                "is_question": FLAGS,
            },
        ),
        "stop_run": (as_ana | {"run": run["run_id"]}, who | {"run": IDS}),
        "resume_run": (as_ana | {"run": run["run_id"]}, who | {"run": IDS}),
        "resume_paused": (
            as_facilitator | {"model": "stub", "api_base": None},
            who | {"model": TEXTS, "api_base": TEXTS},
        ),
        "share_run": (as_ana | {"run": run["run_id"]}, who | {"run": IDS}),
        "retry_response": (as_ana | {"response": response}, who | {"response": IDS}),
        "read_responses": (as_ana | {"scenario": None, "run": None}, who | {"scenario": IDS, "run": IDS}),
        "set_mark": (
            as_ana | {"response": response, "clause": first, "value": None},
            who | {"response": IDS, "clause": IDS, "value": TEXTS},
        ),
        "open_round": (
            as_facilitator
            | {
                "round": new_id(),
                "question": "?",
                "anonymity": "named",
                "items": [{"kind": "response", "response_id": response}],
            },
            who | {"round": IDS, "question": TEXTS, "anonymity": TEXTS, "items": STRANGE["items"]},
        ),
        "cast_votes": ({"votes": [good_vote]}, {"votes": STRANGE["votes"]}),
        "close_round": (as_facilitator | {"round": new_id()}, who | {"round": IDS}),
        "reveal_round": (as_facilitator | {"round": new_id()}, who | {"round": IDS}),
        "delete_workshop": (as_facilitator | {"title": "wrong"}, who | {"title": TEXTS}),
        "leave_workshop": (
            {"workshop": new_id(), "token_hash": "x", "delete_data": True},
            who | {"delete_data": FLAGS},
        ),
        "renew_link": (
            as_facilitator | {"role": "organizer", "new_token_hash": hash_of(new_id())},
            who | {"role": TEXTS, "new_token_hash": TEXTS},
        ),
        "reissue_link": (
            {"workshop": built.workshop, "role": "organizer", "token_hash": hash_of(new_id())},
            {"workshop": IDS, "role": TEXTS, "token_hash": TEXTS},
        ),
        "forget_person": (
            {"workshop": built.workshop, "name": "Nobody", "person": None},
            {"workshop": IDS, "name": TEXTS, "person": IDS},
        ),
        "export_as_server": ({"workshop": built.workshop}, {"workshop": IDS}),
        "claim_cells": (
            {"process": "p", "limit": 1, "stale_s": 30.0, "held": [], "lacks": []},
            {"process": TEXTS, "limit": NUMBERS, "stale_s": [None, -1.0], "held": JSON, "lacks": JSON},
        ),
        "heartbeat": ({"process": "p", "runs": []}, {"process": TEXTS, "runs": JSON}),
        "store_response": (
            {"process": "p", "response": response, "result": result("x"), "claim": None},
            {"response": IDS, "result": STRANGE["result"], "claim": IDS},
        ),
        "pause_run": (
            {"process": "p", "run": run["run_id"], "reason": "why"},
            {"run": IDS, "reason": TEXTS},
        ),
        "once": (
            {
                "request": new_id(),
                "function": "set_mark",
                "arguments": as_ana | {"response": response, "clause": first, "value": None},
            },
            {"request": IDS, "function": [*TEXTS, "delete_workshop"], "arguments": [*JSON, {"workshop": [1]}]},
        ),
        "set_agenda": (
            as_facilitator | {"base_revision": 0, "steps": [], "request_id": new_id()},
            who | {"base_revision": NUMBERS, "steps": STRANGE["steps"], "request_id": TEXTS},
        ),
        "undo_agenda": (
            as_facilitator | {"base_revision": 0, "request_id": new_id()},
            who | {"base_revision": NUMBERS, "request_id": TEXTS},
        ),
        "go_to_step": (as_facilitator | {"seen": None, "step": None}, who | {"seen": IDS, "step": IDS}),
        "pause_timer": (as_facilitator | {"is_paused": True}, who | {"is_paused": FLAGS}),
        "extend_timer": (as_facilitator | {"seconds": 60.0}, who | {"seconds": [None, -1.0, 1e300]}),
        "undo_act": (as_facilitator | {"act": new_id()}, who | {"act": IDS}),
        "add_note": (
            as_facilitator
            | {"note": new_id(), "kind": "decision", "about_kind": "clause", "about_id": first, "text": "Keep it."},
            who
            | {
                "note": IDS,
                "kind": TEXTS,
                "about_kind": [*TEXTS, *KINDS],
                "about_id": IDS,
                "text": TEXTS,
            },
        ),
        "edit_note": (
            as_facilitator | {"note": decision, "text": "Keep it for now.", "base_revision": 1},
            who | {"note": IDS, "text": TEXTS, "base_revision": NUMBERS},
        ),
        "withdraw_note": (
            as_facilitator | {"note": decision, "is_withdrawn": False},
            who | {"note": IDS, "is_withdrawn": FLAGS},
        ),
        "set_dissent": (
            as_ana | {"note": decision, "is_dissenting": True, "words": "", "base_revision": 1},
            who | {"note": IDS, "is_dissenting": FLAGS, "words": TEXTS, "base_revision": NUMBERS},
        ),
        "read_note_history": (as_facilitator | {"note": decision}, who | {"note": IDS}),
        "call_everyone": (
            as_facilitator | {"call": new_id(), "kind": "clause", "target": first},
            who | {"call": IDS, "kind": [*TEXTS, *KINDS, "stage"], "target": [*TEXTS, "no id", new_id()]},
        ),
        "take_back_call": (as_facilitator | {"call": new_id()}, who | {"call": IDS}),
        "set_spotlight": (
            as_facilitator | {"spotlight": new_id(), "kind": "response", "target": response},
            who | {"spotlight": IDS, "kind": [*TEXTS, *KINDS], "target": IDS},
        ),
        "end_spotlight": (as_facilitator | {"spotlight": new_id()}, who | {"spotlight": IDS}),
        "grant_leading": (
            as_facilitator | {"person": ana.person, "is_granted": False},
            who | {"person": IDS, "is_granted": FLAGS},
        ),
        "nudge_people": (
            as_facilitator | {"people": [ana.person], "reason": "idle"},
            who | {"people": JSON, "reason": TEXTS},
        ),
        "take_back_nudges": (as_facilitator | {"people": [ana.person]}, who | {"people": JSON}),
        "put_away_nudge": (as_ana, who),
        "stop_all_runs": (as_facilitator | {"stop": new_id()}, who | {"stop": IDS}),
        "resume_all_runs": (as_facilitator | {"stop": new_id()}, who | {"stop": IDS}),
        "touch_people": (
            {"people": [as_ana | {"page": "draft", "idle_s": 1.0}]},
            {"people": [*JSON, [as_ana | {"page": "x" * 3000, "idle_s": -1e300}]]},
        ),
        "read_revs": ({"workshops": []}, {"workshops": JSON}),
        "read_changes": ({"known": {}}, {"known": [*JSON, {built.workshop: "1"}, {built.workshop: None}]}),
        "read_standing": ({"people": []}, {"people": JSON}),
        **document_calls(built, ana),
    }


def document_calls(built: Built, ana: Someone) -> dict[str, tuple[dict[str, Any], dict[str, list[Any]]]]:
    """The functions of the live document."""
    given = {"workshop": built.workshop}
    built.store.call("seed_document", **given, policy_revision=1, snapshot="AAA=")
    update = given | {"token_hash": ana.token_hash, "client": 7, "update": "AAA=", "update_id": new_id()}
    odd = [
        *({"update": value} for value in (None, "", "%%%%", "A" * 1_400_000, 3)),
        *({"client": value} for value in (None, -1, 2**60, "x", 0.5)),
        *({"update_id": value} for value in IDS),
        *({"token_hash": value} for value in TEXTS),
        *({"workshop": value} for value in IDS),
    ]
    cursor = given | {"token_hash": ana.token_hash, "client": 7, "cursor": {"anchor": {}, "head": {}}}
    cursors = [
        *({"cursor": value} for value in (None, "", 3, [], {"x": "x" * 1_000})),
        *({"client": value} for value in (None, -1, 2**60, "x", 0.5)),
        *({"token_hash": value} for value in TEXTS),
        *({"workshop": value} for value in IDS),
    ]
    numbers = [*NUMBERS, 2**60]
    return {
        "open_document": (given, {"workshop": IDS}),
        "seed_document": (
            given | {"policy_revision": 1, "snapshot": "AAA="},
            {"workshop": IDS, "policy_revision": NUMBERS, "snapshot": TEXTS},
        ),
        "append_updates": (
            {"updates": [update]},
            {"updates": [*JSON, *([update | one] for one in odd), [update] * 1001]},
        ),
        "read_updates": (
            given | {"since": -1, "people": []},
            {"workshop": IDS, "since": numbers, "people": JSON},
        ),
        "read_document_seqs": ({"workshops": []}, {"workshops": JSON}),
        "place_cursors": (
            {"process": "p", "workshops": [built.workshop], "cursors": []},
            {
                "process": TEXTS,
                "workshops": [*JSON, [built.workshop] * 2, [new_id()]],
                "cursors": [*JSON, *([cursor | one] for one in cursors)],
            },
        ),
        "read_cursors": (
            {"known": {}},
            {"known": [*JSON, {built.workshop: 3}, {built.workshop: {"p": "x"}}, {"no id": {"p": 1e300}}]},
        ),
        "compact_document": (
            given | {"through_seq": 0, "snapshot": "AAA="},
            {"workshop": IDS, "through_seq": numbers, "snapshot": TEXTS},
        ),
        "renew_document": (
            given | {"document": new_id(), "seq": 0, "snapshot": "AAA="},
            {"workshop": IDS, "document": IDS, "seq": numbers, "snapshot": TEXTS},
        ),
        "read_document_policy": (given, {"workshop": IDS}),
        "read_document_writers": (given, {"workshop": IDS}),
        "read_clause_writers": (
            given | {"clauses": [built.clauses[0]["clause_id"]]},
            {"workshop": IDS, "clauses": [*JSON, *([one] for one in (*TEXTS, *JSON, *IDS))]},
        ),
        "commit_document": (
            given | {"seq": 0, "base_revision": 1, "text": "", "clauses": [], "person": ana.person, "gone": []},
            {
                "workshop": IDS,
                "seq": numbers,
                "base_revision": NUMBERS,
                "text": TEXTS,
                "clauses": [
                    *STRANGE["clauses"],
                    *(
                        [clause("fine") | {name: people}]
                        for name in ("by", "words_of")
                        for people in ("nobody", ["nobody"], [None, 3, {}], {}, [ana.person] * 3)
                    ),
                ],
                "person": IDS,
                "gone": [
                    *({}, [3], [{"clause_id": new_id(), "by": "nobody"}], [{"by": {}}]),
                    *([{"clause_id": strange, "by": ["nobody", None, 3]}] for strange in ("no id", 3, None)),
                ],
            },
        ),
        "merge_policy": (
            given | {"base_revision": 1, "revision": 2, "update": "AAAA", "update_id": new_id()},
            {
                "workshop": IDS,
                "base_revision": NUMBERS,
                "revision": NUMBERS,
                "update": TEXTS,
                "update_id": IDS,
                "client": [-1, 2**53],
            },
        ),
    }


FUNCTIONS = """
read_beside_clause add_comment edit_comment withdraw_comment add_suggestion accept_suggestion settle_suggestion
set_rough
create_workshop find_workshop join_workshop ask_back identify set_workshop change_person hide_text save_draft
commit_policy read_clause_history publish_version read_version read_version_by_id add_scenario share_scenario
withdraw_scenario start_run stop_run resume_run resume_paused share_run retry_response read_responses set_mark
open_round cast_votes close_round reveal_round delete_workshop leave_workshop renew_link reissue_link forget_person
export_as_server claim_cells heartbeat store_response pause_run once touch_people read_revs read_changes
read_standing set_agenda undo_agenda go_to_step pause_timer extend_timer undo_act
add_note edit_note withdraw_note set_dissent read_note_history
call_everyone take_back_call set_spotlight end_spotlight grant_leading nudge_people take_back_nudges
put_away_nudge
stop_all_runs resume_all_runs
open_document seed_document append_updates read_updates read_document_seqs compact_document renew_document
place_cursors read_cursors
read_document_policy commit_document merge_policy read_document_writers read_clause_writers
restore_version read_policy_news
""".split()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_and_nonsense_are_refused_in_words_that_fit(store: Store, function: str) -> None:
    built = Built(store)
    good, replacements = calls(built)[function]
    for name, values in replacements.items():
        for value in values:
            shown = f"{function}({name}={str(value)[:80]})"
            try:
                store.call(function, **(good | {name: value}))
            except StoreUnavailable as error:
                pytest.fail(f"{shown} broke: {error}")
            except FolkmootError as refused:
                if "cannot be stored" in str(refused):
                    pytest.fail(f"{shown} blamed a character")
    for someone in (built.facilitator, built.organizer):
        for read in ("read_place", "read_runs", "read_rounds", "read_policy", "export_workshop"):
            if function not in ("renew_link", "reissue_link"):
                someone.call(read)
