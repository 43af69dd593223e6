"""Once around the loop: a facilitator, an organizer and three participants, each in a browser of their own.

On both transports. Through Supabase, neither its key nor its address may reach a browser, a file or the log.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from components.texts import GROUP_DOES
from lib.domain.workshop import Stage
from tests.e2e.acts import (
    MODEL_MS,
    add_clause,
    answer,
    answered,
    close_round,
    create_workshop,
    enter,
    join,
    mark,
    open_round,
    publish,
    reveal,
    reword_at_once,
    set_stage,
    to_clauses,
    write_in_editor,
)
from tests.e2e.conftest import PHONE, Invite, new_app, serving
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.backends import backend_on

SECRET = "Because courts differ."


SHORT_ANSWERS = {"FOLKMOOT_MAX_TOKENS": "24"}
TALKATIVE = {"STREAMLIT_LOGGER_LEVEL": "debug"}
"""The one level of logging that an operator can choose. What an ordinary log says is in a talkative one too."""
FILES = ("Policy as Markdown", "Policy as system prompt", "Votes as CSV", "Workshop as JSON")


@pytest.fixture(scope="module", params=["direct", "supabase"])
def app(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[ServedApp]:
    """The app with the embedded model: on its embedded PostgreSQL, and on a Supabase project."""
    if request.param == "direct":
        with serving(new_app(open_folder, SHORT_ANSWERS)) as served:
            yield served
        return
    with backend_on(request.param, request.getfixturevalue("database_address")) as backend:
        environment = {**SHORT_ANSWERS, **TALKATIVE, **backend.environment}
        with serving(new_app(open_folder, environment, backend.secrets)) as served:
            yield served
            assert not served.data.exists(), "a Supabase project leaves the embedded database alone"


def draft(fay: Person, ana: Person, ben: Person, cleo: Person) -> None:
    for person in (ana, cleo):
        person.look("draft")
    to_clauses(ben)
    add_clause(ana, "Say in which country an answer holds.")
    add_clause(cleo, "Offer to explain any word of the law.", on_phone=True)
    for person in (ana, ben, cleo):
        person.sees("Say in which country an answer holds.")
        person.sees("Offer to explain any word of the law.")
    reword_at_once(ana, ben)
    ana.look("draft edited")


def ask(person: Person) -> None:
    """Ask the embedded model about the first scenario, and wait for both answers."""
    person.go(re.compile("^Test scenarios"))
    person.sees("Ask the model")
    person.look("before asking")
    person.press("Ask the model")
    person.sees("Only you see this.")
    answered(person, 2)
    person.look("asked")


def run_many(fay: Person, calls: int) -> None:
    """Run the newest version and the baseline on all scenarios, leave, and come back to a finished run."""
    fay.go(re.compile("^Test scenarios"))
    fay.page.get_by_role("radio", name="Many at once").click()
    fay.sees(f"{calls} calls")
    fay.look("run form")
    runs = fay.page.locator("[class*='st-key-progress_']")
    fay.press("Run in the background")
    fay.go(re.compile("^Console"))
    fay.go(re.compile("^Test scenarios"))
    fay.page.get_by_role("radio", name="Many at once").click()
    newest = runs.first
    expect(newest.get_by_text(f"Finished: {calls} of {calls} answered.")).to_be_visible(timeout=MODEL_MS)
    fay.look("run finished")


def review(person: Person) -> None:
    person.go(re.compile("^Review"))
    for section in ("Coverage", "Versions", "Files", "Disagreement"):
        person.page.get_by_role("radio", name=section).click()
        person.look(f"review {section}")


def take_away(person: Person) -> None:
    """Every file has something in it, and neither they nor the app's other answers hold what nobody may have."""
    person.go(re.compile("^Review"))
    person.page.get_by_role("radio", name="Files").click()
    person.settle()
    for name in FILES:
        assert person.download(name)
    for path in ("/", "/healthz", "/_stcore/health", "/_stcore/host-config", "/join/NOT-A-CODE"):
        assert person.fetch(path)


def once_more(fay: Person, ana: Person, ben: Person, cleo: Person) -> None:
    """Mend a clause, run the new version, vote on it anonymously, and then on a clause itself."""
    voters = (ana, ben, cleo)
    set_stage(fay, "Draft")
    ana.go(re.compile("^Draft"))
    to_clauses(ana)
    ana.press("Edit C2")
    write_in_editor(ana, "Your wording of C2", "Ask first whether there is a deadline or a danger.")
    ana.press("Save for everyone")
    ana.sees("Ask first whether there is a deadline or a danger.")
    publish(ana, 2, "Urgency first")
    run_many(fay, calls=10)
    set_stage(fay, "Vote")
    open_round(fay, 2, "Anonymous", "And now?")
    for person in voters:
        person.go(re.compile("^Vote"))
        person.sees("Anonymous round.")
        answer(person, 1, "Agree", f"Reason {len(person.name)}")
    ana.sees("under v2")
    close_round(fay, 2, voters)
    reveal(fay, 2, voters)
    open_round(fay, 3, "Named", "Do we keep these clauses?", choose=1)
    for person in (ana, cleo):
        person.go(re.compile("^Vote"))
        person.sees("Do we keep these clauses?")
        answer(person, 1, "Agree" if person is ana else "Disagree")
    ana.sees(re.compile("as worded in v2"))
    close_round(fay, 3, (ana, cleo))
    reveal(fay, 3, (ana, cleo))


@pytest.mark.long  # the hour (test_sixty_minutes.py) goes around the loop too
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_around_the_loop(invite: Invite, again: bool) -> None:
    fay = invite("Fay")
    links = create_workshop(fay)
    fay.go("Open the console")
    fay.look("console")
    ana, ben = invite("Ana"), invite("Ben", looks_closely=False)
    cleo = invite("Cleo", viewport=PHONE, color_scheme="dark")
    voters = (ana, ben, cleo)
    for person in voters:
        join(person, links.join)
    olga = invite("Olga")
    enter(olga, links.organizer)
    olga.look("overview")

    draft(fay, ana, ben, cleo)
    publish(ana, 1, "First rough version")

    set_stage(fay, "Test scenarios")
    ask(cleo)
    ask(ana)
    ana.press("Share with everyone")
    ana.press("Yes, share it")
    ana.sees("Everyone sees this.")
    mark(ana, "C1", "Violated")
    run_many(fay, calls=10)

    set_stage(fay, "Vote")
    open_round(fay, 1, "Named", "Is this what we want?")
    for person in voters:
        person.sees(GROUP_DOES[Stage.VOTE])
        person.go("Go to Vote")
        person.sees("Is this what we want?")
        person.sees("Named round.")
        if person.looks_closely:
            person.look("ballot")
    for person in (fay, ben, cleo, olga):
        person.must_not_receive.add(SECRET)
    answer(ana, 1, "Agree", SECRET)
    answer(ana, 2, "Disagree")
    answer(ben, 1, "Disagree")
    answer(cleo, 1, "Pass")
    fay.sees("Have voted: Ana, Ben, Cleo")
    fay.look("round running")
    for person in (fay, olga):
        person.go(re.compile("^Review"))
        person.sees_not(SECRET)
    fay.go(re.compile("^Vote"))
    close_round(fay, 1, voters)
    for person in (fay, ben, cleo, olga):
        person.sees_not(SECRET)
        person.must_not_receive.clear()
    reveal(fay, 1, voters)

    if again:
        once_more(fay, ana, ben, cleo)
    for person in (cleo, fay):
        review(person)
    olga.go(re.compile("^Overview"))
    olga.look("overview at the end")
    take_away(olga)
