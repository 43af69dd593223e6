"""What is taken away is what stands on the screen, in the browser and on the command line; then all is deleted."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built, new_id

REASON = "Because courts differ."
UNREVEALED = "Nobody may read this yet."
POSITIONS = ("agree", "disagree", "agree")


def a_voted_workshop(app: ServedApp) -> Built:
    """Clauses voted on in a revealed named and a revealed anonymous round, and in one that is closed only."""
    address = embedded.start(app.data)
    migrate(address)
    store = DirectStore(address)
    built = Built(store)
    people = [built.join(name) for name in ("Ana", "Ben", "Cleo")]
    version = built.publish()["version_id"]
    items = [{"kind": "clause", "version_id": version, "clause_id": one["clause_id"]} for one in built.clauses]
    for anonymity in ("named", "anonymous", "named"):
        opened = built.facilitator.call(
            "open_round", round=new_id(), question="Is this right?", anonymity=anonymity, items=items
        )
        is_last = opened["number"] == 3
        for someone, position in zip(people, POSITIONS, strict=True):
            someone.vote(opened["items"][0]["item_id"], position, UNREVEALED if is_last else REASON)
        built.facilitator.call("close_round", round=opened["round_id"])
        if not is_last:
            built.facilitator.call("reveal_round", round=opened["round_id"])
    return built


def come_in(person: Person, app: ServedApp, built: Built, role: str) -> None:
    """By a new secret link of the command line, since the old one is lost."""
    link = app.run_cli("link", built.workshop, "--role", role).stdout.splitlines()[0]
    person.page.goto(f"{person.url}/enter/{link.rpartition('/')[2]}")
    person.press(re.compile("^Continue as"))


def counts_by_round(votes: str) -> dict[str, Counter[str]]:
    counted: dict[str, Counter[str]] = {}
    for row in csv.DictReader(io.StringIO(votes)):
        counted.setdefault(row["round"], Counter())[row["answer"]] += 1
    return counted


def test_what_is_taken_away_is_what_stands_on_the_screen(app: ServedApp, invite: Invite, tmp_path: Path) -> None:
    built = a_voted_workshop(app)
    olga, fay = invite("Olga"), invite("Fay")
    olga.must_not_receive.add(UNREVEALED)
    come_in(olga, app, built, "organizer")
    olga.open(f"/review?w={built.workshop}")
    olga.sees("2 agree, 1 disagree")
    olga.page.get_by_role("radio", name="Files").click()
    olga.settle()
    policy = olga.download("Policy as Markdown")
    assert policy.strip() in olga.download("Policy as system prompt")
    votes = olga.download("Votes as CSV")
    workshop = json.loads(olga.download("Workshop as JSON"))
    # Both revealed rounds stand on the screen as "2 agree, 1 disagree"; the third is not revealed.
    assert counts_by_round(votes) == {number: Counter(agree=2, disagree=1) for number in "12"}
    names = [(row["round"], row["participant"]) for row in csv.DictReader(io.StringIO(votes))]
    assert names == [("1", "Ana"), ("1", "Ben"), ("1", "Cleo"), ("2", ""), ("2", ""), ("2", "")]
    assert [(one["status"], len(one.get("votes", []))) for one in workshop["rounds"]] == [
        ("revealed", 3),
        ("revealed", 3),
        ("closed", 0),
    ]
    assert UNREVEALED not in json.dumps(workshop) + votes
    assert any("round 3" in entry["what"] for entry in workshop["withheld"])
    said = app.run_cli("export", built.workshop, "--out", str(tmp_path / "by command"))
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "by command" / "votes.csv").read_text(encoding="utf-8-sig") == votes
    assert (tmp_path / "by command" / "policy.md").read_text(encoding="utf-8") == policy
    delete(fay, app, built)
    gone = app.run_cli("export", built.workshop, "--out", str(tmp_path / "after"))
    assert (gone.returncode, gone.stdout) == (2, "")
    built.store.close()  # type: ignore[attr-defined]


def delete(fay: Person, app: ServedApp, built: Built) -> None:
    """The facilitator deletes the workshop by typing its title."""
    come_in(fay, app, built, "facilitator")
    fay.open(f"/console?w={built.workshop}")
    fay.page.get_by_role("tab", name="Workshop").click()
    fay.page.get_by_text("Delete the workshop", exact=True).first.click()
    fay.settle()
    fay.field("Type the title to delete it: Legal questions").fill("Legal questions")
    fay.button("Delete the workshop and everything in it").click()
    fay.sees("is deleted, with everything in it")
