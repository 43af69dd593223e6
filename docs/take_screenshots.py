"""The pictures of the documentation: `python -m docs.take_screenshots` plays a small workshop and writes docs/images.

The real app on an embedded database and the embedded model, in a temporary folder; people are real browsers. What the
group has written so far is put in through the services, so that every picture shows the same hour of work.
"""

import io
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from lib.domain.ids import ClauseId, CommentId, PersonId, ResponseId, RoundId, SuggestionId
from lib.domain.people import Credential, Role
from lib.domain.rounds import Anonymity, Item, Position, Round
from lib.domain.workshop import Stage
from lib.llm.catalogue import EMBEDDED_MODEL, EMBEDDED_PARAMETERS
from lib.policy.acts import AddClause, Change, EditClause
from lib.samples import samples
from lib.samples.plans import PLANS, fresh_plan
from lib.security import cookie_name, hash_token, new_token
from lib.services import agenda as agendas
from lib.services import discussing, leading, timer, voting, workshops
from lib.services.drafting import LivePolicy, change_policy, publish_version, read_policy
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from lib.store.port import Store
from tests.e2e.conftest import FLAGS, LAPTOP, PHONE
from tests.e2e.served import ServedApp, chromium

IMAGES = Path(__file__).with_name("images")
EVENLY_SET = "--font-render-hinting=none"
"""Else a browser without a window sets letters too close in places."""
NAMES = ("Amara Okafor", "Bruno Keller", "Chiara Rossi", "Devon Price", "Elin Berg", "Farid Haddad")
ANSWERED_WITHIN_S = 300
COLOURS = 200
AGREE, PASS, DISAGREE, CANNOT_JUDGE = Position.AGREE, Position.PASS, Position.DISAGREE, Position.CANNOT_JUDGE
FIRST_VOTES = (
    ((AGREE, ""), (DISAGREE, "It never asks where they live, so half of it may be wrong."), (PASS, "")),
    ((AGREE, ""), (AGREE, ""), (DISAGREE, "Far too long for a phone.")),
    ((AGREE, "Kind, and it does not promise anything."), (DISAGREE, ""), (DISAGREE, "")),
    ((AGREE, ""), (AGREE, "Better than the silence people get elsewhere."), (AGREE, "")),
    ((PASS, ""), (DISAGREE, "No word about the deadline."), (CANNOT_JUDGE, "I do not know parole law.")),
    ((AGREE, ""), (AGREE, ""), (DISAGREE, "It helps to get around a duty.")),
)
"""Who voted what in the revealed round: a row a person, a pair an item."""


@dataclass
class Workshop:
    """The workshop with the means to act in it as anybody."""

    store: Store
    created: workshops.NewWorkshop
    people: list[workshops.Joined]

    @property
    def facilitator(self) -> Credential:
        """The facilitator's proof."""
        return Credential(self.created.workshop_id, hash_token(self.created.facilitator_token))

    def credential(self, number: int) -> Credential:
        """A participant's proof."""
        return Credential(self.created.workshop_id, hash_token(self.people[number].token))

    @property
    def live(self) -> LivePolicy:
        """The policy now."""
        return read_policy(self.store, self.facilitator)

    def change(self, number: int, change: Change) -> None:
        """A participant changes the policy."""
        change_policy(self.store, self.credential(number), change, _new_id())

    def publish(self, number: int, note: str) -> None:
        """A participant publishes a version."""
        publish_version(self.store, self.credential(number), self.live.policy.revision, note, _new_id())

    def run(self) -> None:
        """Ask the embedded model every scenario under the newest version and without any, and wait for the answers."""
        who = _who(self.facilitator)
        scenarios = [row["scenario_id"] for row in self.store.call("read_scenarios", **who)]
        run = _new_id()
        self.store.call(
            "start_run",
            **who,
            run=run,
            versions=[self.live.versions[0].version_id, None],
            scenarios=scenarios,
            model=EMBEDDED_MODEL,
            api_base=None,
            samples=1,
            params={"max_tokens": 90, **EMBEDDED_PARAMETERS},
            is_shared=True,
            is_question=False,
        )
        deadline = time.monotonic() + ANSWERED_WITHIN_S
        while any(one["status"] == "active" for one in self.store.call("read_runs", **who)):
            assert time.monotonic() < deadline, "the embedded model did not answer"
            time.sleep(1)

    def responses(self) -> list[ResponseId]:
        """The finished responses under the newest version, in the order of the scenarios."""
        newest = self.live.versions[0].version_id
        rows = self.store.call("read_responses", **_who(self.facilitator), scenario=None, run=None)
        return [
            ResponseId(one["response_id"]) for one in rows if one["version_id"] == newest and one["status"] == "done"
        ]

    def open_round(self, question: str, choices: list[voting.Choice]) -> Round:
        """A named round."""
        round_id = RoundId(_new_id())
        return voting.open_round(self.store, self.facilitator, round_id, question, Anonymity.NAMED, choices)

    def vote(self, number: int, item: Item, position: Position, reason: str = "") -> None:
        """A participant answers an item."""
        vote = {**_who(self.credential(number)), "item_id": item.item_id, "position": position.value, "reason": reason}
        [outcome] = self.store.call("cast_votes", votes=[{**vote, "request_id": _new_id()}])
        assert outcome.get("ok"), outcome

    def mark(self, number: int, response: ResponseId, label: int, value: str) -> None:
        """A participant marks how a response stands to the clause of this number."""
        clause = next(one.clause_id for one in self.live.policy.clauses if one.number == label)
        self.store.call("set_mark", **_who(self.credential(number)), response=response, clause=clause, value=value)


