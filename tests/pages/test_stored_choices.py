"""A switch that is pressed, and pressed again while its first press is still drawn, stays where it was put last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from streamlit.testing.v1 import AppTest

from lib.bootstrap import Application
from lib.domain.people import Role
from lib.domain.workshop import Stage, Workshop
from lib.services import leading, workshops
from tests.pages.conftest import Moot

Open = Callable[..., AppTest]


def room(app: Application, moot: Moot) -> Workshop:
    return workshops.read_place(app.store, moot.facilitator).workshop


@contextmanager
def drawings_are_cut_short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As by a press that comes while the one before is drawn: the states of elements that are gone stay."""
    from streamlit.runtime.state import SessionState

    with monkeypatch.context() as patched:
        patched.setattr(SessionState, "_remove_stale_widgets", lambda self, active: None)
        yield


def test_a_lock_that_is_put_and_taken_off_at_once_is_off_and_does_not_flip_for_ever(
    moot: Moot, app: Application, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    with drawings_are_cut_short(monkeypatch):
        for is_locked in (True, False, True, False):
            [lock] = [one for one in test.toggle if one.label.startswith("Lock the policy")]
            test = lock.set_value(is_locked).run()
            assert not test.exception
            assert room(app, moot).editing_is_locked is is_locked


def test_a_stage_that_is_chosen_again_is_where_the_group_is(
    moot: Moot, app: Application, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    with drawings_are_cut_short(monkeypatch):
        for stage in (Stage.VOTE, Stage.DRAFT, Stage.VOTE, Stage.DRAFT):
            [where] = [one for one in test.button_group if one.label == "Where is the group?"]
            test = where.set_value(stage).run()
            assert not test.exception
            assert room(app, moot).stage is stage


def test_what_another_leader_stored_is_shown_and_not_taken_back(moot: Moot, app: Application, open_at: Open) -> None:
    moot.sign_in(Role.FACILITATOR)
    test = open_at("console", w=moot.workshop_id)
    leading.lock_editing(app.store, moot.facilitator, True)
    app.reader.wrote(moot.workshop_id)
    test = test.run()
    [lock] = [one for one in test.toggle if one.label.startswith("Lock the policy")]
    assert lock.value is True
    assert room(app, moot).editing_is_locked
