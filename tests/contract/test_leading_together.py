"""Co-facilitators: participants who lead by the facilitator's grant, through their own link, until it is taken back."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from lib.domain.errors import FolkmootError, NotAllowed, NotFound, SignedOut
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.security import hash_in, hash_token, leading_hash
from lib.services import leading
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, hash_of, new_id


class Leading(Someone):
    """A participant who acts as facilitator, with nothing but their own token."""

    @property
    def token_hash(self) -> str:
        return leading_hash(hash_of(self.token))


def as_leading(someone: Someone) -> Leading:
    return Leading(someone.store, someone.workshop, someone.token, someone.person)


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def grant(built: Built, someone: Someone, is_granted: bool = True, by: Someone | None = None) -> None:
    (by or built.facilitator).call("grant_leading", person=someone.person, is_granted=is_granted)


def person(built: Built, someone: Someone) -> dict[str, Any]:
    return next(dict(p) for p in built.facilitator.call("read_people") if p["person_id"] == someone.person)


def test_without_the_grant_ones_own_token_opens_nothing_more(built: Built) -> None:
    ana = built.join("Ana")
    for function in ("read_place", "read_people", "read_rounds"):
        with pytest.raises(SignedOut):
            as_leading(ana).call(function)


def test_a_co_facilitator_leads_with_their_own_token_and_stays_a_participant(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    grant(built, ana)
    lead = as_leading(ana)
    assert lead.call("read_place")["me"] | {"nudge": None} == {
        "person_id": ana.person,
        "role": "facilitator",
        "name": "Ana",
        "nudge": None,
        "is_co_facilitator": True,
    }
    assert lead.call("read_place")["workshop"]["join_code"] == built.code
    lead.call("set_workshop", changes={"stage": "test", "editing_is_locked": True})
    lead.call("change_person", person=ben.person, changes={"name": "Benno"})
    built.commit(lead, built.clauses[:1], 1)
    with pytest.raises(NotAllowed, match="locked the policy"):
        built.commit(ana, built.clauses, 2)
    assert ana.call("read_place")["me"]["role"] == "participant"
    assert ana.call("read_place")["workshop"]["join_code"] is None
    assert person(built, ana)["role"] == "participant"
    assert person(built, ben)["name"] == "Benno"


def test_their_votes_and_marks_are_a_participants_and_count_as_theirs(built: Built) -> None:
    ana = built.join("Ana")
    grant(built, ana)
    opened = built.open_round()
    item = opened["items"][0]["item_id"]
    assert ana.vote(item, "agree", "mine")["ok"]
    lead = as_leading(ana)
    turnout = lead.call("read_rounds")[0]["turnout"]
    assert (turnout["voted"], turnout["voted_count"], turnout["eligible_count"]) == (["Ana"], 1, 1)
    lead.call("close_round", round=opened["round_id"])
    lead.call("reveal_round", round=opened["round_id"])
    [result] = built.organizer.call("read_results")
    assert [(v["person_name"], v["position"]) for v in result["votes"]] == [("Ana", "agree")]


def test_taking_it_back_works_at_once_and_leaves_them_a_participant(built: Built) -> None:
    ana = built.join("Ana")
    grant(built, ana)
    grant(built, ana)
    as_leading(ana).call("set_workshop", changes={"stage": "test"})
    grant(built, ana, False)
    with pytest.raises(SignedOut):
        as_leading(ana).call("set_workshop", changes={"stage": "vote"})
    assert built.store.call(
        "read_standing", people=[{"workshop": built.workshop, "token_hash": as_leading(ana).token_hash}]
    ) == [None]
    assert not ana.call("read_place")["me"]["is_co_facilitator"]
    assert ana.call("read_place")["workshop"]["stage"] == "test"


def test_only_the_facilitators_own_link_gives_and_takes_the_right(built: Built) -> None:
    ana, ben, cleo = built.join("Ana"), built.join("Ben"), built.join("Cleo")
    for someone in (ana, ben):
        grant(built, someone)
    for someone, target, is_granted in (
        (as_leading(ana), cleo, True),
        (as_leading(ana), ben, False),
        (ana, cleo, True),
        (built.organizer, cleo, True),
    ):
        with pytest.raises(NotAllowed):
            grant(built, target, is_granted, by=someone)
    assert [person(built, one)["is_co_facilitator"] for one in (ana, ben, cleo)] == [True, True, False]
    grant(built, ana, False, by=as_leading(ana))
    assert not person(built, ana)["is_co_facilitator"], "whoever has it may lay it down"


def test_a_co_facilitator_reaches_no_secret_link_no_deletion_and_no_other_who_leads(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    for someone in (ana, ben):
        grant(built, someone)
    lead = as_leading(ana)
    for function, given in (
        ("renew_link", {"role": "facilitator", "new_token_hash": hash_of(new_id())}),
        ("renew_link", {"role": "organizer", "new_token_hash": hash_of(new_id())}),
        ("delete_workshop", {"title": "Legal questions"}),
        ("change_person", {"person": ben.person, "changes": {"is_removed": True}}),
        ("change_person", {"person": ben.person, "changes": {"token_hash": hash_of(new_id())}}),
        ("change_person", {"person": ana.person, "changes": {"token_hash": hash_of(new_id())}}),
    ):
        with pytest.raises(NotAllowed, match="not a co-facilitator"):
            lead.call(function, **given)
    credential = Credential(WorkshopId(built.workshop), lead.token_hash)
    for role in (Role.FACILITATOR, Role.ORGANIZER):
        with pytest.raises(NotAllowed):
            leading.reissue_role_link(built.store, credential, role, leading.new_link())
    assert built.facilitator.call("read_place")["me"]["role"] == "facilitator"
    assert built.organizer.call("read_place")


def test_leaving_being_removed_and_a_new_link_end_what_they_must(built: Built) -> None:
    ana, ben, cleo = built.join("Ana"), built.join("Ben"), built.join("Cleo")
    for someone in (ana, ben, cleo):
        grant(built, someone)
    with pytest.raises(NotAllowed, match="you are here as facilitator"):
        as_leading(ana).call("leave_workshop", delete_data=False)
    ana.call("leave_workshop", delete_data=False)
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    for someone in (ana, ben):
        with pytest.raises(SignedOut):
            as_leading(someone).call("read_place")
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": False})
    with pytest.raises(SignedOut):
        as_leading(ben).call("read_place")
    assert ben.call("read_place")["me"]["role"] == "participant"
    old, new = as_leading(cleo), new_id()
    built.facilitator.call("change_person", person=cleo.person, changes={"token_hash": hash_of(new)})
    with pytest.raises(SignedOut):
        old.call("read_place")
    assert as_leading(Someone(built.store, built.workshop, new, cleo.person)).call("read_place")
    assert built.facilitator.call("read_place"), "the facilitator's own link is touched by none of it"


def test_nobody_of_another_workshop_is_given_the_right(store: Store, built: Built) -> None:
    elsewhere = Built(store).join("Eve")
    for who in (elsewhere, Someone(store, built.workshop, "", new_id())):
        with pytest.raises(NotFound):
            grant(built, who)
    with suppress(FolkmootError):
        as_leading(elsewhere).call("read_place")
        pytest.fail("the right was given elsewhere")


def test_server_and_database_make_the_same_hash_of_a_token() -> None:
    cookies = {"folkmoot_participant_w": "A" * 22}
    assert hash_in(cookies, Role.PARTICIPANT, "w") == hash_token("A" * 22)
    assert hash_in(cookies, Role.FACILITATOR, "w") == leading_hash(hash_token("A" * 22))
    assert hash_in(cookies, Role.ORGANIZER, "w") is None
    assert hash_in(cookies, Role.FACILITATOR, "v") is None
    assert hash_in({"folkmoot_facilitator_w": "B" * 22, **cookies}, Role.FACILITATOR, "w") == hash_token("B" * 22)


@pytest.fixture
def running(built: Built) -> Iterator[Built]:
    """Whose runs wait for nobody after the test, in which calls may be claimed from any workshop."""
    yield built
    built.facilitator.call("stop_all_runs", stop=new_id())


def asked(built: Built, by: Someone, *versions: str | None, **changes: Any) -> str:
    """The run that somebody gets who asks this of both scenarios."""
    return str(built.run(by, list(versions), **{"scenarios": built.scenarios, **changes})["run_id"])


def test_of_two_who_lead_and_start_the_same_run_at_once_the_second_gets_the_first(running: Built) -> None:
    built = running
    ana = built.join("Ana")
    grant(built, ana)
    version = built.publish()["version_id"]
    together = threading.Barrier(2)

    def press(by: Someone) -> str:
        together.wait(30)
        return asked(built, by, version, None)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(press, (built.facilitator, as_leading(ana)))
    assert first == second
    [run] = built.facilitator.call("read_runs")
    assert run["cell_count"] == 4


def test_another_run_the_same_one_again_and_one_for_oneself_are_runs_of_their_own(
    running: Built, database_address: str
) -> None:
    built = running
    ana, ben = built.join("Ana"), built.join("Ben")
    grant(built, ana)
    version = built.publish()["version_id"]
    runs = {asked(built, built.facilitator, version, None)}
    others: list[tuple[Someone, dict[str, Any]]] = [
        (built.facilitator, {}),
        (ben, {}),
        (as_leading(ana), {"samples": 2}),
        (as_leading(ana), {"model": "other"}),
        (as_leading(ana), {"scenarios": built.scenarios[:1]}),
        (as_leading(ana), {"shared": False}),
    ]
    for by, changes in others:
        runs.add(asked(built, by, version, None, **changes))
    runs.add(asked(built, as_leading(ana), version))
    assert len(runs) == len(others) + 2
    with owner_connection(database_address) as owner:
        owner.rows("update public.runs set created_at = created_at - interval '10 seconds'")
    assert asked(built, as_leading(ana), version, None) not in runs, "a little later it is meant"


def test_a_run_that_was_stopped_is_not_given_to_whoever_starts_it_anew(running: Built) -> None:
    built = running
    ana = built.join("Ana")
    grant(built, ana)
    first = asked(built, built.facilitator, None)
    built.facilitator.call("stop_run", run=first)
    assert asked(built, as_leading(ana), None) != first


def test_whoever_leads_no_more_still_reads_what_they_typed_while_they_led(built: Built) -> None:
    ana = built.join("Ana")
    grant(built, ana)
    lead = as_leading(ana)
    lead.call("save_draft", field="console:brief", text="What we are here for", seq=1)
    assert lead.call("read_own_words") == ana.call("read_own_words")
    grant(built, ana, is_granted=False)
    assert ana.call("read_own_words")["drafts"] == {"console:brief": {"text": "What we are here for", "seq": 1}}
    with pytest.raises(SignedOut):
        lead.call("read_own_words")
