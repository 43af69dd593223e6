"""Ending the app as an operator does: the embedded database ends with it, and people go on after the next start."""

from lib.store import embedded
from tests.e2e.conftest import Invite
from tests.e2e.person import OF_A_LOST_LINE
from tests.e2e.served import ServedApp


def test_the_embedded_database_ends_with_the_app_and_everyone_is_still_there_after_the_next_start(
    app: ServedApp, invite: Invite
) -> None:
    fay = invite("Fay", looks_closely=False)
    fay.open("/")
    fay.press("Create the workshop")
    fay.sees("is ready")
    fay.go("Open the console")
    fay.sees("Where is the group?")
    assert fay.complaints == []
    assert embedded.is_running(app.data)

    app.end()
    assert not embedded.is_running(app.data)

    app.start()
    fay.page.reload()
    fay.sees("Where is the group?")
    fay.forgive(*OF_A_LOST_LINE)