def main() -> int:
    """Write all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="folkmoot-pictures-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        address = embedded.start(folder / "server")
        try:
            migrate(address)
            app = ServedApp(folder / "app", environment={"DATABASE_URL": address, "FOLKMOOT_MAX_TOKENS": "60"})
            app.start()
            try:
                store = DirectStore(address)
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, EVENLY_SET])
                    take_all(Camera(browser, app.url), store)
                    browser.close()
                store.close()
            finally:
                app.end()
        finally:
            embedded.release(folder / "server")
    return 0


@dataclass
class Camera:
    """Opens browsers and takes pictures."""

    browser: Browser
    url: str

    @contextmanager
    def page(
        self, workshop: Workshop | None, person: int | None, path: str, *, is_phone: bool = False
    ) -> Iterator[Page]:
        """A page in the browser of a participant (by number), the facilitator (None), or a stranger (no workshop)."""
        dark = "dark" if is_phone else "light"
        context = self.browser.new_context(
            viewport=PHONE if is_phone else LAPTOP,  # type: ignore[arg-type]
            color_scheme=dark,  # type: ignore[arg-type]
            is_mobile=is_phone,
            has_touch=is_phone,
        )
        context.set_default_timeout(30_000)
        if workshop is not None:
            self._sign_in(context, workshop, person)
            path += f"?w={workshop.created.workshop_id}"
        page = context.new_page()
        page.goto(self.url + path)
        settle(page)
        yield page
        context.close()

    def _sign_in(self, context: BrowserContext, workshop: Workshop, person: int | None) -> None:
        role = Role.FACILITATOR if person is None else Role.PARTICIPANT
        token = workshop.created.facilitator_token if person is None else workshop.people[person].token
        name = cookie_name(role, workshop.created.workshop_id)
        context.add_cookies([{"name": name, "value": token, "url": self.url, "httpOnly": True, "sameSite": "Lax"}])


def take_all(camera: Camera, store: Store) -> None:
    """Play the hour and take the pictures where they fit."""
    with camera.page(None, None, "/") as page:
        expect(page.get_by_role("button", name="Create the workshop")).to_be_visible()
        keep(page, "lobby")
    workshop = gather(store)
    first_round(workshop)
    second_draft(workshop)
    leading.set_stage(store, workshop.facilitator, Stage.DRAFT)
    talk_about(workshop, clause=2)
    write_together(camera, workshop)
    workshop.publish(2, "Deadlines and danger first")
    leading.set_stage(store, workshop.facilitator, Stage.TEST)
    workshop.run()
    with camera.page(workshop, 3, "/test") as page:
        page.get_by_text("Two weeks until the eviction").first.click()
        settle(page)
        keep(page, "test")
    second_round(workshop)
    with camera.page(workshop, 1, "/vote") as page:
        keep(page, "vote")
    with camera.page(workshop, 4, "/vote", is_phone=True) as page:
        page.locator("[class*='st-key-ballot_']").first.evaluate("one => one.scrollIntoView()")
        keep(page, "vote-phone")
    follow_plan(workshop)
    with camera.page(workshop, 1, "/vote"), camera.page(workshop, 2, "/vote"), camera.page(workshop, 3, "/draft"):
        with camera.page(workshop, None, "/console") as page:
            keep(page, "console")
        with camera.page(workshop, None, "/console", is_phone=True) as page:
            keep(page, "console-phone")
    with camera.page(workshop, 0, "/review") as page:
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
        keep(page, "review")


def write_together(camera: Camera, workshop: Workshop) -> None:
    """Four have the live text open, and three of them have just typed."""
    with (
        camera.page(workshop, 2, "/draft") as chiara,
        camera.page(workshop, 3, "/draft") as devon,
        camera.page(workshop, 4, "/draft", is_phone=True) as elin,
        camera.page(workshop, 1, "/draft") as bruno,
    ):
        type_in(bruno, "Ask first whether", " Begin with this.")
        expect(bruno.get_by_text("And what happens if they miss it?").first).to_be_visible()
        bruno.get_by_role("button", name="Try it now").click()
        expect(bruno.get_by_role("link", name="Open under Test scenarios")).to_be_visible(timeout=90_000)
        bruno.get_by_role("button", name="Show who wrote what").click()
        type_in(chiara, "Explain the law", " Name the law.")
        type_in(devon, "Do not predict", " Say what decides it.")
        keep(bruno, "draft")
        type_in(elin, "Say what you are not sure", "")
        elin.locator("[class*='st-key-document_']").first.evaluate("one => one.scrollIntoView()")
        keep(elin, "draft-phone")


def type_in(page: Page, clause: str, words: str) -> None:
    """Type at the end of the line of a clause, in the live text."""
    editor = page.locator("[class*='st-key-document_'] .ace_editor")
    to_the_end = """(one, clause) => {
      const { editor } = one.env
      editor.focus() // a click of Playwright would scroll the text under its labels
      const row = editor.session.getDocument().getAllLines().findIndex(line => line.includes(clause))
      const line = editor.session.getLine(row).replace(/ \\[[^\\]]*\\]$/, "")
      editor.navigateTo(row, line.length)
    }"""
    editor.evaluate(to_the_end, clause)
    page.keyboard.type(words, delay=15)
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible()


def talk_about(workshop: Workshop, clause: int) -> None:
    """Two comments and a suggestion beside a clause."""
    store, about = workshop.store, next(one for one in workshop.live.policy.clauses if one.number == clause)
    for number, text in ((2, "And what happens if they miss it?"), (5, "In custody cases it is often tomorrow.")):
        discussing.add_comment(store, workshop.credential(number), CommentId(_new_id()), about.clause_id, text)
    wording = about.wording.replace("a deadline, a hearing,", "a deadline or a hearing within two weeks,")
    suggestion = SuggestionId(_new_id())
    discussing.suggest_wording(
        store,
        workshop.credential(3),
        suggestion,
        about.clause_id,
        about.wording,
        wording,
        "Legal aid can still act within two weeks.",
    )


def follow_plan(workshop: Workshop) -> None:
    """The plan of 60 minutes, at the step in which the group votes."""
    store, facilitator = workshop.store, workshop.facilitator
    steps = fresh_plan(PLANS[0])
    agendas.set_agenda(store, facilitator, steps, base_revision=0, request_id=_new_id())
    voting_step = next(step for step in steps if step.stage is Stage.VOTE)
    agendas.go_to_step(store, facilitator, seen=None, step=voting_step.step_id)


def gather(store: Store) -> Workshop:
    """The sample workshop, joined by everybody, with a first version and what the model makes of it."""
    starter = next(sample for sample in samples() if sample.name == "legal_questions").starter
    created = workshops.create_workshop(store, starter, max_calls=500, max_cost_usd=5.0)
    people = [
        workshops.join_workshop(store, created.join_code, name, person_id=PersonId(_new_id()), token=new_token())
        for name in NAMES
    ]
    workshop = Workshop(store, created, people)
    workshop.publish(0, "What we began with")
    workshop.run()
    return workshop


def first_round(workshop: Workshop) -> None:
    """A revealed round on three responses under v1, with marks by two people."""
    chosen = workshop.responses()[:3]
    one = workshop.open_round(
        "Would you be content if this went to a client?", [voting.ResponseChoice(r) for r in chosen]
    )
    for number, votes in enumerate(FIRST_VOTES):
        for item, (position, reason) in zip(one.items, votes, strict=True):
            workshop.vote(number, item, position, reason)
    for number, (label, value) in enumerate(((1, "violated"), (4, "followed"), (9, "followed"), (10, "violated"))):
        workshop.mark(number % 2, chosen[number % 3], label, value)
    voting.close_round(workshop.store, workshop.facilitator, one.round_id)
    voting.reveal_round(workshop.store, workshop.facilitator, one.round_id)


def second_draft(workshop: Workshop) -> None:
    """What the group changed after the first round."""
    second = next(clause for clause in workshop.live.policy.clauses if clause.number == 2)
    wording = (
        "Ask first whether there is a deadline, a hearing, or somebody in danger, and answer that before anything else."
    )
    workshop.change(2, EditClause(second.clause_id, second.wording, wording, second.tag))
    added = AddClause(
        ClauseId(_new_id()), "Say what you are not sure about, and how to find it out.", section="What it may say"
    )
    workshop.change(4, added)


def second_round(workshop: Workshop) -> None:
    """An open round on two responses and two clauses of v2, in which three have voted."""
    version = workshop.live.versions[0].version_id
    clauses = [one for one in workshop.live.policy.clauses if one.number in (2, 11)]
    chosen: list[voting.Choice] = [voting.ClauseChoice(version, clause.clause_id) for clause in clauses]
    chosen += [voting.ResponseChoice(response) for response in workshop.responses()[:2]]
    one = workshop.open_round("Is this what we want in version 2?", chosen)
    for number in (1, 2, 5):
        for item in one.items[:2]:
            workshop.vote(number, item, AGREE, "People in a hurry read one line." if number == 1 else "")
    leading.set_stage(workshop.store, workshop.facilitator, Stage.VOTE)
    timer.start_timer(workshop.store, workshop.facilitator, 8 * 60, "to vote")


def settle(page: Page) -> None:
    """Wait until the page stands still."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(1500)


def keep(page: Page, name: str) -> None:
    """Write the picture, in few colours so that it stays small."""
    settle(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    file = IMAGES / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")


def _new_id() -> str:
    return str(uuid.uuid4())


def _who(credential: Credential) -> dict[str, str]:
    return {"workshop": credential.workshop_id, "token_hash": credential.token_hash}


if __name__ == "__main__":
    sys.exit(main())
