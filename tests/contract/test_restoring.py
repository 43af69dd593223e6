"""A version is restored as a new one and nobody loses a word; news tells what others changed. On both transports."""

from typing import Any

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, clause, new_id


@pytest.fixture
def built(store: Store) -> Built:
    made = Built(store)
    made.publish("first")
    return made


def restore(someone: Someone, number: int, **changes: Any) -> dict[str, Any]:
    given = {"base_revision": 1, "note": "", "request_id": new_id()} | changes
    return dict(someone.call("restore_version", number=number, **given))


def policy(built: Built) -> dict[str, Any]:
    return dict(built.facilitator.call("read_policy")["policy"])


def versions(built: Built) -> list[tuple[int, str]]:
    return [(one["number"], one["note"]) for one in built.facilitator.call("read_policy")["versions"]]


def told_of_restoring(built: Built) -> dict[int, tuple[bool, int | None]]:
    """By version: whether it came of restoring another one, and which one keeps what stood there until then."""
    return {
        one["number"]: (one["is_restored"], one["kept_before"])
        for one in built.facilitator.call("read_policy")["versions"]
    }


def changed(built: Built, someone: Someone) -> dict[str, Any]:
    """One clause reworded, one withdrawn, one new."""
    first, _ = built.clauses
    built.commit(someone, [first | {"wording": "Ask twice."}, clause("Be brief.")], base=policy(built)["revision"])
    return policy(built)


def test_what_is_written_now_is_published_first_and_then_the_version_comes_back_as_a_new_one(built: Built) -> None:
    ana = built.join("Ana")
    now = changed(built, ana)
    done = restore(ana, 1, base_revision=now["revision"])
    assert (done["published_before"]["number"], done["restored"]["number"], done["has_moved_on"]) == (2, 3, False)
    assert versions(built) == [(3, "v1 restored"), (2, "As it was before v1 was restored"), (1, "first")]
    read = {number: ana.call("read_version", number=number) for number in (1, 2, 3)}
    assert read[2]["text"] == now["text"]
    assert read[3]["text"] == read[1]["text"] == policy(built)["text"]
    assert done["restored"]["published_by"] == "Ana"
    assert told_of_restoring(built) == {3: (True, 2), 2: (False, None), 1: (False, None)}


def test_where_all_was_published_the_version_that_comes_back_names_none_that_was_made_before_it(built: Built) -> None:
    ana = built.join("Ana")
    changed(built, ana)
    built.publish("second")
    restore(ana, 1)
    assert told_of_restoring(built) == {3: (True, None), 2: (False, None), 1: (False, None)}


