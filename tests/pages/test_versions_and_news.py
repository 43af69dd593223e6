"""A version restored on the page, and what changed since somebody last looked, on a real database."""

import re
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from lib.domain.ids import ClauseId
from lib.domain.people import Role
from lib.domain.policy import NO_TAG
from lib.policy.acts import AddClause, EditClause, WithdrawClause
from lib.services import drafting
from tests.pages.test_draft_page import Room, browser, make_room, room, shown

__all__ = ["browser", "make_room", "room"]


def publish(room: Room, name: str = "") -> None:
    revision = room.policy.revision
    drafting.publish_version(room.store, room.ben, revision, name, str(uuid4()))


def add(room: Room, wording: str) -> None:
    room.change(AddClause(ClauseId(str(uuid4())), wording, NO_TAG, "Scope"))


def versions_of(room: Room) -> list[tuple[int | None, str]]:
    return [(one.number, one.note) for one in drafting.read_policy(room.store, room.ben).versions]


def texts(app: AppTest) -> str:
    return "\n".join(markdown.value for markdown in app.markdown)


def reads_version(app: AppTest, number: int) -> AppTest:
    shown(app.segmented_control(key="draft_view").set_value("Versions").run())
    return shown(app.selectbox(key="read_version").set_value(number).run())


def test_restoring_says_what_will_happen_and_then_does_that(room: Room) -> None:
    publish(room, "rough")
    before = room.policy
    add(room, "Be kind.")
    app = reads_version(room.open(Role.PARTICIPANT), 1)
    assert "What is written now is published first, as v2." in texts(app)
    assert "that is published as v3" in texts(app)
    assert versions_of(room) == [(1, "rough")]
    room.browser.will_press("version:restore:1", "restore", "Back to the start")
    shown(app.run())
    assert versions_of(room) == [(3, "Back to the start"), (2, "As it was before v1 was restored"), (1, "rough")]
    assert room.policy.text == before.text
    assert [one.clause_id for one in room.policy.clauses] == [one.clause_id for one in before.clauses]
    assert any("v1 is restored, as v3. What was written before is v2." in toast.value for toast in app.toast)


def test_nothing_is_offered_where_there_is_nothing_to_restore(room: Room) -> None:
    publish(room)
    reads_version(room.open(Role.PARTICIPANT), 1)
    assert "version:restore:1" not in room.browser.fields
    add(room, "Be kind.")
    reads_version(room.open(Role.ORGANIZER), 1)
    assert "version:restore:1" not in room.browser.fields
    reads_version(room.open(Role.PARTICIPANT), 1)
    assert "version:restore:1" in room.browser.fields


def test_while_the_policy_is_locked_only_the_facilitator_restores(room: Room) -> None:
    publish(room)
    add(room, "Be kind.")
    facilitator = room.credential(Role.FACILITATOR)
    who = {"workshop": facilitator.workshop_id, "token_hash": facilitator.token_hash}
    room.store.call("set_workshop", **who, changes={"editing_is_locked": True})
    app = reads_version(room.open(Role.PARTICIPANT), 1)
    assert "version:restore:1" not in room.browser.fields
    assert any("when the facilitator has opened" in caption.value for caption in app.caption)
    app = reads_version(room.open(Role.FACILITATOR), 1)
    room.browser.will_press("version:restore:1", "restore", "")
    shown(app.run())
    assert versions_of(room)[0] == (3, "v1 restored")


SINCE = re.compile("since you (joined|last looked)")


def news_of(app: AppTest) -> list[str]:
    return [markdown.value for markdown in app.markdown if SINCE.search(markdown.value)]


def sees_what_changed(app: AppTest) -> AppTest:
    return shown(app.button(key="see_policy_news").click().run())


def marks_as_seen(app: AppTest) -> AppTest:
    return shown(app.button(key="policy_news_seen").click().run())


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.FACILITATOR])
def test_who_comes_back_is_told_what_others_changed_and_by_whom_until_they_mark_it(room: Room, role: Role) -> None:
    first, second = room.policy.clauses
    assert not news_of(room.open(role))
    add(room, "Be kind.")
    app = room.open(role)
    assert "**1 clause** changed since you joined" in texts(app)
    marks_as_seen(app)
    room.change(EditClause(first.clause_id, "Ask first.", "Ask twice first."))
    room.change(WithdrawClause(second.clause_id, second.wording))
    room.open(role)
    app = room.open(role)
    assert "**2 clauses** changed since you last looked" in texts(app)
    found = texts(sees_what_changed(app))
    assert "2 clauses changed since you last looked, just now" in found
    assert "**C1** reworded by Ben" in found
    assert ":green-background[**twice" in found
    assert "**C2** withdrawn by Ben" in found
    shown(app.button(key="policy_seen_dialog").click().run())
    assert not news_of(app)
    assert not news_of(room.open(role))


def test_the_line_neither_comes_nor_goes_while_the_page_stands_and_says_what_the_changes_say(room: Room) -> None:
    first, _ = room.policy.clauses
    app = room.open(Role.PARTICIPANT)
    room.change(EditClause(first.clause_id, first.wording, "Ask twice."))
    assert not news_of(shown(app.run()))
    app = room.open(Role.PARTICIPANT)
    add(room, "Be brief.")
    line, dialog = news_of(sees_what_changed(app))
    assert line.endswith("**2 clauses** changed since you joined"), "an age would make it longer as time goes by"
    assert dialog.startswith("2 clauses changed since you joined, just now")
    room.change(EditClause(first.clause_id, "Ask twice.", first.wording))
    added = room.policy.clauses[-1]
    room.change(WithdrawClause(added.clause_id, added.wording))
    line, dialog = news_of(sees_what_changed(app))
    assert line.endswith("**No clause** changed since you joined")
    assert dialog.startswith("Nobody else has changed the policy since you joined, just now")


def test_ones_own_changes_are_no_news_and_an_organizer_gets_none(room: Room) -> None:
    room.open(Role.PARTICIPANT)
    own = AddClause(ClauseId(str(uuid4())), "Be kind.", NO_TAG, "Scope")
    drafting.change_policy(room.store, room.credential(Role.PARTICIPANT), own, str(uuid4()))
    assert not news_of(room.open(Role.PARTICIPANT))
    add(room, "Be brief.")
    assert not news_of(room.open(Role.ORGANIZER))
    app = room.open(Role.PARTICIPANT)
    shown(app.segmented_control(key="draft_view").set_value("Versions").run())
    assert "1 clause changed since you joined" in texts(app)
    assert "**C4** added by Ben" in texts(app)
