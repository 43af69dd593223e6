"""The lobby stands, and the harness notices what it must."""

from tests.e2e.conftest import PHONE, Invite
from tests.e2e.findings import known_findings, serious_findings


def test_the_lobby_opens_without_a_complaint(invite: Invite) -> None:
    ana = invite("Ana")
    ana.open("/")
    ana.sees("Folkmoot")
    ana.look("lobby")


def test_the_lobby_opens_on_a_phone(invite: Invite) -> None:
    ana = invite("Ana", viewport=PHONE)
    ana.open("/")
    ana.sees("Folkmoot")
    ana.look("lobby")


def test_every_known_finding_says_why_whose_and_what_instead() -> None:
    for known in known_findings():
        assert all((known.kind, known.matches, known.reason, known.upstream, known.alternative))


def test_a_page_that_people_cannot_use_is_noticed(invite: Invite) -> None:
    ana = invite("Ana")
    ana.page.set_content(
        "<html lang=en><title>x</title><main><h1>x</h1><img src='data:,'><button></button></main></html>"
    )
    ana.page.evaluate("console.error('broken')")
    from axe_playwright_python.sync_playwright import Axe

    found = serious_findings(Axe().run(ana.page).response["violations"])
    assert {"image-alt", "button-name"} <= {finding.split()[1] for finding in found}
    assert ana.complaints == ["Ana, console: broken "]
    ana.complaints.clear()