def test_clauses_keep_their_identity_and_their_history_says_what_happened(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    added = changed(built, ana)["clauses"][1]["clause_id"]
    restore(ben, 1)
    found = policy(built)
    assert [one["clause_id"] for one in found["clauses"]] == [one["clause_id"] for one in built.clauses]
    assert [one["wording"] for one in found["clauses"]] == [one["wording"] for one in built.clauses]
    assert [one["clause_id"] for one in found["withdrawn"]] == [added]
    first, second = (one["clause_id"] for one in built.clauses)
    histories = {
        clause_id: [(one["kind"], one["by"]) for one in ben.call("read_clause_history", clause=clause_id)][-2:]
        for clause_id in (first, second, added)
    }
    assert histories[first] == [("edited", "Ana"), ("edited", "Ben")]
    assert histories[second] == [("withdrawn", "Ana"), ("restored", "Ben")]
    assert histories[added] == [("added", "Ana"), ("withdrawn", "Ben")]


def test_what_is_published_already_is_not_published_twice(built: Built) -> None:
    changed(built, built.join("Ana"))
    built.publish("second")
    done = restore(built.facilitator, 1, note="  Back to the start ")
    assert done["published_before"] is None
    assert versions(built) == [(3, "Back to the start"), (2, "second"), (1, "first")]


def test_restoring_can_be_taken_back_by_restoring_what_was_before(built: Built) -> None:
    ana = built.join("Ana")
    now = changed(built, ana)
    restore(ana, 1)
    restore(ana, 2)
    found = policy(built)
    assert found["text"] == now["text"]
    assert [one["clause_id"] for one in found["clauses"]] == [one["clause_id"] for one in now["clauses"]]
    assert [number for number, _ in versions(built)] == [4, 3, 2, 1]


def test_a_text_that_moved_on_since_it_was_looked_at_is_published_too_and_that_is_said(built: Built) -> None:
    ana = built.join("Ana")
    seen = policy(built)["revision"]
    now = changed(built, built.join("Ben"))
    done = restore(ana, 1, base_revision=seen)
    assert done["has_moved_on"] is True
    assert ana.call("read_version", number=done["published_before"]["number"])["text"] == now["text"]


def test_the_same_request_restores_once_and_is_nobody_elses(built: Built) -> None:
    ana, request = built.join("Ana"), new_id()
    changed(built, ana)
    first = restore(ana, 1, request_id=request)
    again = restore(ana, 1, request_id=request)
    assert again == first | {"has_moved_on": False}
    assert len(versions(built)) == 3
    with pytest.raises(Conflict):
        restore(built.facilitator, 1, request_id=request)


def test_locked_editing_and_roles_are_respected(built: Built) -> None:
    ana = built.join("Ana")
    changed(built, ana)
    with pytest.raises(NotAllowed):
        restore(built.organizer, 1)
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    with pytest.raises(NotAllowed, match="locked"):
        restore(ana, 1)
    assert len(versions(built)) == 1
    assert restore(built.facilitator, 1)["restored"]["number"] == 3


def test_what_cannot_be_restored_is_refused_and_writes_nothing(built: Built) -> None:
    with pytest.raises(ValidationFailed, match="already"):
        restore(built.facilitator, 1)
    with pytest.raises(NotFound, match="no version 7"):
        restore(built.facilitator, 7)
    with pytest.raises(ValidationFailed):
        restore(built.facilitator, 1, note="x" * 501)
    assert len(versions(built)) == 1


def test_a_hidden_clause_does_not_come_back_through_a_version(built: Built) -> None:
    ana = built.join("Ana")
    changed(built, ana)
    gone = built.clauses[1]["clause_id"]
    built.facilitator.call("hide_text", kind="clause", id=gone, is_hidden=True)
    for someone in (ana, built.facilitator):
        with pytest.raises(NotAllowed, match="hidden"):
            restore(someone, 1)
    built.facilitator.call("hide_text", kind="clause", id=gone, is_hidden=False)
    assert restore(ana, 1)["restored"]["number"] == 3


def news(someone: Someone, revision: int) -> list[dict[str, Any]]:
    return list(someone.call("read_policy_news", revision=revision)["changes"])


def test_news_tells_what_others_changed_from_then_to_now_and_who(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    seen = policy(built)["revision"]
    changed(built, ben)
    reworded, new, gone = news(ana, seen)
    assert (reworded["before"]["wording"], reworded["after"]["wording"]) == ("Ask before you answer.", "Ask twice.")
    assert (new["before"], new["after"]["wording"]) == (None, "Be brief.")
    assert (gone["before"]["wording"], gone["after"]) == ("Name a source.", None)
    assert [one["by"] for one in (reworded, new, gone)] == [["Ben"]] * 3
    assert news(ana, policy(built)["revision"]) == []


def test_ones_own_changes_are_no_news(built: Built) -> None:
    ana = built.join("Ana")
    seen = policy(built)["revision"]
    changed(built, ana)
    assert news(ana, seen) == []
    assert len(news(built.organizer, seen)) == 3


def test_what_came_and_went_in_between_or_is_as_it_was_is_no_news(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    seen = policy(built)["revision"]
    changed(built, ben)
    built.commit(ben, built.clauses, base=policy(built)["revision"])
    assert news(ana, seen) == []


def test_the_words_of_a_hidden_clause_are_no_news_to_others(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    seen = policy(built)["revision"]
    changed(built, ben)
    built.facilitator.call("hide_text", kind="clause", id=built.clauses[1]["clause_id"], is_hidden=True)
    assert "Name a source." not in str(news(ana, seen))
    assert "Name a source." in str(news(built.facilitator, seen))


def test_whoever_never_looked_is_told_what_changed_since_they_joined(built: Built) -> None:
    early = built.join("Ana")
    changed(built, built.join("Ben"))
    late = built.join("Cem")
    assert len(early.call("read_policy_news", revision=None)["changes"]) == 3
    assert late.call("read_policy_news", revision=None)["changes"] == []
