"""Two people beside one clause: a comment arrives by itself, a suggestion is accepted, and both names are kept."""

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built

ON_PHONE = {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}
SAID = "Which country do you mean?"
BETTER = "Ask for the country before you answer."


def test_a_comment_arrives_and_a_suggestion_is_accepted_under_both_names(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    app, store = served
    built = Built(store)

    def comes_in(name: str, **browser: object) -> Person:
        someone, person = built.join(name), invite_to(app, name, **browser)
        cookie = f"folkmoot_participant_{built.workshop}"
        person.context.add_cookies([{"name": cookie, "value": someone.token, "url": app.url}])
        person.open(f"/draft?view=clauses&w={built.workshop}")
        person.press("Discuss C1")
        return person

    ana, ben = comes_in("Ana"), comes_in("Ben", **ON_PHONE)
    ana.field("Your comment on C1").fill(SAID)
    ana.press("Comment")
    ben.sees(SAID)
    expect(ana.field("Your comment on C1")).to_have_value("")
    ben.button("Discuss C1: 1 comment").scroll_into_view_if_needed()

    ana.page.get_by_role("radio", name="Suggest a wording").click()
    wording = ana.field("Your wording for C1")
    expect(wording).to_have_value("Ask before you answer.")
    wording.fill(BETTER)
    ana.field("Why (may stay empty)").fill("The law differs.")
    ana.press("Suggest it")
    ben.sees("Why: The law differs.")
    ben.look("a suggestion on a phone")
    ben.press("Accept")
    expect(ana.page.get_by_role("article", name="C1")).to_contain_text(BETTER)
    for person in (ana, ben):
        person.page.get_by_text("History", exact=True).first.click()
        expect(person.page.get_by_text("Ana’s suggestion, accepted by Ben").last).to_be_visible()
    [clause, _] = built.facilitator.call("read_policy")["policy"]["clauses"]
    assert (clause["wording"], clause["authors"]) == (BETTER, ["Facilitator", "Ana", "Ben"])

    ana.press("Mark as “rough, wording later”")
    ben.sees("Rough, wording later")
    ana.look("beside the clause")
    ben.look("beside the clause on a phone")


@pytest.mark.long  # tests/pages/test_beside_clause.py follows the links
def test_from_a_clause_one_gets_to_its_scenarios_and_votes_and_back(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    app, store = served
    built = Built(store)
    ana, first = built.join("Ana"), built.clauses[0]["clause_id"]
    run = built.run(ana, ["current"], scenarios=built.scenarios[1:])
    [response] = built.answer_run(run)
    ana.call("set_mark", response=response, clause=first, value="violated")
    opened = built.open_round()
    ana.vote(opened["items"][0]["item_id"], "agree", "It is short.")
    for function in ("close_round", "reveal_round"):
        built.facilitator.call(function, round=opened["round_id"])
    person = invite_to(app, "Ana", looks_closely=False)
    person.context.add_cookies([{"name": f"folkmoot_participant_{built.workshop}", "value": ana.token, "url": app.url}])
    person.open(f"/test?w={built.workshop}")
    person.sees("S1 Case 1")  # another scenario is open here than the one that the clause leads to
    person.open(f"/draft?w={built.workshop}&clause={first}")
    person.field("Your comment on C1").fill(SAID)
    person.sees("Saved. Only you can see this.")
    person.press("S2 Case 2")
    person.sees("Question 2?")
    person.go("C1")
    person.sees("Round 1 · v1, the present wording: 1 agree")
    expect(person.field("Your comment on C1")).to_have_value(SAID)
    person.go("Look at the votes and reasons")
    person.page.get_by_text("Round 1 · C1").first.click()
    person.sees("It is short.")
    person.go("C1")
    expect(person.field("Your comment on C1")).to_have_value(SAID)
