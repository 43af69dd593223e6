"""What the database does with the policy: identities, history, compare-and-swap, versions."""

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.domain.policy import ClauseEvent, Policy, PolicyVersion, VersionHeader
from lib.store.decode import decode
from lib.store.port import Store
from tests.support.workshop_builder import Built, clause, new_id, text_of


def test_clauses_get_numbers_that_are_never_reused(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.commit(ana, built.clauses[:1], 1)
    third = clause("Say when you do not know.")
    built.commit(ana, [*built.clauses[:1], third], 2)
    policy = decode(Policy, ana.call("read_policy")["policy"])
    assert [c.number for c in policy.clauses] == [1, 3]
    assert [c.number for c in policy.withdrawn] == [2]
    assert policy.clauses[1].authors == ("Ana",)


def test_history_tells_what_happened_to_a_clause_and_by_whom(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    first, second = built.clauses
    built.commit(ana, [first | {"wording": "Ask first."}, second], 1)
    built.commit(ben, [first | {"wording": "Ask first.", "section": "Other"}, second], 2)
    built.commit(ben, [first | {"wording": "Ask first.", "section": "Other", "always": True}, second], 3)
    built.commit(ana, [second], 4)
    built.commit(ana, [second, first | {"wording": "Ask first."}], 5)
    events = decode(tuple[ClauseEvent, ...], ana.call("read_clause_history", clause=first["clause_id"]))
    assert [(e.kind, e.by) for e in events] == [
        ("added", "Facilitator"),
        ("edited", "Ana"),
        ("moved", "Ben"),
        ("tagged", "Ben"),
        ("withdrawn", "Ana"),
        ("restored", "Ana"),
    ]


def test_the_second_of_two_writers_is_told_and_nothing_of_theirs_is_written(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    built.commit(ana, [*built.clauses, clause("Ana's")], 1)
    with pytest.raises(Conflict):
        built.commit(ben, [*built.clauses, clause("Ben's")], 1)
    assert "Ben's" not in ana.call("read_policy")["policy"]["text"]


def test_a_repeated_request_changes_nothing(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    more = [*built.clauses, clause("New")]
    request = new_id()
    assert built.commit(ana, more, 1, request) == built.commit(ana, more, 1, request) == {"revision": 2}


def test_a_locked_policy_is_the_facilitators_alone(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    with pytest.raises(NotAllowed, match="locked"):
        built.commit(ana, built.clauses[:1], 1)
    built.commit(built.facilitator, built.clauses[:1], 1)


def test_the_organizer_writes_nothing(store: Store) -> None:
    built = Built(store)
    with pytest.raises(NotAllowed):
        built.commit(built.organizer, [], 1)


def test_versions_are_numbered_immutable_and_remember_their_wording(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    header = decode(VersionHeader, built.publish("First try"))
    assert (header.number, header.note, header.clause_count) == (1, "First try", 2)
    built.commit(ana, [built.clauses[0] | {"wording": "Changed."}, built.clauses[1]], 1)
    built.publish()
    first = decode(PolicyVersion, ana.call("read_version", number=1))
    assert first.text == text_of(built.clauses)
    assert first.clauses[0].wording == "Ask before you answer."
    assert [v["number"] for v in ana.call("read_policy")["versions"]] == [2, 1]


def test_a_version_of_an_older_text_of_no_clause_or_of_nothing_new_is_refused(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    with pytest.raises(Conflict, match="changed since"):
        ana.call("publish_version", base_revision=0, note="", request_id=new_id())
    built.publish()
    with pytest.raises(ValidationFailed, match="Nothing has changed"):
        built.publish()
    built.commit(ana, [], 1)
    with pytest.raises(ValidationFailed, match="no clause"):
        built.publish()
    with pytest.raises(NotFound):
        ana.call("read_version", number=9)


def test_publishing_twice_with_one_request_gives_one_version(store: Store) -> None:
    built = Built(store)
    arguments = {"base_revision": 1, "note": "", "request_id": new_id()}
    assert built.facilitator.call("publish_version", **arguments) == built.facilitator.call(
        "publish_version", **arguments
    )
    assert built.facilitator.call("read_place")["latest_version_number"] == 1


@pytest.mark.parametrize("wording", ["", " \n", "\u00a0\u200b\u3000", "x" * 2001])
def test_an_empty_or_overlong_clause_is_refused_whole(store: Store, wording: str) -> None:
    built = Built(store)
    with pytest.raises(ValidationFailed):
        built.commit(built.facilitator, [*built.clauses, clause(wording)], 1)
    assert built.facilitator.call("read_policy")["policy"]["revision"] == 1


def test_a_clause_of_another_workshop_cannot_be_taken(store: Store) -> None:
    one, other = Built(store), Built(store)
    with pytest.raises(NotFound):
        one.commit(one.facilitator, [*one.clauses, other.clauses[0]], 1)


def test_a_hidden_clause_is_shown_to_the_facilitator_only(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    with pytest.raises(ValidationFailed, match="Withdraw it first"):
        built.facilitator.call("hide_text", kind="clause", id=built.clauses[0]["clause_id"], is_hidden=True)
    built.commit(ana, built.clauses[1:], 1)
    built.facilitator.call("hide_text", kind="clause", id=built.clauses[0]["clause_id"], is_hidden=True)
    assert ana.call("read_policy")["policy"]["withdrawn"][0]["wording"] == "(hidden by the facilitator)"
    history = ana.call("read_clause_history", clause=built.clauses[0]["clause_id"])
    assert {e["wording"] for e in history} == {"(hidden by the facilitator)"}
    assert built.facilitator.call("read_policy")["policy"]["withdrawn"][0]["wording"] == "Ask before you answer."


@pytest.mark.parametrize("missing", ["base_revision", "text", "clauses", "request_id"])
def test_a_commit_that_lacks_something_writes_nothing(store: Store, missing: str) -> None:
    built = Built(store)
    good = {"base_revision": 1, "text": "", "clauses": [], "request_id": new_id()}
    with pytest.raises((ValidationFailed, Conflict)):
        built.facilitator.call("commit_policy", **(good | {missing: None}))
    assert len(built.facilitator.call("read_policy")["policy"]["clauses"]) == 2
    with pytest.raises(Conflict):
        built.facilitator.call("publish_version", base_revision=None, note="", request_id=new_id())


def test_another_persons_request_id_does_not_pass_for_ones_own(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    request = new_id()
    built.commit(ana, [*built.clauses, clause("Ana's")], 1, request)
    with pytest.raises(Conflict, match="by somebody else"):
        built.commit(ben, [*built.clauses, clause("Ben's")], 2, request)
    ana.call("publish_version", base_revision=2, note="", request_id=request)
    with pytest.raises(Conflict, match="by somebody else"):
        ben.call("publish_version", base_revision=2, note="", request_id=request)


def test_one_clause_cannot_stand_twice_whatever_the_case_of_its_id(store: Store) -> None:
    built = Built(store)
    twin = built.clauses[0] | {"clause_id": built.clauses[0]["clause_id"].upper()}
    with pytest.raises(ValidationFailed, match="same identity"):
        built.commit(built.facilitator, [*built.clauses, twin], 1)


def test_a_restored_clause_is_no_longer_than_others(store: Store) -> None:
    built = Built(store)
    built.commit(built.facilitator, built.clauses[1:], 1)
    with pytest.raises(ValidationFailed, match="2001 characters"):
        built.commit(built.facilitator, [built.clauses[0] | {"wording": "x" * 2001}, built.clauses[1]], 2)


def test_a_hidden_clause_is_hidden_in_the_versions_that_hold_it_too(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    rude = clause("Something abusive.", section="Manner") | {"when": "abusive condition"}
    built.commit(ana, [*built.clauses, rude], 1)
    version = built.publish()
    built.commit(ana, built.clauses, 2)
    built.facilitator.call("hide_text", kind="clause", id=rude["clause_id"], is_hidden=True)
    reads: list[tuple[str, dict[str, object]]] = [
        ("read_version", {"number": 1}),
        ("read_version_by_id", {"version": version["version_id"]}),
        ("read_policy", {}),
        ("read_clause_history", {"clause": rude["clause_id"]}),
        ("export_workshop", {}),
    ]
    for function, arguments in reads:
        for someone in (ana, built.organizer):
            assert "abusive" not in str(someone.call(function, **arguments)), function
        assert "abusive" in str(built.facilitator.call(function, **arguments)) or function == "read_policy"
    seen = decode(PolicyVersion, ana.call("read_version", number=1))
    assert [c.wording for c in seen.clauses] == [
        "Ask before you answer.",
        "Name a source.",
        "(hidden by the facilitator)",
    ]
    assert seen.text == "- Ask before you answer.\n- Name a source.\n- (hidden by the facilitator)\n"
    assert "texts and names that are shown as hidden" in str(ana.call("export_workshop")["withheld"])


def test_an_unchanged_clause_keeps_its_place_and_its_history(store: Store) -> None:
    built = Built(store)
    third = clause("Third.")
    built.commit(built.facilitator, [third, *built.clauses], 1)
    policy = decode(Policy, built.facilitator.call("read_policy")["policy"])
    assert [c.number for c in policy.clauses] == [3, 1, 2]
    built.commit(built.facilitator, [third, *built.clauses], 2)
    assert len(built.facilitator.call("read_clause_history", clause=third["clause_id"])) == 1
