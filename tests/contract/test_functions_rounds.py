"""What the database does with rounds: blindness, turnout, anonymity, removed people, earlier wordings."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.domain.rounds import Round, RoundResult
from lib.store.decode import decode
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, hash_of, new_id


def reveal(built: Built, opened: dict[str, str]) -> RoundResult:
    built.facilitator.call("close_round", round=opened["round_id"])
    built.facilitator.call("reveal_round", round=opened["round_id"])
    return decode(tuple[RoundResult, ...], built.facilitator.call("read_results"))[-1]


def item_of(opened: dict[str, list[dict[str, str]]]) -> str:
    return opened["items"][0]["item_id"]


def test_a_vote_is_changeable_while_open_and_refused_after(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    assert ana.vote(item_of(opened), "agree", "good")["ok"]
    assert ana.vote(item_of(opened), "disagree", "on reflection")["ok"]
    built.facilitator.call("close_round", round=opened["round_id"])
    late = ana.vote(item_of(opened), "agree")
    assert late["error"] == "PT410"
    assert "closed" in late["message"]
    built.facilitator.call("reveal_round", round=opened["round_id"])
    [result] = decode(tuple[RoundResult, ...], ana.call("read_results"))
    assert [(v.person_name, v.position, v.reason) for v in result.votes] == [("Ana", "disagree", "on reflection")]


def test_a_batch_counts_the_good_votes_and_names_what_is_wrong_with_each_other(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    good = {
        "workshop": built.workshop,
        "token_hash": ana.token_hash,
        "item_id": item,
        "position": "agree",
        "reason": "",
        "request_id": new_id(),
    }
    outcomes = store.call(
        "cast_votes",
        votes=[
            good | {"token_hash": "0" * 64},
            good | {"token_hash": built.facilitator.token_hash},
            good | {"position": "maybe"},
            good | {"item_id": new_id()},
            good | {"reason": "x" * 1001},
            good,
        ],
    )
    assert [o.get("error") for o in outcomes] == ["PT401", "PT403", "PT400", "PT404", "PT400", None]


def test_those_present_at_opening_and_those_who_join_while_it_is_open_are_eligible(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    ben = built.join("Ben")
    built.facilitator.call("close_round", round=opened["round_id"])
    late = built.join("Late")
    for someone, is_eligible in ((ana, True), (ben, True), (late, False)):
        assert decode(Round, someone.call("read_rounds")[0]).i_am_eligible is is_eligible
    assert ben.call("read_rounds")[0]["turnout"]["eligible_count"] == 2


def test_the_facilitator_learns_who_has_voted_and_others_a_bare_count(store: Store) -> None:
    built = Built(store)
    ana, _ = built.join("Ana"), built.join("Ben")
    opened = built.open_round()
    ana.vote(item_of(opened), "agree")
    seen = decode(Round, built.facilitator.call("read_rounds")[0]).turnout
    assert (seen.voted, seen.missing, seen.voted_count, seen.eligible_count) == (("Ana",), ("Ben",), 1, 2)
    for someone in (ana, built.organizer):
        bare = decode(Round, someone.call("read_rounds")[0]).turnout
        assert (bare.voted, bare.missing, bare.voted_count) == ((), (), 1)


def test_revealing_needs_closing_first_and_both_are_the_facilitators(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    with pytest.raises(Conflict, match="Close the round first"):
        built.facilitator.call("reveal_round", round=opened["round_id"])
    for function in ("close_round", "reveal_round"):
        with pytest.raises(NotAllowed):
            ana.call(function, round=opened["round_id"])
    for _ in range(2):
        closed = built.facilitator.call("close_round", round=opened["round_id"])
    assert closed["status"] == "closed"


def test_closing_twice_and_revealing_twice_change_nothing(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree", "why not")
    built.others_vote(opened)
    first = reveal(built, opened)
    again = reveal(built, opened)
    assert first == again


def test_an_anonymous_vote_can_be_linked_to_nobody_once_revealed(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree", "reason of one")
    ben.vote(item_of(opened), "disagree", "reason of two")
    built.others_vote(opened, 1)
    result = reveal(built, opened)
    assert [(v.position, v.reason, v.person_id, v.person_name) for v in result.votes] == [
        ("agree", "reason of one", None, None),
        ("disagree", "reason of two", None, None),
        ("pass", "", None, None),
    ]
    for someone in (ana, ben, built.facilitator, built.organizer):
        assert someone.call("read_rounds")[0]["my_votes"] == []
    assert (result.voted_count, result.eligible_count) == (3, 3)


def test_removing_someone_after_an_anonymous_reveal_does_not_give_their_vote_away(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree")
    ben.vote(item_of(opened), "disagree")
    built.others_vote(opened)
    before = reveal(built, opened)
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    assert decode(tuple[RoundResult, ...], built.facilitator.call("read_results")) == (before,)


@pytest.mark.parametrize("anonymity", ["named", "anonymous"])
def test_votes_of_a_person_removed_before_the_reveal_are_excluded_and_that_is_said(
    store: Store, anonymity: str
) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round(anonymity)
    ana.vote(item_of(opened), "agree")
    ben.vote(item_of(opened), "disagree")
    built.others_vote(opened)
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    result = reveal(built, opened)
    assert [v.position for v in result.votes] == ["agree", "pass", "pass"]
    assert (result.voted_count, result.eligible_count, result.removed_count) == (3, 3, 1)


def test_an_anonymous_round_is_not_revealed_while_its_counts_would_tell_who_voted_what(store: Store) -> None:
    built = Built(store)
    ana, ben, eve = (built.join(name) for name in ("Ana", "Ben", "Eve"))
    opened = built.open_round("anonymous")
    for someone in (ana, ben, eve):
        someone.vote(item_of(opened), "disagree", "planted reason")
    # Not even by removing all but one.
    for removed, left in ((eve, "2 people"), (ben, "1 person")):
        built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
        built.facilitator.call("close_round", round=opened["round_id"])
        with pytest.raises(Conflict, match=f"Only {left} voted.*Open a new round"):
            built.facilitator.call("reveal_round", round=opened["round_id"])
    assert "planted" not in str(built.facilitator.call("export_workshop"))
    assert built.facilitator.call("read_results") == []


def test_a_clause_reworded_since_the_vote_is_shown_as_voted_on_and_as_no_longer_current(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    ana.vote(item_of(opened), "agree")
    built.commit(ana, [built.clauses[0] | {"wording": "Reworded."}, built.clauses[1]], 1)
    [item] = reveal(built, opened).items
    assert (item.text, item.version_number, item.is_current_wording) == ("Ask before you answer.", 1, False)


def test_only_finished_shared_responses_and_clauses_of_a_published_version_go_to_the_vote(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, [None], shared=False)
    [private] = built.answer()
    built.run(ana, ["current"])
    [waiting] = ana.call("read_responses")[1:]
    snapshot = {"kind": "clause", "version_id": waiting["version_id"], "clause_id": built.clauses[0]["clause_id"]}
    for item in (
        {"kind": "response", "response_id": private["response_id"]},
        {"kind": "response", "response_id": waiting["response_id"]},
        snapshot,
        {"kind": "person"},
    ):
        with pytest.raises(NotFound, match="cannot be voted on"):
            built.facilitator.call("open_round", round=new_id(), question="?", anonymity="named", items=[item])
    with pytest.raises(ValidationFailed):
        built.facilitator.call("open_round", round=new_id(), question="?", anonymity="named", items=[])
    built.answer()
    opened = built.facilitator.call(
        "open_round",
        round=new_id(),
        question="?",
        anonymity="named",
        items=[{"kind": "response", "response_id": waiting["response_id"]}],
    )
    item = decode(Round, opened).items[0]
    assert (item.label, item.scenario_text, item.text) == ("S1 · unpublished text", "Question 1?", "An answer.")


def test_marks_made_since_an_item_went_to_the_vote_stay_hidden_until_revealed(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    built.run(ana, ["current"])
    [cell] = built.answer()
    where = {"response": cell["response_id"], "clause": built.clauses[0]["clause_id"]}
    ben.call("set_mark", **where, value="violated")
    opened = built.open_round()
    ana.call("set_mark", **where, value="followed")
    for someone in (ben, built.facilitator, built.organizer):
        assert [m["value"] for m in someone.call("read_marks")] == ["violated"]
        assert [m["value"] for m in someone.call("export_workshop")["marks"]] == ["violated"]
    assert len(ana.call("read_marks")) == 2
    built.facilitator.call("change_person", person=ana.person, changes={"token_hash": hash_of("new" + built.code)})
    reissued = Someone(store, built.workshop, "new" + built.code, ana.person)
    assert [m["value"] for m in reissued.call("read_marks")] == ["violated"], "nor to who made Ana a new link"
    reveal(built, opened)
    assert len(ben.call("read_marks")) == 2


def test_an_export_names_what_it_withholds(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree", "planted reason")
    built.others_vote(opened)
    exported = ana.call("export_workshop")
    assert "planted reason" not in str(exported)
    assert "votes and reasons of round 1" in [w["what"] for w in exported["withheld"]]
    reveal(built, opened)
    exported = built.organizer.call("export_workshop")
    assert "planted reason" in str(exported)
    assert "who voted what in round 1" in [w["what"] for w in exported["withheld"]]
    for secret in (built.code, ana.token_hash, built.facilitator.token_hash, "token_hash", "join_code"):
        assert secret not in str(exported)
    on_the_command_line = store.call("export_as_server", workshop=built.workshop)
    assert on_the_command_line | {"exported_at": 0} == exported | {"exported_at": 0}


def test_many_votes_at_once_are_all_counted_once(store: Store) -> None:
    built = Built(store)
    people = [built.join(f"P{n}") for n in range(40)]
    opened = built.open_round()

    def cast(someone: Someone) -> bool:
        return all(someone.vote(item_of(opened), position).get("ok") for position in ("agree", "disagree"))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(cast, people))
    result = reveal(built, opened)
    assert {v.person_id for v in result.votes} == {p.person for p in people}
    assert {str(v.position) for v in result.votes} == {"disagree"}
    assert len(result.votes) == 40


@pytest.mark.parametrize("anonymity", ["named", "anonymous"])
def test_who_re_issues_somebodys_link_and_opens_it_learns_nothing_of_their_votes(store: Store, anonymity: str) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round(anonymity)
    ana.vote(item_of(opened), "disagree", "planted reason")
    built.others_vote(opened)
    half_written = f"reason:{item_of(opened)}"
    ana.call("save_draft", field=half_written, text="planted half a reason", seq=1)
    ana.call("save_draft", field="clause:new", text="Half a clause", seq=1)
    assert [v["position"] for v in ana.call("read_rounds")[0]["my_votes"]] == ["disagree"]
    built.facilitator.call("change_person", person=ana.person, changes={"token_hash": hash_of("new" + built.code)})
    reissued = Someone(store, built.workshop, "new" + built.code, ana.person)
    for status in ("open", "closed"):
        [seen] = reissued.call("read_rounds")
        assert (seen["status"], seen["my_votes"]) == (status, [])
        assert list(reissued.call("read_drafts")) == ["clause:new"]
        assert "planted" not in str(reissued.call("export_workshop"))
        if status == "open":
            assert reissued.call("read_place")["open_rounds"][0]["i_have_voted"]
            built.facilitator.call("close_round", round=opened["round_id"])
    result = reveal(built, opened)
    assert [v.position for v in result.votes] == ["disagree", "pass", "pass"]
    assert len(reissued.call("read_rounds")[0]["my_votes"]) == (1 if anonymity == "named" else 0)
    assert (half_written in reissued.call("read_drafts")) is (anonymity == "named")
    reissued.call("save_draft", field=half_written, text="Written with the new link", seq=2)
    assert reissued.call("read_drafts")[half_written]["text"] == "Written with the new link"


def test_a_vote_cast_with_the_re_issued_link_is_read_back_with_it(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    ana.vote(item_of(opened), "disagree")
    built.facilitator.call("change_person", person=ana.person, changes={"token_hash": hash_of("new" + built.code)})
    reissued = Someone(store, built.workshop, "new" + built.code, ana.person)
    reissued.vote(item_of(opened), "agree")
    assert [v["position"] for v in reissued.call("read_rounds")[0]["my_votes"]] == ["agree"]


def test_a_name_is_gone_with_its_persons_data_even_from_the_turnout_of_an_anonymous_round(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round("anonymous")
    for someone in (ana, ben):
        someone.vote(item_of(opened), "agree")
    built.others_vote(opened, 1)
    reveal(built, opened)
    ana.call("leave_workshop", delete_data=True)
    turnout = decode(Round, built.facilitator.call("read_rounds")[0]).turnout
    assert (turnout.voted, turnout.voted_count, turnout.eligible_count) == (("Another 0", "Ben"), 3, 3)


def test_who_leaves_after_the_close_without_a_vote_stays_in_the_denominator(store: Store) -> None:
    built = Built(store)
    ana, ben, eve = built.join("Ana"), built.join("Ben"), built.join("Eve")
    opened = built.open_round()
    ana.vote(item_of(opened), "agree")
    eve.call("leave_workshop", delete_data=False)
    built.facilitator.call("close_round", round=opened["round_id"])
    ben.call("leave_workshop", delete_data=False)
    turnout = decode(Round, built.facilitator.call("read_rounds")[0]).turnout
    assert (turnout.voted_count, turnout.eligible_count, turnout.missing) == (1, 2, ("Ben",))


def test_the_frame_and_the_ballot_show_one_turnout(store: Store) -> None:
    built = Built(store)
    ana, ben, eve = built.join("Ana"), built.join("Ben"), built.join("Eve")
    opened = built.open_round()
    for someone in (ana, ben):
        someone.vote(item_of(opened), "agree")
    ana.call("leave_workshop", delete_data=False)
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    [notice] = eve.call("read_place")["open_rounds"]
    [seen] = eve.call("read_rounds")
    for count in ("voted_count", "eligible_count"):
        assert notice[count] == seen["turnout"][count]
    assert (notice["i_have_voted"], notice["i_am_eligible"]) == (False, True)


def test_an_item_carries_no_id_but_its_own(store: Store) -> None:
    built, other = Built(store), Built(store)
    built.run(built.facilitator, [None])
    [cell] = built.answer()
    foreign = other.publish()["version_id"]
    item = {"kind": "response", "response_id": cell["response_id"]}
    for twice in ([item, item | {"note": 1}], [item, item | {"response_id": cell["response_id"].upper()}]):
        with pytest.raises(ValidationFailed, match="chosen twice"):
            built.facilitator.call("open_round", round=new_id(), question="?", anonymity="named", items=twice)
    items = [item | {"version_id": foreign, "clause_id": other.clauses[0]["clause_id"]}]
    opened = built.facilitator.call("open_round", round=new_id(), question="?", anonymity="named", items=items)
    assert (opened["items"][0]["version_id"], opened["items"][0]["clause_id"]) == (None, None)


def test_a_hidden_scenario_is_hidden_on_the_ballot_with_its_title(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, [None])
    [cell] = built.answer()
    items = [{"kind": "response", "response_id": cell["response_id"]}]
    built.facilitator.call("open_round", round=new_id(), question="?", anonymity="named", items=items)
    assert "Case 1" in str(ana.call("read_rounds"))
    built.facilitator.call("hide_text", kind="scenario", id=built.scenarios[0], is_hidden=True)
    for function in ("read_rounds", "export_workshop", "read_scenarios"):
        assert "Case 1" not in str(ana.call(function))
        assert "Question 1?" not in str(ana.call(function))


def test_a_vote_without_a_request_id_can_be_changed_too(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    vote = {
        "workshop": built.workshop,
        "token_hash": ana.token_hash,
        "item_id": item,
        "reason": None,
        "request_id": None,
    }
    store.call("cast_votes", votes=[vote | {"position": "agree"}])
    store.call("cast_votes", votes=[vote | {"position": "disagree"}])
    assert [v["position"] for v in ana.call("read_rounds")[0]["my_votes"]] == ["disagree"]


def test_a_round_opened_twice_at_the_same_moment_is_one(store: Store) -> None:
    built = Built(store)
    version = built.publish()
    items = [{"kind": "clause", "version_id": version["version_id"], "clause_id": built.clauses[0]["clause_id"]}]
    for _ in range(5):
        arguments = {"round": new_id(), "question": "?", "anonymity": "named", "items": items}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: built.facilitator.call("open_round", **arguments), range(4)))  # noqa: B023
        assert answers == [answers[0]] * 4
    assert [r["number"] for r in built.facilitator.call("read_rounds")] == [5, 4, 3, 2, 1]


def test_every_vote_is_wholly_before_or_after_the_close(store: Store) -> None:
    built = Built(store)
    people = [built.join(f"P{n}") for n in range(16)]
    opened = built.open_round("anonymous")
    counted: list[bool] = []

    def cast(someone: Someone) -> None:
        for position in ("agree", "disagree", "pass"):
            counted.append(bool(someone.vote(item_of(opened), position).get("ok")))

    with ThreadPoolExecutor(9) as pool:
        casting = [pool.submit(cast, someone) for someone in people]
        while len(counted) < 12:
            time.sleep(0.001)
        result = reveal(built, opened)
        for future in casting:
            future.result()
    assert result == decode(tuple[RoundResult, ...], built.facilitator.call("read_results"))[-1]
    assert len(result.votes) == result.voted_count >= 4
