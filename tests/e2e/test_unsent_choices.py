"""What is chosen for a run and for a round stands in a real browser after a reload, with nothing pressed yet."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.acts import answer_yes, publish
from tests.e2e.conftest import Invite


@pytest.mark.long  # tests/pages/test_kept_choices.py reloads without a browser
def test_a_reload_changes_neither_the_run_nor_the_round_that_is_being_prepared(invite: Invite) -> None:
    fay = invite("Fay")
    fay.open("/")
    fay.press("Create the workshop")
    fay.sees("is ready")
    fay.go("Open the console")
    fay.go(re.compile("^Draft"))
    publish(fay, 1, "The beginning")
    fay.go(re.compile("^Test"))
    fay.page.get_by_role("radio", name="Many at once").click()
    fay.page.get_by_role("radio", name="3", exact=True).click()
    fay.sees(re.compile("3 responses = 30 calls"))
    fay.page.get_by_role("combobox", name=re.compile("Versions to run")).press("Backspace")
    fay.sees(re.compile("3 responses = 15 calls"))
    fay.look("a run is prepared")
    fay.page.reload()
    fay.settle()
    fay.page.get_by_role("radio", name="Many at once").click()
    fay.sees(re.compile("3 responses = 15 calls"))
    fay.go(re.compile("^Vote"))
    fay.page.get_by_role("button", name=re.compile("^Choose all")).first.click()
    fay.sees(re.compile(r"^[1-9]\d* items chosen"))
    fay.page.get_by_text("Anonymous", exact=True).first.click()
    fay.settle()
    expect(fay.page.get_by_role("radio", name="Anonymous")).to_be_checked()
    fay.page.reload()
    fay.settle()
    expect(fay.page.get_by_role("radio", name="Anonymous")).to_be_checked()
    fay.sees(re.compile(r"^[1-9]\d* items chosen"))
    fay.field("Question").fill("Should these stay?")
    answer_yes(fay, "Open round 1", "Yes, open round 1")
    fay.sees("Close round 1")
    fay.sees(re.compile("anonymous", re.IGNORECASE))
