"""Open pages change by themselves where a text is hidden, or a run goes on, and nobody's typing is touched."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from lib.security import hash_token, new_token
from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built, Someone, new_id, result

HIDDEN = "(hidden by the facilitator)"
ABUSE = "You are all fools."
REASON = "I was writing this while"
WITHIN_MS = 60_000


@dataclass
class Open:
    """An app, its database, and a workshop in it."""

    app: ServedApp
    built: Built

    def page_of(self, person: Person, someone: Someone, role: str, name: str) -> Person:
        """The person's browser, on this page of the workshop."""
        someone.token = self._new_pass(someone, role)
        cookie = f"folkmoot_{role}_{self.built.workshop}"
        person.context.add_cookies([{"name": cookie, "value": someone.token, "url": self.app.url}])
        person.open(f"/{name}?w={self.built.workshop}")
        return person

    def _new_pass(self, someone: Someone, role: str) -> str:
        token = new_token()
        if role == "participant":
            changes = {"token_hash": hash_token(token)}
            self.built.facilitator.call("change_person", person=someone.person, changes=changes)
        else:
            self.built.store.call("reissue_link", workshop=self.built.workshop, role=role, token_hash=hash_token(token))
        return token

    def hide(self, kind: str, text_id: str, *, is_hidden: bool = True) -> None:
        """What the facilitator does elsewhere."""
        self.built.facilitator.call("hide_text", kind=kind, id=text_id, is_hidden=is_hidden)


@pytest.fixture
def open_(served: tuple[ServedApp, DirectStore]) -> Open:
    app, store = served
    return Open(app, Built(store))


def reads(person: Person, text: str) -> None:
    """The text stands on the page soon, with nobody doing anything there."""
    expect(person.page.get_by_text(text).first).to_be_visible(timeout=WITHIN_MS)


def reads_no_more(person: Person, text: str) -> None:
    """The text is gone from the page soon, with nobody doing anything there."""
    expect(person.page.get_by_text(text)).to_have_count(0, timeout=WITHIN_MS)


def abused_round(built: Built) -> tuple[Someone, dict[str, Any]]:
    """Ana, who votes, and the revealed vote with an abusive reason."""
    ana, ben = built.join("Ana"), built.join("Ben")
    first = built.open_round()
    ben.vote(first["items"][0]["item_id"], "disagree", ABUSE)
    for act in ("close_round", "reveal_round"):
        built.facilitator.call(act, round=first["round_id"])
    [vote] = ana.call("read_results")[0]["votes"]
    return ana, dict(vote)


def open_another_round(built: Built) -> None:
    """A round on the second clause of the version that was voted on."""
    version = built.facilitator.call("read_policy")["versions"][0]["version_id"]
    item = {"kind": "clause", "version_id": version, "clause_id": built.clauses[1]["clause_id"]}
    built.facilitator.call("open_round", round=new_id(), question="And this?", anonymity="named", items=[item])


@pytest.mark.long  # typing and hiding have tests of their own
def test_a_hidden_reason_goes_from_open_pages_while_a_voter_writes_one(open_: Open, invite_to: Invite) -> None:
    someone, vote = abused_round(open_.built)
    open_another_round(open_.built)
    ana = open_.page_of(invite_to(open_.app, "Ana"), someone, "participant", "vote")
    reader = open_.page_of(invite_to(open_.app, "Olga"), open_.built.organizer, "organizer", "overview")
    for person in (ana, reader):
        person.page.get_by_text("1 reason").first.click()
        reads(person, ABUSE)
    ana.button("Add a reason").click()
    field = ana.field("Your reason")
    field.click()
    ana.page.keyboard.type(REASON)
    before = field.bounding_box()
    open_.hide("reason", vote["vote_id"])
    ana.page.keyboard.type(" a text was hidden", delay=400)
    for person in (ana, reader):
        reads_no_more(person, ABUSE)
        reads(person, HIDDEN)
    expect(field).to_have_value(f"{REASON} a text was hidden")
    expect(field).to_be_focused()
    assert field.bounding_box() == before
    open_.hide("reason", vote["vote_id"], is_hidden=False)
    for person in (ana, reader):
        reads(person, ABUSE)


