"""The agenda and the shared timer: who may, once each, and all of it can be taken back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from lib.domain.agenda import ActKind, Agenda
from lib.domain.errors import Conflict, FolkmootError, NotAllowed, NotFound, ValidationFailed
from lib.domain.ids import StepId, WorkshopId
from lib.domain.people import Credential
from lib.domain.workshop import Stage
from lib.samples.plans import HOUR, PLANS, fresh_plan
from lib.services import agenda as agendas
from lib.services.workshops import read_place
from lib.store.port import Store
from tests.contract.test_leading_together import as_leading
from tests.support.workshop_builder import Built, Someone, new_id


def step(title: str, stage: str = "draft", minutes: float = 10, note: str = "") -> dict[str, Any]:
    return {"step_id": new_id(), "stage": stage, "title": title, "minutes": minutes, "note": note}


def set_agenda(someone: Someone, steps: list[dict[str, Any]], base: int = 0, request: str | None = None) -> Any:
    return someone.call("set_agenda", base_revision=base, steps=steps, request_id=request or new_id())


def titles(someone: Someone) -> list[str]:
    return [one["title"] for one in someone.call("read_agenda")["steps"]]


def shop(someone: Someone) -> dict[str, Any]:
    return dict(someone.call("read_place")["workshop"])


def left_s(someone: Someone) -> float:
    ends_at = datetime.fromisoformat(shop(someone)["timer_ends_at"])
    return (ends_at - datetime.now(UTC)).total_seconds()


def last_act(built: Built) -> dict[str, Any]:
    return dict(built.facilitator.call("read_agenda")["last_act"])


def undo(built: Built) -> None:
    built.facilitator.call("undo_act", act=last_act(built)["act_id"])


STEPS = [step("Write", note="Say that rough is fine."), step("Try", "test", 5), step("Vote", "vote", 8)]


@pytest.fixture
def built(store: Store) -> Built:
    made = Built(store)
    set_agenda(made.facilitator, STEPS)
    return made


def go(built: Built, seen: int | None, to: int | None) -> None:
    def step_of(place: int | None) -> str | None:
        return None if place is None else str(STEPS[place]["step_id"])

    built.facilitator.call("go_to_step", seen=step_of(seen), step=step_of(to))


def test_everyone_reads_the_steps_and_only_who_leads_the_notes(built: Built) -> None:
    for someone in (built.join("Ana"), built.organizer):
        seen = someone.call("read_agenda")
        assert [one["title"] for one in seen["steps"]] == ["Write", "Try", "Vote"]
        assert {one["note"] for one in seen["steps"]} == {""}
        assert (seen["last_act"], seen["last_change"], seen["can_undo"]) == (None, None, False)
    assert built.facilitator.call("read_agenda")["steps"][0]["note"] == "Say that rough is fine."


def test_nobody_else_changes_it_or_goes_on(built: Built) -> None:
    first = STEPS[0]["step_id"]
    for someone in (built.join("Ana"), built.organizer):
        for act in (
            lambda s=someone: set_agenda(s, [], 1),
            lambda s=someone: s.call("undo_agenda", base_revision=1, request_id=new_id()),
            lambda s=someone: s.call("go_to_step", seen=None, step=first),
            lambda s=someone: s.call("pause_timer", is_paused=True),
            lambda s=someone: s.call("extend_timer", seconds=60.0),
            lambda s=someone: s.call("undo_act", act=new_id()),
        ):
            with pytest.raises(NotAllowed):
                act()
    assert titles(built.facilitator) == ["Write", "Try", "Vote"]


def test_who_leads_reads_whose_change_the_next_undo_takes_back_and_what_comes_back(built: Built) -> None:
    fay, person = built.facilitator, built.join("Ana")
    fay.call("grant_leading", person=person.person, is_granted=True)
    ana = as_leading(person)

    def last() -> tuple[Any, list[str]] | None:
        change = fay.call("read_agenda")["last_change"]
        return change and (change["by"], [one["title"] for one in change["before"]])

    set_agenda(ana, STEPS[:2], 1)
    set_agenda(fay, STEPS[:1], 2)
    set_agenda(ana, STEPS[1:2], 3)
    seen = [last()]
    for base in (4, 5):
        fay.call("undo_agenda", base_revision=base, request_id=new_id())
        seen.append(last())
    assert seen == [("Ana", ["Write"]), ("Facilitator", ["Write", "Try"]), ("Ana", ["Write", "Try", "Vote"])]
    set_agenda(ana, STEPS[2:], 6)
    assert last() == ("Ana", ["Write", "Try"])
    for base in (7, 8, 9):
        fay.call("undo_agenda", base_revision=base, request_id=new_id())
    assert (titles(fay), last()) == ([], None)
    assert built.organizer.call("read_agenda")["last_change"] is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"stage": "lunch"}, "Step 2 needs a stage"),
        ({"title": " "}, "The title of step 2 is empty"),
        ({"title": "x" * 101}, "at most 100 fit"),
        ({"title": 7}, "step 2 are texts"),
        ({"minutes": 0}, "between 1 and 600"),
        ({"minutes": "10"}, "between 1 and 600"),
        ({"minutes": 1e300}, "between 1 and 600"),
        ({"note": "x" * 1001}, "at most 1000 fit"),
        ({"step_id": "no id"}, "Step 2 has no id"),
        ({"step_id": STEPS[0]["step_id"]}, "are the same"),
    ],
)
def test_a_step_that_cannot_be_is_named(built: Built, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationFailed, match=told):
        set_agenda(built.facilitator, [STEPS[0], STEPS[1] | changed], 1)
    assert titles(built.facilitator) == ["Write", "Try", "Vote"]


def test_changes_are_undone_one_after_the_other_and_an_undo_is_no_change_to_undo(built: Built) -> None:
    set_agenda(built.facilitator, STEPS[:2], 1)
    set_agenda(built.facilitator, STEPS[1:2], 2)
    seen = []
    for base in (3, 4, 5):
        now = built.facilitator.call("undo_agenda", base_revision=base, request_id=new_id())
        seen.append(([one["title"] for one in now["steps"]], now["can_undo"]))
    assert seen == [(["Write", "Try"], True), (["Write", "Try", "Vote"], True), ([], False)]
    with pytest.raises(Conflict, match="nothing left to undo"):
        built.facilitator.call("undo_agenda", base_revision=6, request_id=new_id())


def test_of_two_who_change_it_at_once_one_is_told_and_nothing_is_lost(built: Built) -> None:
    set_agenda(built.facilitator, STEPS[:2], 1)
    with pytest.raises(Conflict, match="Somebody else changed the agenda"):
        set_agenda(built.facilitator, STEPS[1:], 1)
    assert titles(built.facilitator) == ["Write", "Try"]


def test_a_step_sets_stage_and_timer_for_everyone_in_one_act(built: Built) -> None:
    ana = built.join("Ana")
    before = shop(ana)["rev"]
    go(built, None, 1)
    now = shop(ana)
    assert (now["stage"], now["timer_label"], now["rev"]) == ("test", "Try", before + 1)
    assert 290 < left_s(ana) <= 300
    assert now["agenda"] == {
        "step_id": STEPS[1]["step_id"],
        "number": 2,
        "count": 3,
        "title": "Try",
        "next_title": "Vote",
    }


def test_ending_the_agenda_takes_the_timer_away_and_leaves_the_stage(built: Built) -> None:
    go(built, None, 2)
    assert shop(built.facilitator)["agenda"]["next_title"] is None
    go(built, 2, None)
    now = shop(built.facilitator)
    assert (now["stage"], now["timer_ends_at"], now["agenda"]) == ("vote", None, None)


def test_of_two_who_press_next_at_once_one_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.store.direct.ROLLED_BACK", frozenset())
    built = Built(store)
    set_agenda(built.facilitator, STEPS)
    go(built, None, 0)
    together = threading.Barrier(5)

    def press(_: int) -> str:
        together.wait(30)
        try:
            go(built, 0, 1)
        except Conflict as told:
            return str(told)
        return "went on"

    with ThreadPoolExecutor(5) as pool:
        outcomes = list(pool.map(press, range(5)))
    assert outcomes.count("went on") == 1
    assert sum("Somebody else went on" in one for one in outcomes) == 4


def test_the_step_under_way_cannot_go_from_the_agenda(built: Built) -> None:
    go(built, None, 1)
    with pytest.raises(Conflict, match="under way would be gone"):
        set_agenda(built.facilitator, STEPS[:1], 1)
    with pytest.raises(Conflict, match="under way would be gone"):
        built.facilitator.call("undo_agenda", base_revision=1, request_id=new_id())
    set_agenda(built.facilitator, [STEPS[1] | {"title": "Try it", "minutes": 7}], 1)
    assert shop(built.facilitator)["agenda"]["title"] == "Try it"


def test_the_new_title_of_a_step_stands_at_the_top_for_everyone_and_after_an_undo_too(built: Built) -> None:
    ana = built.join("Ana")
    go(built, None, 0)
    built.facilitator.call("pause_timer", is_paused=True)
    set_agenda(built.facilitator, [STEPS[0] | {"title": "Write together"}, *STEPS[1:]], 1)
    assert shop(ana)["timer_label"] == "Write together"
    undo(built)
    assert shop(ana)["timer_label"] == "Write together"
    go(built, 0, 1)
    built.facilitator.call("undo_agenda", base_revision=2, request_id=new_id())
    assert shop(ana)["timer_label"] == "Try", "another step is under way"
    undo(built)
    assert shop(ana)["timer_label"] == "Write"


def test_a_countdown_with_words_of_its_own_keeps_them_when_a_step_is_renamed(built: Built) -> None:
    go(built, None, 0)
    built.facilitator.call("set_workshop", changes={"timer_seconds": 100, "timer_label": "Coffee"})
    set_agenda(built.facilitator, [STEPS[0] | {"title": "Write together"}, *STEPS[1:]], 1)
    assert shop(built.facilitator)["timer_label"] == "Coffee"


def test_a_step_that_is_gone_or_elsewhere_is_not_gone_to(built: Built, store: Store) -> None:
    other = Built(store)
    elsewhere = [step("Elsewhere")]
    set_agenda(other.facilitator, elsewhere)
    with pytest.raises(NotFound):
        built.facilitator.call("go_to_step", seen=None, step=elsewhere[0]["step_id"])
    assert shop(built.facilitator)["agenda"] is None


def test_a_paused_timer_keeps_its_rest_and_runs_again(built: Built) -> None:
    go(built, None, 0)
    for _ in range(2):
        built.facilitator.call("pause_timer", is_paused=True)
    now = shop(built.join("Ana"))
    assert now["timer_ends_at"] is None
    assert 590 < now["timer_left_s"] <= 600
    assert last_act(built)["what"] == "paused"
    built.facilitator.call("extend_timer", seconds=60.0)
    assert 650 < shop(built.facilitator)["timer_left_s"] <= 660
    for _ in range(2):
        built.facilitator.call("pause_timer", is_paused=False)
    assert shop(built.facilitator)["timer_left_s"] is None
    assert 640 < left_s(built.facilitator) <= 660


def test_more_time_is_added_to_what_is_left_and_less_ends_at_nothing(built: Built) -> None:
    built.facilitator.call("set_workshop", changes={"timer_seconds": 100, "timer_label": "Pause"})
    built.facilitator.call("extend_timer", seconds=300.0)
    assert 390 < left_s(built.facilitator) <= 400
    built.facilitator.call("extend_timer", seconds=-4000.0)
    assert -2 < left_s(built.facilitator) <= 0
    built.facilitator.call("extend_timer", seconds=60.0)
    assert 50 < left_s(built.facilitator) <= 60


def test_without_a_timer_there_is_nothing_to_pause_or_extend(built: Built) -> None:
    for function, given in (("pause_timer", {"is_paused": True}), ("extend_timer", {"seconds": 60.0})):
        with pytest.raises(Conflict, match="No countdown is there"):
            built.facilitator.call(function, **given)


def test_a_new_timer_or_a_step_ends_a_pause(built: Built) -> None:
    for start in (
        lambda: built.facilitator.call("set_workshop", changes={"timer_seconds": 100}),
        lambda: go(built, None, 0),
    ):
        built.facilitator.call("set_workshop", changes={"timer_seconds": 50})
        built.facilitator.call("pause_timer", is_paused=True)
        start()
        assert shop(built.facilitator)["timer_left_s"] is None
        assert shop(built.facilitator)["timer_ends_at"] is not None


def test_every_act_in_the_room_is_taken_back_in_turn(built: Built) -> None:
    facilitator = built.facilitator

    def room() -> dict[str, Any]:
        return {key: value for key, value in shop(facilitator).items() if key != "rev"}

    acts = [
        lambda: go(built, None, 0),
        lambda: facilitator.call("pause_timer", is_paused=True),
        lambda: facilitator.call("extend_timer", seconds=60.0),
        lambda: facilitator.call("pause_timer", is_paused=False),
        lambda: go(built, 0, 1),
        lambda: facilitator.call("set_workshop", changes={"stage": "review"}),
        lambda: facilitator.call("set_workshop", changes={"editing_is_locked": True}),
        lambda: facilitator.call("set_workshop", changes={"timer_seconds": None}),
        lambda: go(built, 1, None),
    ]
    seen = [room()]
    for act in acts:
        act()
        seen.append(room())
    whats = []
    for before in reversed(seen[:-1]):
        whats.append(last_act(built)["what"])
        undo(built)
        assert room() == before
    assert whats == ["ended", "timer_stopped", "locked", "stage", "step", "resumed", "extended", "paused", "step"]
    assert facilitator.call("read_agenda")["last_act"] is None


SETTINGS = [
    ({"title": "Tenants"}, "title"),
    ({"brief": "Who pays for the heating?"}, "brief"),
    ({"model": "openai/other", "api_base": "https://models.example.org/v1"}, "model"),
    ({"model": None, "api_base": None}, "model"),
    ({"max_calls": 7, "max_cost_usd": 0.125}, "limits"),
    ({"code_is_open": False}, "code_closed"),
    ({"code_is_open": True}, "code_opened"),
]


def test_each_change_of_the_settings_is_taken_back_with_the_very_words_of_before(built: Built) -> None:
    seen = []
    for changes, _ in SETTINGS:
        seen.append(shop(built.facilitator))
        built.facilitator.call("set_workshop", changes=changes)
    for before, (_, what) in zip(reversed(seen), reversed(SETTINGS), strict=True):
        assert last_act(built)["what"] == what
        undo(built)
        assert shop(built.facilitator) | {"rev": 0} == before | {"rev": 0}
    assert built.facilitator.call("read_agenda")["last_act"] is None


def test_a_settings_act_is_taken_back_without_touching_the_room_and_a_step_without_touching_them(built: Built) -> None:
    go(built, None, 0)
    built.facilitator.call("set_workshop", changes={"title": "Tenants"})
    set_agenda(built.facilitator, [*STEPS, step("Talk")], 1)
    undo(built)
    assert (shop(built.facilitator)["title"], shop(built.facilitator)["agenda"]["title"]) == (
        "Legal questions",
        "Write",
    )
    assert last_act(built)["what"] == "step"


def test_a_setting_that_stays_what_it_is_is_no_act_and_a_new_join_code_is_not_taken_back(built: Built) -> None:
    title = shop(built.facilitator)["title"]
    built.facilitator.call("set_workshop", changes={"title": f" {title} "})
    built.facilitator.call("set_workshop", changes={"join_code": new_id()[:8].upper(), "code_is_open": True})
    assert built.facilitator.call("read_agenda")["last_act"] is None


def test_undo_is_for_the_act_that_was_seen_and_once(built: Built) -> None:
    go(built, None, 0)
    seen = last_act(built)
    assert (seen["detail"], seen["by"]) == ("Write", "Facilitator")
    built.facilitator.call("set_workshop", changes={"stage": "review"})
    with pytest.raises(Conflict, match="did something after that"):
        built.facilitator.call("undo_act", act=seen["act_id"])
    undo(built)
    undo(built)
    built.facilitator.call("undo_act", act=seen["act_id"])
    assert shop(built.facilitator)["stage"] == "draft"
    assert shop(built.facilitator)["agenda"] is None


def test_a_step_that_was_removed_since_is_not_brought_back_by_an_undo(built: Built) -> None:
    go(built, None, 0)
    go(built, 0, 1)
    set_agenda(built.facilitator, STEPS[1:], 1)
    with pytest.raises(Conflict, match="was removed from the agenda since"):
        undo(built)
    assert shop(built.facilitator)["stage"] == "test"
    built.facilitator.call("undo_agenda", base_revision=2, request_id=new_id())
    undo(built)
    assert shop(built.facilitator)["stage"] == "draft"


def test_an_act_of_another_workshop_is_not_taken_back(built: Built, store: Store) -> None:
    other = Built(store)
    other.facilitator.call("set_workshop", changes={"stage": "test"})
    with pytest.raises(FolkmootError):
        built.facilitator.call("undo_act", act=last_act(other)["act_id"])
    assert shop(other.facilitator)["stage"] == "test"


def test_the_last_fifty_acts_are_kept(built: Built) -> None:
    for _ in range(30):
        for is_locked in (True, False):
            built.facilitator.call("set_workshop", changes={"editing_is_locked": is_locked})
    for _ in range(50):
        undo(built)
    assert built.facilitator.call("read_agenda")["last_act"] is None


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_ready_made_plan_runs_from_its_first_step_to_its_end(store: Store, plan: Any) -> None:
    built = Built(store)
    credential = Credential(WorkshopId(built.workshop), built.facilitator.token_hash)
    steps = fresh_plan(plan)
    agenda = agendas.set_agenda(store, credential, steps, base_revision=0, request_id=new_id())
    assert agenda.steps == steps
    went: list[Stage] = []
    while agenda.following is not None:
        agendas.go_to_step(store, credential, seen=agenda.step_id, step=agenda.following.step_id)
        went.append(read_place(store, credential).workshop.stage)
        agenda = agendas.read_agenda(store, credential)
    assert went == [one.stage for one in plan.steps]
    assert agenda.last_act is not None
    assert agenda.last_act.what is ActKind.STEP
    agendas.go_to_step(store, credential, seen=agenda.step_id, step=None)
    assert agendas.read_agenda(store, credential).current is None


def test_the_hour_lasts_an_hour_and_its_ids_are_fresh() -> None:
    first, second = fresh_plan(HOUR), fresh_plan(HOUR)
    assert sum(one.minutes for one in first) == 60
    ids: set[StepId] = {one.step_id for one in (*first, *second)}
    assert len(ids) == 2 * len(first)


def test_what_is_stored_is_what_the_domain_reads(built: Built, store: Store) -> None:
    credential = Credential(WorkshopId(built.workshop), built.facilitator.token_hash)
    read = agendas.read_agenda(store, credential)
    assert isinstance(read, Agenda)
    assert [one.note for one in read.steps] == ["Say that rough is fine.", "", ""]
