"""The small fields of the console: what is typed there and not used yet outlives a reload and what others do."""

import pytest
from playwright.sync_api import expect

from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.person import Person

LABEL = "Rough clauses, then a short break for everybody"
AT_MOST_LOST_MS = 2_000


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator")
    person.open("/")
    person.press("Create the workshop")
    person.sees("is ready")
    return person


@pytest.mark.long  # this field is typed in while others act, and after a reload, in other tests
def test_a_label_half_typed_stays_while_people_join_and_outlives_a_reload(facilitator: Person, invite: Invite) -> None:
    link = facilitator.page.locator("code").filter(has_text="/join/").first.inner_text()
    facilitator.go("Open the console")
    facilitator.page.get_by_role("tab", name="Countdown").click()
    field = facilitator.page.get_by_label("What for")
    field.click()
    facilitator.page.keyboard.type(LABEL[:20], delay=30)
    ana = invite("Ana", looks_closely=False)
    ana.open(link)
    ana.field("Your name").fill("Ana")
    ana.press("Join")
    ana.sees("The group is drafting")
    expect(facilitator.page.get_by_text("1 here").first).to_be_attached()  # in a tab that is not the open one
    facilitator.page.keyboard.type(LABEL[20:], delay=30)
    expect(field).to_have_value(LABEL)
    facilitator.page.wait_for_timeout(AT_MOST_LOST_MS)
    facilitator.page.reload()
    facilitator.settle()
    facilitator.page.get_by_role("tab", name="Countdown").click()
    expect(facilitator.page.get_by_label("What for")).to_have_value(LABEL)
    facilitator.press("Start 10 min")
    ana.sees(LABEL)


@pytest.mark.long  # a look at two widths
def test_two_wordings_stand_beside_each_other_where_there_is_room_and_below_where_not(
    facilitator: Person, invite: Invite
) -> None:
    link = facilitator.page.locator("code").filter(has_text="/join/").first.inner_text()
    people = [invite("Ana", looks_closely=False), invite("Ben", looks_closely=False)]
    for person in people:
        person.open(link)
        person.field("Your name").fill(person.name)
        person.press("Join")
        to_clauses(person)
        person.press("Edit C1")
        person.sees("Edit C1")
    for person in people:
        editor = person.page.frame_locator("iframe[title='Your wording of C1']")
        editor.locator(".ace_content").click()
        person.page.keyboard.press("Control+A")
        person.page.keyboard.type(f"The wording of {person.name}.")
        person.press("Save for everyone")
    ben = people[1]
    ben.sees("Now in the policy")
    mine, theirs = (ben.page.locator(f".st-key-{name}") for name in ("my_wording", "their_wording"))
    for width, is_beside in ((1440, True), (1280, True), (900, False)):
        ben.page.set_viewport_size({"width": width, "height": 900})
        ben.settle()
        left, right = mine.bounding_box(), theirs.bounding_box()
        assert left is not None
        assert right is not None
        assert (right["x"] > left["x"] + left["width"] - 1) is is_beside
        assert left["width"] > 200
    editor = ben.page.frame_locator("iframe[title='Your wording of C1']")
    expect(editor.locator(".ace_content")).to_contain_text("The wording of Ben.")
