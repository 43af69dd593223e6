"""Who is here, where and since when idle, who has voted; and a nudge, once, that they can put away."""

from typing import Any

import pytest

from lib.domain.errors import NotAllowed, ValidationFailed
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def person(built: Built, someone: Someone, by: Someone | None = None) -> dict[str, Any]:
    people = (by or built.facilitator).call("read_people")
    return next(dict(p) for p in people if p["person_id"] == someone.person)


def touch(built: Built, someone: Someone, **more: object) -> None:
    built.store.call("touch_people", people=[{"workshop": built.workshop, "token_hash": someone.token_hash, **more}])


def nudge(built: Built, *people: Someone, reason: str = "idle", by: Someone | None = None) -> int:
    answer = (by or built.facilitator).call("nudge_people", people=[one.person for one in people], reason=reason)
    return int(answer["nudged"])


def nudge_of(someone: Someone) -> Any:
    found = someone.call("read_place")["me"]["nudge"]
    return found and found["reason"]


def a_minute_passes(address: str) -> None:
    with owner_connection(address) as owner:
        owner.rows("update public.people set nudged_at = nudged_at - interval '1 minute'")


def test_the_facilitator_sees_page_and_last_act_and_nobody_else_does(built: Built) -> None:
    ana = built.join("Ana")
    touch(built, ana, page="vote", idle_s=30.0)
    seen = person(built, ana)
    assert (seen["page"], seen["acted_at"] < seen["last_seen_at"]) == ("vote", True)
    for someone in (ana, built.organizer):
        assert not {"page", "acted_at", "has_voted", "nudged_at", "nudged_for"} & person(built, ana, someone).keys()


def test_of_several_pages_the_one_in_which_they_did_something_last_counts(built: Built) -> None:
    ana = built.join("Ana")
    who = {"workshop": built.workshop, "token_hash": ana.token_hash}
    pages = [who | {"page": "draft", "idle_s": 300.0}, who | {"page": "test", "idle_s": 1.0}, who]
    built.store.call("touch_people", people=pages)
    assert person(built, ana)["page"] == "test"
    acted = person(built, ana)["acted_at"]
    touch(built, ana)
    touch(built, ana, page="test", idle_s=9999.0)
    assert person(built, ana)["acted_at"] == acted, "an act is not forgotten"


def test_who_has_voted_is_known_to_the_facilitator_and_never_what(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    assert person(built, ana)["has_voted"] is None
    opened = built.open_round()
    ana.vote(opened["items"][0]["item_id"], "disagree", "because")
    assert (person(built, ana)["has_voted"], person(built, ben)["has_voted"]) == (True, False)
    assert "disagree" not in str(built.facilitator.call("read_people"))


def test_a_nudge_stands_on_the_page_until_it_is_put_away(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    assert nudge(built, ana) == 1
    assert (nudge_of(ana), nudge_of(ben)) == ("idle", None)
    for _ in range(2):
        ana.call("put_away_nudge")
    assert nudge_of(ana) is None


def test_nobody_is_nudged_more_than_once_a_minute(built: Built, database_address: str) -> None:
    ana = built.join("Ana")
    assert [nudge(built, ana) for _ in range(2)] == [1, 0]
    ana.call("put_away_nudge")
    assert nudge(built, ana) == 0
    assert nudge_of(ana) is None
    a_minute_passes(database_address)
    assert nudge(built, ana) == 1
    assert nudge_of(ana) == "idle"


def test_only_who_has_not_voted_is_asked_to_and_no_more_once_they_have(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    assert nudge(built, ana, reason="vote") == 0, "there is no round"
    item = built.open_round()["items"][0]["item_id"]
    ana.vote(item, "agree")
    assert nudge(built, ana, ben, reason="vote") == 1
    assert (nudge_of(ana), nudge_of(ben)) == (None, "vote")
    ben.vote(item, "pass")
    assert nudge_of(ben) is None


def test_a_nudge_is_taken_back_from_all_pages_on_which_it_stands_and_no_other(built: Built) -> None:
    ana, ben, cleo = (built.join(name) for name in ("Ana", "Ben", "Cleo"))
    built.open_round()
    nudge(built, ana)
    nudge(built, ben, cleo, reason="vote")
    assert [person(built, one)["nudged_for"] for one in (ana, ben, cleo)] == ["idle", "vote", "vote"]
    before = ana.call("read_place")["workshop"]["rev"]
    for _ in range(2):
        built.facilitator.call("take_back_nudges", people=[ana.person, ben.person])
    assert [nudge_of(one) for one in (ana, ben, cleo)] == [None, None, "vote"]
    assert [person(built, one)["nudged_for"] for one in (ana, ben, cleo)] == [None, None, "vote"]
    assert ana.call("read_place")["workshop"]["rev"] == before + 1, "taking back what is gone is no news"
    assert nudge(built, ana) == 0, "nobody is nudged more than once a minute, taken back or not"


def test_a_nudge_stands_no_more_for_who_leads_once_it_is_put_away_or_done(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    item = built.open_round()["items"][0]["item_id"]
    nudge(built, ana)
    nudge(built, ben, reason="vote")
    ana.call("put_away_nudge")
    ben.vote(item, "agree")
    assert [person(built, one)["nudged_for"] for one in (ana, ben)] == [None, None]


def test_nobody_else_nudges_and_nobody_elsewhere_is_reached(store: Store, built: Built) -> None:
    ana, eve = built.join("Ana"), Built(store).join("Eve")
    for someone in (ana, built.organizer):
        with pytest.raises(NotAllowed):
            nudge(built, ana, by=someone)
        with pytest.raises(NotAllowed):
            someone.call("take_back_nudges", people=[ana.person])
    assert nudge(built, eve, Someone(store, built.workshop, "", new_id())) == 0
    assert nudge_of(eve) is None
    Built(store).facilitator.call("take_back_nudges", people=[ana.person])
    with pytest.raises(ValidationFailed):
        nudge(built, ana, reason="boredom")
