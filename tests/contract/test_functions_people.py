"""What the database lets people do: join, come back, be renamed, be removed, leave, delete."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, SignedOut, ValidationFailed
from lib.domain.workshop import Place
from lib.store.decode import decode
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, clause, hash_of, new_id, result


def test_the_frame_of_every_page_is_one_read(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    place = decode(Place, ana.call("read_place"))
    assert (place.me.name, place.me.role, place.participant_count) == ("Ana", "participant", 1)
    assert place.workshop.title == "Legal questions"
    assert place.clause_count == 2
    assert place.latest_version_number is None
    assert place.changed_since_version


def test_only_the_facilitator_reads_the_join_code(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    assert built.facilitator.call("read_place")["workshop"]["join_code"] == built.code
    for someone in (ana, built.organizer):
        assert someone.call("read_place")["workshop"]["join_code"] is None


def test_everybody_is_told_where_the_workshops_model_answers(store: Store) -> None:
    built = Built(store)
    chosen = {"model": "openai/own", "api_base": "https://models.example.org/v1"}
    built.facilitator.call("set_workshop", changes=chosen)
    for someone in (built.facilitator, built.organizer, built.join("Ana")):
        assert someone.call("read_place")["workshop"]["model"] == chosen


def test_joining_twice_with_one_request_makes_one_person(store: Store) -> None:
    built = Built(store)
    arguments = {"join_code": built.code, "person": new_id(), "name": "Ana", "token_hash": hash_of("t" + built.code)}
    assert store.call("join_workshop", **arguments) == store.call("join_workshop", **arguments)
    assert len(built.facilitator.call("read_people")) == 1


def test_a_name_is_taken_whatever_its_case_and_spaces(store: Store) -> None:
    built = Built(store)
    built.join("Ana  Maria")
    with pytest.raises(Conflict, match="already here"):
        built.join(" ana maria ")


def test_a_wrong_code_and_a_closed_code_are_told_apart(store: Store) -> None:
    built = Built(store)
    with pytest.raises(NotFound, match="code"):
        store.call("find_workshop", join_code="NOSUCH")
    built.facilitator.call("set_workshop", changes={"code_is_open": False})
    with pytest.raises(NotAllowed, match="no new people"):
        built.join("Ben")


def test_a_renewed_code_ends_the_old_one(store: Store) -> None:
    built = Built(store)
    built.facilitator.call("set_workshop", changes={"join_code": "NEW" + built.code})
    with pytest.raises(NotFound):
        built.join("Ana")


def test_a_token_opens_its_own_workshop_only(store: Store) -> None:
    one, other = Built(store), Built(store)
    ana = one.join("Ana")
    stranger = Someone(store, other.workshop, ana.token)
    with pytest.raises(SignedOut):
        stranger.call("read_place")
    with pytest.raises(SignedOut):
        Someone(store, one.workshop, "guess").call("read_policy")


def test_a_new_personal_link_ends_the_old_one_and_the_wish_to_come_back(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    store.call("ask_back", join_code=built.code, name="ANA")
    assert built.facilitator.call("read_people")[0]["wants_back_at"] is not None
    built.facilitator.call("change_person", person=ana.person, changes={"token_hash": hash_of("new" + built.code)})
    with pytest.raises(SignedOut):
        ana.call("read_place")
    assert store.call("identify", token_hash=hash_of("new" + built.code))["name"] == "Ana"
    assert built.facilitator.call("read_people")[0]["wants_back_at"] is None


def test_a_removed_person_is_told_so_and_their_waiting_calls_stop(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, [None], shared=True)
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True})
    with pytest.raises(SignedOut, match="removed"):
        ana.call("read_place")
    assert [cell for cell in built.answer() if cell["workshop_id"] == built.workshop] == []
    assert built.facilitator.call("read_runs")[0]["status"] == "stopped"


def test_a_hidden_name_is_hidden_from_everyone_but_the_facilitator(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Rude"), built.join("Ben")
    built.facilitator.call("change_person", person=ana.person, changes={"name_is_hidden": True})
    assert [p["name"] for p in ben.call("read_people")] == ["name hidden", "Ben"]
    assert [p["name"] for p in built.facilitator.call("read_people")] == ["Rude", "Ben"]


def test_only_the_facilitator_changes_the_workshop_and_its_people(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    for someone in (ana, built.organizer):
        with pytest.raises(NotAllowed):
            someone.call("set_workshop", changes={"stage": "vote"})
        with pytest.raises(NotAllowed):
            someone.call("change_person", person=ana.person, changes={"name": "X"})
        with pytest.raises(NotAllowed):
            someone.call("delete_workshop", title="Legal questions")
        with pytest.raises(NotAllowed):
            someone.call("renew_link", role="organizer", new_token_hash=hash_of("x"))


def test_leaving_with_ones_data_takes_drafts_votes_marks_and_private_things_along(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    ana.call("save_draft", field="clause", text="secret", seq=1)
    turns = [{"role": "user", "content": "private"}]
    ana.call("add_scenario", scenario=new_id(), title="Mine", turns=turns, is_shared=False)
    opened = built.open_round()
    ana.vote(opened["items"][0]["item_id"], "agree")
    ben.vote(opened["items"][0]["item_id"], "disagree")
    ana.call("leave_workshop", delete_data=True)
    with pytest.raises(SignedOut):
        ana.call("read_place")
    built.facilitator.call("close_round", round=opened["round_id"])
    built.facilitator.call("reveal_round", round=opened["round_id"])
    [revealed] = ben.call("read_results")
    assert [v["position"] for v in revealed["votes"]] == ["disagree"]
    assert "Ana" not in str(built.facilitator.call("export_workshop"))


def test_two_people_can_leave_with_their_data(store: Store) -> None:
    built = Built(store)
    for name in ("Ana", "Ben"):
        built.join(name).call("leave_workshop", delete_data=True)
    assert built.facilitator.call("read_people") == []


def test_a_draft_is_its_writers_alone_and_an_older_one_never_wins(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    assert ana.call("save_draft", field="clause", text="two", seq=2) == {"seq": 2}
    assert ana.call("save_draft", field="clause", text="one", seq=1) == {"seq": 2}
    assert ana.call("read_drafts") == {"clause": {"text": "two", "seq": 2}}
    assert ben.call("read_drafts") == {}
    assert built.facilitator.call("read_drafts") == {}
    with pytest.raises(ValidationFailed, match="60001 characters"):
        ana.call("save_draft", field="clause", text="x" * 60001, seq=3)


def test_whoever_was_removed_reads_their_own_words_and_nothing_else(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    words = {"person_id": ana.person, "drafts": {"clause": {"text": "Mine", "seq": 1}}}
    for someone, text in ((ana, "Mine"), (ben, "Not mine")):
        someone.call("save_draft", field="clause", text=text, seq=1)
    assert ana.call("read_own_words") == words
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True})
    assert ana.call("read_own_words") == words
    for function, given in (("read_drafts", {}), ("save_draft", {"field": "clause", "text": "More", "seq": 2})):
        with pytest.raises(SignedOut):
            ana.call(function, **given)
    ben.call("leave_workshop", delete_data=False)
    for nobody in (ben, Someone(store, built.workshop, "nobody's")):
        with pytest.raises(SignedOut):
            nobody.call("read_own_words")


def test_deleting_a_workshop_needs_its_title_and_leaves_nothing(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.open_round()
    built.run(ana, [None, "current"])
    with pytest.raises(ValidationFailed, match="title"):
        built.facilitator.call("delete_workshop", title="Legal")
    built.facilitator.call("delete_workshop", title="Legal questions")
    for someone in (ana, built.facilitator, built.organizer):
        with pytest.raises(SignedOut):
            someone.call("read_place")
    with pytest.raises(NotFound):
        store.call("export_as_server", workshop=built.workshop)


def test_a_lost_facilitator_link_is_reissued_by_the_server(store: Store) -> None:
    built = Built(store)
    store.call("reissue_link", workshop=built.workshop, role="facilitator", token_hash=hash_of("f2" + built.code))
    with pytest.raises(SignedOut):
        built.facilitator.call("read_place")
    assert Someone(store, built.workshop, "f2" + built.code).call("read_place")["me"]["role"] == "facilitator"


def test_stage_timer_and_limits_are_the_facilitators_to_set(store: Store) -> None:
    built = Built(store)
    before = built.facilitator.call("read_place")["workshop"]["rev"]
    built.facilitator.call("set_workshop", changes={"stage": "vote", "timer_seconds": 300, "timer_label": "Votes"})
    place = decode(Place, built.join("Ana").call("read_place"))
    assert place.workshop.stage == "vote"
    assert place.workshop.timer_ends_at is not None
    assert place.workshop.rev == before + 2
    built.facilitator.call("set_workshop", changes={"timer_seconds": None})
    assert built.facilitator.call("read_place")["workshop"]["timer_ends_at"] is None
    with pytest.raises(ValidationFailed, match="do not exist"):
        built.facilitator.call("set_workshop", changes={"rev": 1})


@pytest.mark.parametrize("name", ["Facilitator", " organizer ", "Name  hidden", "a former participant"])
def test_a_name_that_the_pages_use_themselves_cannot_be_taken(store: Store, name: str) -> None:
    built = Built(store)
    with pytest.raises(ValidationFailed, match="Folkmoot itself uses"):
        built.join(name)
    ana = built.join("Ana")
    with pytest.raises(ValidationFailed, match="Folkmoot itself uses"):
        built.facilitator.call("change_person", person=ana.person, changes={"name": name})


def test_a_tab_before_a_name_makes_no_second_person(store: Store) -> None:
    built = Built(store)
    built.join("Ana")
    with pytest.raises(Conflict, match="Somebody named Ana is already here"):
        built.join("\tAna\n")


def test_a_code_set_in_small_letters_is_found(store: Store) -> None:
    built = Built(store)
    built.facilitator.call("set_workshop", changes={"join_code": "low" + built.code.lower()})
    assert store.call("find_workshop", join_code="LOW" + built.code)["workshop_id"] == built.workshop


def test_a_null_takes_nobody_back_who_was_removed(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True, "name_is_hidden": True})
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": None, "name_is_hidden": None})
    [seen] = built.facilitator.call("read_people")
    assert (seen["is_removed"], seen["name_is_hidden"]) == (True, True)


def test_a_finished_run_stays_finished_when_its_asker_is_removed(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, [None])
    built.answer()
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True})
    assert built.facilitator.call("read_runs")[0]["status"] == "finished"


def test_leaving_with_ones_data_gives_no_paid_calls_back_to_the_workshop(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    run = built.run(ana, [None], shared=False, samples=2)
    [first, second] = [
        c for c in store.call("claim_cells", process="p", limit=9, stale_s=0.0) if c["run_id"] == run["run_id"]
    ]
    for cell, answer in ((first, result("x", cost=0.25)), (second, result(None, "refused"))):
        store.call("store_response", process="p", response=cell["response_id"], result=answer)
    before = built.facilitator.call("read_place")["workshop"]
    assert (before["calls_used"], before["cost_used_usd"]) == (2, 0.25)
    ana.call("leave_workshop", delete_data=True)
    after = built.facilitator.call("read_place")["workshop"]
    assert (after["calls_used"], after["cost_used_usd"]) == (2, 0.25)


def test_a_draft_with_the_same_number_from_another_tab_is_what_shows_as_saved(store: Store) -> None:
    ana = Built(store).join("Ana")
    ana.call("save_draft", field="clause", text="one tab", seq=5)
    assert ana.call("save_draft", field="clause", text="other tab", seq=5) == {"seq": 5}
    assert ana.call("read_drafts")["clause"]["text"] == "other tab"


def test_joining_twice_at_the_same_moment_makes_one_person_and_no_error(store: Store) -> None:
    built = Built(store)
    for _ in range(10):
        arguments = {"join_code": built.code, "person": new_id(), "name": new_id(), "token_hash": hash_of(new_id())}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: store.call("join_workshop", **arguments), range(4)))  # noqa: B023
        assert answers == [answers[0]] * 4


def test_presence_told_by_many_processes_at_once_makes_no_deadlock(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.store.direct.ROLLED_BACK", frozenset())  # or the store would try again in silence
    built = Built(store)
    people = [{"workshop": built.workshop, "token_hash": built.join(f"P{n}").token_hash} for n in range(30)]
    built.open_round()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.call("touch_people", people=people[n:] + people[:n]), range(24)))
    assert built.facilitator.call("read_rounds")[0]["turnout"]["eligible_count"] == 30


@pytest.mark.parametrize(
    ("name", "again"),
    [("Élise", "éLISE"), ("Ömer", "ömer"), ("Иван", "ИВАН"), ("Ana\u00a0Maria", "ana maria"), ("Eve\u200b", "eve")],
)
def test_names_differ_by_more_than_capital_letters_and_kinds_of_spaces_in_every_alphabet(
    store: Store, name: str, again: str
) -> None:
    built = Built(store)
    built.join(name)
    with pytest.raises(Conflict, match="already here"):
        built.join(again)


def rows_with(address: str, text: str) -> set[str]:
    """The tables in which some row holds this text anywhere."""
    with owner_connection(address) as owner:
        tables = [
            t for (t,) in owner.rows("select table_name from information_schema.tables where table_schema = 'public'")
        ]
        return {
            t for t in tables if owner.rows(f"select 1 from public.{t} as x where x::text like %s limit 1", f"%{text}%")
        }


def test_leaving_with_ones_data_leaves_no_trace_but_of_what_was_given_to_the_group(
    store: Store, database_address: str
) -> None:
    built = Built(store)
    name = f"Ana-{new_id()}"
    ana = built.join(name)
    secret = new_id()
    turns = [{"role": "user", "content": f"Private {secret}"}]
    scenario = new_id()
    ana.call("save_draft", field="clause", text=f"Draft {secret}", seq=1)
    ana.call("add_scenario", scenario=scenario, title="Mine", turns=turns, is_shared=False)
    built.run(ana, ["current"], shared=False, scenarios=[scenario])
    built.answer(text=f"Answer {secret}")
    ana.call(
        "set_mark",
        response=ana.call("read_responses")[0]["response_id"],
        clause=built.clauses[0]["clause_id"],
        value="followed",
    )
    built.commit(ana, [*built.clauses, clause("Given to the group.")], 1)
    for anonymity in ("named", "anonymous"):
        version = built.facilitator.call("read_policy")["versions"] or [built.publish()]
        items = [{"kind": "clause", "version_id": version[0]["version_id"], "clause_id": built.clauses[0]["clause_id"]}]
        opened = built.facilitator.call("open_round", round=new_id(), question="?", anonymity=anonymity, items=items)
        ana.vote(opened["items"][0]["item_id"], "agree", f"Reason {secret}" if anonymity == "named" else "")
        if anonymity == "anonymous":
            built.others_vote(opened)
        for function in ("close_round", "reveal_round"):
            built.facilitator.call(function, round=opened["round_id"])
    assert {"drafts", "votes", "scenarios", "responses"} <= rows_with(database_address, secret)
    ana.call("leave_workshop", delete_data=True)
    for gone in (secret, name, ana.token_hash):
        assert rows_with(database_address, gone) == set()
    # The row itself stays under "a former participant", for the history of what was given to the group.
    assert rows_with(database_address, ana.person) == {"people", "clause_events", "policy_revisions"}


def test_a_deleted_workshop_is_deleted_from_every_table(store: Store, database_address: str) -> None:
    built = Built(store)
    ana = built.join("Ana")
    ana.call("save_draft", field="clause", text="unsent", seq=1)
    built.run(ana, [None, "current"])
    [cell, _] = built.answer()
    ana.call("set_mark", response=cell["response_id"], clause=built.clauses[0]["clause_id"], value="followed")
    ana.vote(built.open_round()["items"][0]["item_id"], "agree")
    built.commit(ana, built.clauses[1:], 1)
    people = {ana.person, built.facilitator.call("read_place")["me"]["person_id"]}
    assert len(rows_with(database_address, built.workshop)) > 10
    built.facilitator.call("delete_workshop", title=" Legal questions ")
    for gone in {built.workshop, ana.token_hash, cell["response_id"], cell["run_id"], *people}:
        assert rows_with(database_address, gone) == set()


def test_what_is_read_together_is_what_is_read_one_by_one(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    functions = ["read_place", "read_people", "read_drafts", "read_policy", "read_scenarios"]
    functions += ["read_runs", "read_marks", "read_rounds", "read_results"]
    ana.call("save_draft", field="clause:new", text="Say whom to call.", seq=1)
    version = built.publish()
    asked: list[tuple[str, dict[str, Any]]] = [(function, {}) for function in functions]
    asked += [("read_version", {"number": version["number"]})]
    asked += [("read_responses", {"scenario": built.scenarios[0], "run": None}), ("read_responses", {})]
    together = ana.call("read_together", reads=[{"function": name, **arguments} for name, arguments in asked])
    for (function, arguments), answer in zip(asked, together, strict=True):
        assert _still(answer) == _still(ana.call(function, **arguments)), function


def _still(answer: Any) -> Any:
    return {key: value for key, value in answer.items() if key != "now"} if isinstance(answer, dict) else answer


@pytest.mark.parametrize(
    "reads",
    [
        [{"function": "read_place"}, {"function": "delete_workshop", "title": "Legal questions"}],
        [{"function": "export_as_server"}],
        [{"function": "x; select 1"}],
        [{}],
        [{"function": "read_place"}] * 21,
        ["read_place"],
        {"a": 1},
        None,
    ],
)
def test_only_harmless_reads_are_read_together(store: Store, reads: object) -> None:
    built = Built(store)
    with pytest.raises(ValidationFailed, match=r"What is read|read together"):
        built.facilitator.call("read_together", reads=reads)
    with pytest.raises(SignedOut):
        Someone(store, built.workshop, "stranger").call("read_together", reads=[{"function": "read_place"}])
