"""What is typed before joining, in the console's small fields and into a clause of the policy outlives a reload."""

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.acts import to_clauses
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.person import Person

AT_MOST_LOST_MS = 2_000
IDLE_MS = 400
"""The pause at which `draft_field.js` keeps what was typed."""
TYPE_WITHOUT_A_PAUSE = """async (input, [text, field]) => {
    const [typed, kept, real] = [[], [], window.fetch]
    window.fetch = async (address, request) => {
        const sent = JSON.parse(request?.body ?? "{}")
        const one = [performance.now(), sent.text, Infinity]
        if (sent.field === field) kept.push(one)
        const answer = await real(address, request)
        one[2] = performance.now()
        return answer
    }
    input.focus()
    for (const letter of text) {
        document.execCommand("insertText", false, letter)
        typed.push([performance.now(), input.value])
        await new Promise((resolve) => setTimeout(resolve, 80))
    }
    window.fetch = real
    const ended = performance.now()
    return [typed, kept.map(([at, text, answered]) => [at, text, Math.min(answered, ended)])]
}"""
"""Typing inside the page, so that a slow machine makes no pauses: what stood there when, and what was sent and answered
when."""
TRIES = 20
"""So often it is typed, until a busy machine has made no pause in it, neither here nor at the server."""
MOBILE = "Mobile phone (Mobi)"
LONG_LABEL = "We write rough clauses, then we read them aloud, then we vote on each."
ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "user_agent": MOBILE}


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator")
    person.open("/")
    person.press("Create the workshop")
    person.sees("is ready")
    return person


def link_to(facilitator: Person, kind: str) -> str:
    return facilitator.page.locator("code").filter(has_text=f"/{kind}/").first.inner_text()


def reload(person: Person) -> None:
    person.page.reload()
    person.settle()


def kept_in_browser(person: Person, part: str) -> list[str]:
    names: list[str] = person.page.evaluate("() => Object.keys(localStorage)")
    return [name for name in names if part in name]


@pytest.mark.parametrize("screen", [pytest.param({}, marks=pytest.mark.long), ON_A_PHONE], ids=["laptop", "phone"])
def test_before_joining_a_reload_keeps_code_and_name_in_this_browser_until_one_has_joined(
    facilitator: Person, invite: Invite, screen: dict[str, Any]
) -> None:
    code = link_to(facilitator, "join").rsplit("/", 1)[1]
    ana = invite("Ana", **screen)
    ana.open("/")
    ana.field("Join code").press_sequentially(code[:4])
    reload(ana)
    expect(ana.field("Join code")).to_have_value(code[:4])
    ana.field("Join code").press("End")
    ana.page.keyboard.type(code[4:])
    ana.field("Join code").press("Enter")
    ana.sees("Before you join")
    ana.field("Your name").press_sequentially("Ana Lima")
    reload(ana)
    expect(ana.field("Your name")).to_have_value("Ana Lima")
    ana.look("the name came back")
    stranger = invite("Stranger", looks_closely=False)
    stranger.open(link_to(facilitator, "join"))
    expect(stranger.field("Your name")).to_have_value("")
    ana.press("Join")
    ana.page.wait_for_url("**/draft?w=*")
    ana.sees("Ana Lima")
    assert kept_in_browser(ana, "lobby") == []


def test_a_title_typed_for_a_blank_workshop_is_there_after_a_reload(invite: Invite) -> None:
    facilitator = invite("Facilitator")
    facilitator.open("/")
    facilitator.page.get_by_text("Blank", exact=True).click()
    title = facilitator.field("Title")
    expect(title).to_have_value("")
    title.press_sequentially("What the clinic's assistant may say")
    reload(facilitator)
    expect(facilitator.field("Title")).to_have_value("What the clinic's assistant may say")
    facilitator.press("Create the workshop")
    facilitator.sees("“What the clinic's assistant may say” is ready")


def test_limits_half_typed_stay_while_people_join_outlive_a_reload_and_hold_once_set(
    facilitator: Person, invite: Invite
) -> None:
    link = link_to(facilitator, "join")
    facilitator.go("Open the console")
    facilitator.page.get_by_role("tab", name="Model and limits").click()
    calls, cost = facilitator.field("Most model calls"), facilitator.field("Most known cost in US dollars")
    calls.fill("")
    calls.press_sequentially("123", delay=30)
    ana = invite("Ana", looks_closely=False)
    ana.open(link)
    ana.field("Your name").fill("Ana")
    ana.press("Join")
    ana.sees("The group is drafting")
    expect(facilitator.page.get_by_text("1 here").first).to_be_attached()
    expect(calls).to_have_value("123")
    calls.press_sequentially("4")
    cost.fill("3.5")
    reload(facilitator)
    facilitator.page.get_by_role("tab", name="Model and limits").click()
    expect(calls).to_have_value("1234")
    expect(cost).to_have_value("3.5")
    facilitator.look("limits came back")
    facilitator.press("Set the limits")
    facilitator.sees(re.compile("0 of 1,234"))
    facilitator.sees(re.compile(r"of \$3\.50"))
    expect(cost).to_have_value("3.50")


