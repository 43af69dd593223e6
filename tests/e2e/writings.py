"""Where people write in the app: every field of it, at its page, and how one gets there."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Locator

from components.ballot_reasons import reason_field
from tests.e2e.conftest import PHONE
from tests.e2e.others import Others
from tests.e2e.person import Person
from tests.support.workshop_builder import Someone, new_id

TYPED = "Rough words, written while everybody else does something, and not yet done."
CLAUSES = "draft?view=clauses"
VERSIONS = "draft?view=versions"
NARROW = {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}
WIDE = {"viewport": {"width": 1280, "height": 800}}
DISSENT: Final = "dissenting._draw_field: Your dissent, in your words"
Step = Callable[[Person], object]


@dataclass(frozen=True)
class Field:
    """Where somebody types: its name among `fields_of_the_app`, and how its place is found on the page."""

    name: str
    find: Callable[[Person], Locator]
    typed: str = TYPED
    replaces: int = 0
    """How many of the fields before it go as it is opened."""


@dataclass(frozen=True)
class Writing:
    """Somebody before a page, and the fields of it in which they type one after the other."""

    role: str
    page: str
    fields: tuple[Field, ...]
    view: dict[str, Any] = field(default_factory=lambda: WIDE)
    begins_with_round: bool = True
    before: Callable[[Others, Someone], object] = lambda _others, _someone: None
    also: tuple[str, ...] = ()
    """What others do to the very thing that is written here."""


def one(name: str, *steps: Step, label: str = "", typed: str = TYPED, replaces: int = 0) -> Field:
    """A field that is found by its label, after these steps."""
    label = label or f"^{re.escape(re.split(r'…| [(]in ', name.partition(': ')[2])[0])}"

    def find(person: Person) -> Locator:
        for step in steps:
            step(person)
        return person.field(re.compile(label))

    return Field(name, find, typed, replaces)


def in_ace(name: str, label: str, *steps: Step) -> Field:
    def find(person: Person) -> Locator:
        for step in steps:
            step(person)
        return person.page.frame_locator(f"iframe[title='{label}']").locator("textarea.ace_text-input")

    return Field(f"{name} in Ace", find)


def presses(name: str) -> Step:
    def press(person: Person) -> None:
        person.settle()
        person.page.get_by_role("button", name=re.compile(name)).first.click()

    return press


def chooses(name: str) -> Step:
    return lambda person: person.page.get_by_role("radio", name=re.compile(name)).first.click()


def at_clause(label: str) -> Step:
    return lambda person: person.page.locator(".fm-place").filter(has_text=label).click()


def moves(label: str) -> Step:
    def move(person: Person) -> None:
        person.settle()
        clause_in_the_list = person.page.locator(f"article[aria-label='{label}']")
        clause_in_the_list.get_by_role("button", name="More for").click()
        clause_in_the_list.get_by_role("button", name=f"Move to section {label}").click()

    return move


def opens(name: str) -> Step:
    return lambda person: person.page.get_by_text(re.compile(name)).first.click()


def picks(label: str, option: str) -> Step:
    def pick(person: Person) -> None:
        person.settle()
        person.page.get_by_role("combobox", name=re.compile(label)).first.click()
        person.page.get_by_role("option", name=option).first.click()

    return pick


def unfolds(key: str) -> Step:
    return lambda person: person.page.locator(f".st-key-{key} summary").click()


def tab(name: str) -> Step:
    return lambda person: person.page.get_by_role("tab", name=name).click()


def commented(others: Others, someone: Someone) -> None:
    first = others.built.clauses[0]["clause_id"]
    someone.call("add_comment", comment=new_id(), clause=first, text="What I said before.")


def moved_on(others: Others, _: Someone) -> None:
    others.add_clause("Something that the version does not say.")


def had_no_time(others: Others, someone: Someone) -> None:
    """The round was closed over a reason that was not saved with a vote."""
    [first] = someone.call("read_rounds")
    someone.call("save_draft", field=reason_field(first["items"][0]["item_id"]), text="Half a reason", seq=1)
    others.built.facilitator.call("close_round", round=first["round_id"])


AT_CLAUSES, BESIDE_TEXT = "clause_panel._clause", "document_panel._draw"
WHY, COMMENT = "clause_say._suggest: Why (may stay empty)", "clause_say._comment: Your comment on …"
SUGGESTED, REWORDED = "clause_say._suggest: Your wording for …", "clause_say._change_comment: Your comment, reworded"
QUESTION, WHEN = "round_opening._draw_question: Question", "clause_choices.tag_choice: Only when…"
VERSION = "version_view.publish_box: Name of version …, such as what is new in it (optional)"
SECTION, CLAUSE = "clause_choices.section_choice: Name of the new section", "clause_editor._new_clause: Your clause"
WORDING = "clause_rewording.reword_clause: Your wording of …"
A_DISSENT = one(
    f"{DISSENT} (in dissenting._draw_open) (in pages.review)",
    chooses("Decisions"),
    presses("^I dissent"),
    label="^Your dissent, in your words",
)
UNSAVED = "ballot_reasons.draw_unsent_reason: Your unsaved reason…"

WRITINGS = {
    "a clause in Ace, and a name of a version": Writing(
        "participant",
        CLAUSES,
        (
            in_ace(CLAUSE, "Your clause"),
            one(f"{VERSION} (in pages.draft)", opens("^Publish version")),
        ),
    ),
    "a clause, a new section and a condition on a phone": Writing(
        "participant",
        CLAUSES,
        (
            one(CLAUSE),
            one(f"{SECTION} (in clause_editor._new_clause)", picks("^Section it goes to", "A new section…")),
            one(f"{WHEN} (in clause_editor._new_clause)", chooses("^Only when"), label="^Only when…$"),
        ),
        NARROW,
    ),
    "a new wording": Writing("participant", CLAUSES, (one(WORDING, presses("^Edit C1")),), NARROW),
    "a new wording in Ace, and its condition": Writing(
        "participant",
        CLAUSES,
        (
            in_ace(WORDING, "Your wording of C1", presses("^Edit C1")),
            one(f"{WHEN} (in clause_rewording.reword_clause)", chooses("^Only when"), label="^Only when…$"),
        ),
        also=("tag",),
    ),
    "a comment, and another wording of one": Writing(
        "participant",
        CLAUSES,
        (
            one(f"{COMMENT} (in {AT_CLAUSES})", presses("^Discuss C1")),
            one(f"{REWORDED} (in {AT_CLAUSES})", presses("^Change$"), replaces=1),
        ),
        before=commented,
    ),
    "a comment on a phone": Writing(
        "participant", CLAUSES, (one(f"{COMMENT} (in {AT_CLAUSES})", presses("^Discuss C1")),), NARROW
    ),
    "a suggested wording, and why": Writing(
        "participant",
        CLAUSES,
        (
            one(f"{SUGGESTED} (in {AT_CLAUSES})", presses("^Discuss C1"), chooses("^Suggest a wording")),
            one(f"{WHY} (in {AT_CLAUSES})", label="^Why"),
        ),
    ),
    "beside the live text": Writing(
        "participant",
        "draft",
        (
            one(
                f"{WHEN} (in document_panel._change_tag)", at_clause("C1"), chooses("^Only when"), label="^Only when…$"
            ),
            one(f"{COMMENT} (in {BESIDE_TEXT})"),
            one(f"{SUGGESTED} (in {BESIDE_TEXT})", chooses("^Suggest a wording"), replaces=1),
            one(f"{WHY} (in {BESIDE_TEXT})", label="^Why"),
            one(f"{REWORDED} (in {BESIDE_TEXT})", presses("^Change$"), replaces=2),
        ),
        before=commented,
        also=("tag",),
    ),
    "a name of a version": Writing(
        "facilitator",
        "draft",
        (one(f"{VERSION} (in document_panel.document_panel)", opens("^Publish version")),),
    ),
    "a name for a version that is restored": Writing(
        "participant",
        VERSIONS,
        (
            one(
                "version_restoring.restore_box: Name of the version that this makes (optional)",
                picks("^Read", "v1"),
                opens("^Restore v1…"),
                label="^Name of the version that this makes",
            ),
        ),
        before=moved_on,
    ),
    "a scenario": Writing(
        "participant",
        "test",
        (one("scenario_library._add: What a person says to the model", opens("^Add a scenario")),),
    ),
    "a reason": Writing("participant", "vote", (one("ballot_item._reason: Your reason", presses("^Add a reason")),)),
    "a reason that came too late": Writing(
        "participant",
        "vote",
        (one(f"{UNSAVED} (in ballot_reasons.draw_unsent_reasons)"),),
        before=had_no_time,
    ),
    "a question for a round": Writing(
        "facilitator", "vote", (one(f"{QUESTION} (in round_page._draw_facilitator)", opens("^Open a round")),)
    ),
    "the question of the first round": Writing(
        "facilitator", "vote", (one(f"{QUESTION} (in round_page._draw_facilitator)"),), begins_with_round=False
    ),
    "what a countdown is for": Writing(
        "facilitator", "console", (one("console_timer.draw_named_timer: What for", tab("Countdown")),)
    ),
    "a decision, another wording of one, and a question for a round": Writing(
        "facilitator",
        "console",
        (
            one("console_notes._draw_field: Decision or note", tab("Decisions"), presses("^Reword$")),
            one("note_rewording._draw_wordings: New wording of the …"),
            one(f"{QUESTION} (in console_rounds.draw)", tab("Rounds"), unfolds("open_a_round")),
        ),
        also=("reword a decision",),
    ),
    "a step of the agenda": Writing(
        "facilitator",
        "console",
        (
            one("console_step_fields._draw_inputs: Title", presses("Step of vote")),
            one("console_step_fields._draw_inputs: Minutes", typed="12345.7890"),
            one("console_step_fields._draw_inputs: Note", label="^Note$"),
        ),
        also=("plan",),
    ),
    "a dissent": Writing("participant", "review", (A_DISSENT,)),
    "a dissent on a phone": Writing("participant", "review", (A_DISSENT,), NARROW),
    "a model with its key, and limits": Writing(
        "facilitator",
        "console",
        (
            one("console_model._draw_own: Model (provider/name)", tab("Model and limits"), opens("^Another model")),
            one("console_model._draw_own: Address (only for a server of your own that speaks the OpenAI dialect)"),
            one("console_model._draw_own: Key", label="^Key$"),
            one("console_model._draw_caps: Most model calls", typed="123456789012"),
            one("console_model._draw_caps: Most known cost in US dollars", typed="123456.7890"),
        ),
        also=("settings",),
    ),
    "a section's new name, and one to move a clause to": Writing(
        "participant",
        CLAUSES,
        (
            one("clause_panel._rename_section: New name of “…”", presses("^Rename"), typed=TYPED[:60]),
            one(
                f"{SECTION} (in clause_panel._move_clause)",
                moves("C2"),
                picks("^Section it belongs to", "A new section…"),
                typed=TYPED[:60],
                replaces=1,
            ),
        ),
    ),
    "a person's new name": Writing(
        "facilitator",
        "console",
        (one("console_people._draw_name: Name", picks("^Choose a person", "Ben"), label="^Name$", typed=TYPED[:40]),),
        also=("rename",),
    ),
    "the workshop's brief and title, and the title to delete it": Writing(
        "facilitator",
        "console",
        (
            one("console_workshop._draw_words: … (in console_workshop.draw)", tab("Workshop"), label="^Brief$"),
            one("console_workshop._draw_words: … (in console_workshop.draw) (2)", label="^Title$"),
            one("console_workshop._draw_deletion: Type the title to delete it: …", opens("^Delete the workshop$")),
        ),
        also=("settings",),
    ),
    "a workshop in the lobby, and a code": Writing(
        "nobody",
        "",
        (
            one("lobby_create.draw: Brief: what the group is here for (optional)"),
            one("lobby_create.draw: Title"),
            one("lobby_create.draw: Create code"),
            one("lobby_join._draw_code: Join code"),
        ),
    ),
    "one's name in the lobby": Writing(
        "nobody", "?code={code}", (one("lobby_join._draw_name: NAME", label="^Your name"),)
    ),
    "one's name on the page of the join link": Writing(
        "nobody", "join/{code}", (one("routes.join: <input name>", label="^Your name"),)
    ),
}
