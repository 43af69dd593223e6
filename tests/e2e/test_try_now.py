"""“Try it now”: one keystroke in the editor, and the model's answer to the text of this moment is written beside it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.store.port import Store
from tests.e2e.acts import MODEL_MS, set_stage
from tests.e2e.conftest import PHONE, Invite, new_app, serving
from tests.e2e.live_text import joins, link_of, opens, puts_cursor, text_of, workshop_of, writes
from tests.e2e.person import Person
from tests.e2e.served import ServedApp

ANSWERED = re.compile("^Answered to the text as it was at ")


@pytest.fixture(scope="module")
def app(open_folder: Path, database_address: str) -> Iterator[ServedApp]:
    """The app with the embedded model, on a database that the test can look into."""
    environment = {"DATABASE_URL": database_address, "FOLKMOOT_MAX_TOKENS": "40"}
    with serving(new_app(open_folder, environment)) as served:
        yield served


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator", looks_closely=False)
    person.open("/")
    person.press("Create the workshop")
    person.sees("is ready")
    return person


def test_one_keystroke_tries_the_text_of_now_and_the_answer_stays_whatever_others_do(
    facilitator: Person, invite: Invite, store: Store
) -> None:
    link = link_of(facilitator)
    ana, ben = joins(invite("Ana"), link), joins(invite("Ben", looks_closely=False), link)
    workshop = workshop_of(ana)
    region = ana.page.get_by_role("region", name="Try it now")
    region.get_by_label("Try it on").select_option(index=1)
    puts_cursor(ana, 0, 0)
    writes(ana, "Answer like a pirate would. ")
    ana.page.keyboard.press("Control+Enter")
    expect(region.get_by_text("Unpublished text")).to_be_visible()
    answer = region.locator(".answer > .words")
    expect(answer).not_to_be_empty(timeout=MODEL_MS)
    ana.picture("while the answer is written")
    assert store.call("open_document", workshop=workshop)["policy_text"].startswith("Answer like a pirate would. ")
    written = answer.inner_text()
    puts_cursor(ben, 2, 0)
    writes(ben, "Ben writes. ")
    facilitator.open(f"/console?w={workshop}")
    set_stage(facilitator, "Vote")
    writes(ana, "Still typing. ")
    expect(region.locator(".state")).to_have_text(ANSWERED, timeout=MODEL_MS)
    whole = answer.inner_text()
    assert whole.startswith(written.rstrip())
    expect(ana.page.locator(".fm-text")).to_contain_text("Ben writes.")
    assert text_of(ana).startswith("Answer like a pirate would. Still typing. ")
    assert answer.inner_text() == whole
    ana.look("tried")
    ana.page.reload()
    ana.settle()
    opens(ana)
    expect(answer).to_have_text(whole)
    expect(region.get_by_label("Try it on").locator("option:checked")).to_have_text(re.compile("^S2 "))
    with ana.context.expect_page() as opened:
        region.get_by_role("link", name="Open under Test scenarios").click()
    beside = opened.value
    expect(beside.get_by_text(whole.split("\n")[0][:40]).first).to_be_visible()
    expect(beside.get_by_text("Only you see this.").first).to_be_visible()
    beside.close()


@pytest.mark.long
def test_on_a_phone_the_answer_stands_below_the_text(facilitator: Person, invite: Invite) -> None:
    ana = joins(invite("Ana", viewport=PHONE), link_of(facilitator))
    region = ana.page.get_by_role("region", name="Try it now")
    region.get_by_role("button", name="Try it now").click()
    expect(region.locator(".state")).to_have_text(ANSWERED, timeout=MODEL_MS)
    region.scroll_into_view_if_needed()
    ana.look("tried")
    region.get_by_role("button", name="Try it now").click()
    expect(region.locator("summary", has_text="The answer before this one")).to_be_visible()
    expect(region.locator(".state")).to_have_text(ANSWERED, timeout=MODEL_MS)