def test_who_types_without_a_pause_loses_at_most_two_seconds_even_with_the_browser(
    facilitator: Person, invite: Invite
) -> None:
    enter = link_to(facilitator, "enter")
    facilitator.go("Open the console")
    facilitator.page.get_by_role("tab", name="Countdown").click()
    field = facilitator.field("What for")
    for _ in range(TRIES):
        field.fill("")
        typed, kept = field.evaluate(TYPE_WITHOUT_A_PAUSE, [LONG_LABEL, "console:timer_label"])
        pauses = [later - earlier for (earlier, _), (later, _) in pairwise(typed)]
        if max(*pauses, *(answered - at for at, _, answered in kept)) < IDLE_MS:
            break
    else:
        raise AssertionError("the machine makes a pause each time, which would prove nothing")
    began, ended = typed[0][0], typed[-1][0]
    assert ended - began > 2 * AT_MOST_LOST_MS
    for at, _ in typed:
        due = [text for when, text in typed if when <= at - AT_MOST_LOST_MS]
        in_time = [text for when, text, _ in kept if when <= at]
        if due:
            assert in_time, "nothing was kept while the typing went on"
            assert len(in_time[-1]) >= len(due[-1])
    # The browser is gone with everything in it: another one opens the same link.
    facilitator.page.wait_for_timeout(AT_MOST_LOST_MS)
    again = invite("Facilitator again", looks_closely=False)
    again.page.goto(enter)
    again.page.get_by_role("button", name=re.compile("^Continue")).click()
    again.page.wait_for_url("**/console?w=*")
    again.settle()
    again.page.get_by_role("tab", name="Countdown").click()
    expect(again.field("What for")).to_have_value(LONG_LABEL)


@pytest.mark.parametrize("screen", [{}, pytest.param(ON_A_PHONE, marks=pytest.mark.long)], ids=["laptop", "phone"])
def test_after_a_reload_draft_names_every_clause_with_an_unsaved_change_and_opens_it(
    facilitator: Person, invite: Invite, screen: dict[str, Any]
) -> None:
    ana = invite("Ana", **screen)
    ana.open(link_to(facilitator, "join"))
    ana.field("Your name").fill("Ana")
    ana.press("Join")
    ana.page.wait_for_url("**/draft?w=*")
    ana.settle()
    to_clauses(ana)
    on_their_way: list[Route] = []
    ana.page.route("**/draft", lambda route: on_their_way.append(route))
    for label, text in (("C1", "My unsaved wording."), ("C3", "Another one.")):
        ana.press(f"Edit {label}")
        ana.sees(f"Edit {label}")
        write(ana, f"Your wording of {label}", text, has_ace=not screen)
        # At once, before the database can have heard of it.
        ana.press("Back to my new clause")
        ana.sees(re.compile("unsaved change.*" + label))
    assert len(on_their_way) >= 2
    for route in on_their_way:
        route.continue_()
        route.request.response()
    ana.page.unroute("**/draft")
    reload(ana)
    ana.sees("You have unsaved changes to C1 and C3. Only you see them.")
    ana.look("unsaved changes")
    ana.press("Go on with C3")
    ana.sees("You have an unsaved change to C1. Only you see it.")
    expect(ana.field("Your wording of C3")).to_have_value("Another one.")
    ana.look("going on with a clause")
    ana.press("Discard my change")
    expect(ana.page.get_by_role("dialog")).to_contain_text("“Another one.”")
    ana.press("Yes, discard it")
    ana.press("Go on with C1")
    expect(ana.field("Your wording of C1")).to_have_value("My unsaved wording.")
    ana.button("Save for everyone").click()
    ana.sees("Saved for everyone")
    ana.sees_not(re.compile("unsaved change"))
    reload(ana)
    ana.sees("My unsaved wording.")
    ana.sees_not(re.compile("unsaved change"))
    ana.sees_not("Another one.")


def test_the_condition_of_a_tag_and_the_name_of_a_new_section_outlive_a_reload(
    facilitator: Person, invite: Invite
) -> None:
    ana = invite("Ana")
    ana.open(link_to(facilitator, "join"))
    ana.field("Your name").fill("Ana")
    ana.press("Join")
    ana.page.wait_for_url("**/draft?w=*")
    ana.settle()
    to_clauses(ana)
    ana.page.get_by_role("radio", name="Only when…").click()
    ana.field("Only when…").press_sequentially("somebody asks about a tenancy")
    ana.page.get_by_role("combobox", name=re.compile("Section it goes to")).click()
    ana.page.get_by_role("option", name="A new section…").click()
    ana.field("Name of the new section").press_sequentially("Housing")
    reload(ana)
    expect(ana.field("Only when…")).to_have_value("somebody asks about a tenancy")
    expect(ana.field("Name of the new section")).to_have_value("Housing")
    ana.look("choices came back")
    write(ana, "Your clause", "Name the tenancy office.", has_ace=True)
    ana.press("Add to policy")
    ana.sees("Only when: somebody asks about a tenancy")
    ana.sees("Housing")


def write(person: Person, label: str, text: str, *, has_ace: bool) -> None:
    """Replace what stands in an editor."""
    if not has_ace:
        person.field(label).fill(text)
        return
    person.page.frame_locator(f"iframe[title='{label}']").locator(".ace_content").click()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type(text)