def test_a_hidden_response_and_scenario_go_from_the_test_page_and_the_ballot(open_: Open, invite_to: Invite) -> None:
    built = open_.built
    tess, val = built.join("Tess"), built.join("Val")
    version = built.publish()["version_id"]
    run = built.run(built.facilitator, [version], model="openai/none")
    [response] = built.facilitator.call("read_responses", scenario=None, run=run["run_id"])
    built.store.call("store_response", process="p1", response=response["response_id"], result=result(ABUSE))
    item = {"kind": "response", "response_id": response["response_id"]}
    question = {"question": "Is this right?", "anonymity": "named", "items": [item]}
    built.facilitator.call("open_round", round=new_id(), **question)
    tester = open_.page_of(invite_to(open_.app, "Tess"), tess, "participant", "test")
    voter = open_.page_of(invite_to(open_.app, "Val"), val, "participant", "vote")
    voter.button("Add a reason").click()
    voter.field("Your reason").click()
    voter.page.keyboard.type(REASON)
    tester.page.get_by_text("Add a scenario").first.click()
    tester.field("What a person says to the model").click()
    tester.page.keyboard.type(REASON)
    for kind, text_id, text in (
        ("response", response["response_id"], ABUSE),
        ("scenario", built.scenarios[0], "Question 1?"),
    ):
        for person in (tester, voter):
            reads(person, text)
        open_.hide(kind, text_id)
        for person in (tester, voter):
            reads_no_more(person, text)
            reads(person, HIDDEN)
    expect(tester.page.get_by_role("radio", name="S1")).to_be_checked()
    for person, label in ((voter, "Your reason"), (tester, "What a person says to the model")):
        expect(person.field(label)).to_have_value(REASON)
        expect(person.field(label)).to_be_focused()


def test_a_scenario_that_is_open_says_by_itself_that_it_was_withdrawn_or_hidden(open_: Open, invite_to: Invite) -> None:
    built, second = open_.built, open_.built.scenarios[1]
    tester = open_.page_of(invite_to(open_.app, "Tess"), built.join("Tess"), "participant", "test")
    leader = invite_to(open_.app, "Lea")
    open_.page_of(leader, built.facilitator, "facilitator", "test")
    for person in (tester, leader):
        person.page.get_by_role("radio", name="S2").check(force=True)
        reads(person, "Question 2?")
    tester.page.get_by_text("Add a scenario").first.click()
    field = tester.field("What a person says to the model")
    field.click()
    tester.page.keyboard.type(REASON)
    built.facilitator.call("withdraw_scenario", scenario=second, is_withdrawn=True)
    for person in (tester, leader):
        reads(person, "This scenario was withdrawn from the library")
        expect(person.page.get_by_role("radio", name="S2")).to_be_checked()
    expect(field).to_have_value(REASON)
    expect(field).to_be_focused()
    open_.hide("scenario", second)
    reads(leader, "Hidden: only facilitators read it.")
    expect(leader.button("Show to others again")).to_be_visible()


def test_a_private_question_that_was_paused_for_its_key_shows_its_responses_by_itself(
    open_: Open, invite_to: Invite
) -> None:
    built = open_.built
    ana = built.join("Ana")
    run = built.run(ana, [None], shared=False, is_question=True, model="openai/gpt-4.1-mini")
    asker = open_.page_of(invite_to(open_.app, "Ana"), ana, "participant", "test")
    reads(asker, "Paused: needs the key again")
    [response] = ana.call("read_responses", scenario=None, run=run["run_id"])
    built.facilitator.call("resume_paused", model="openai/gpt-4.1-mini", api_base=None)
    built.store.call("store_response", process="p1", response=response["response_id"], result=result("Here it is."))
    reads(asker, "Here it is.")
    reads_no_more(asker, "Paused: needs the key again")
