"""What the database does with rounds: blindness, turnout, anonymity, removed people, earlier wordings."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.domain.rounds import Round, RoundResult
from lib.store.decode import decode
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id


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
    first = reveal(built, opened)
    again = reveal(built, opened)
    assert first == again


def test_an_anonymous_vote_can_be_linked_to_nobody_once_revealed(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree", "reason of one")
    ben.vote(item_of(opened), "disagree", "reason of two")
    result = reveal(built, opened)
    assert [(v.position, v.reason, v.person_id, v.person_name) for v in result.votes] == [
        ("agree", "reason of one", None, None),
        ("disagree", "reason of two", None, None),
    ]
    for someone in (ana, ben, built.facilitator, built.organizer):
        assert someone.call("read_rounds")[0]["my_votes"] == []
    assert (result.voted_count, result.eligible_count) == (2, 2)


def test_removing_someone_after_an_anonymous_reveal_does_not_give_their_vote_away(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree")
    ben.vote(item_of(opened), "disagree")
    before = reveal(built, opened)
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    assert decode(tuple[RoundResult, ...], built.facilitator.call("read_results")) == (before,)


@pytest.mark.parametrize("anonymity", ["named", "anonymous"])
def test_votes_of_a_person_removed_before_the_reveal_are_excluded_and_that_is_said(store: Store, anonymity: str) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round(anonymity)
    ana.vote(item_of(opened), "agree")
    ben.vote(item_of(opened), "disagree")
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    result = reveal(built, opened)
    assert [v.position for v in result.votes] == ["agree"]
    assert (result.voted_count, result.eligible_count, result.removed_count) == (1, 1, 1)


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
    reveal(built, opened)
    assert len(ben.call("read_marks")) == 2


def test_an_export_names_what_it_withholds(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree", "planted reason")
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
