"""The facilitator opens a round: on what, with which question, and what will be shown to whom."""

from collections.abc import Sequence
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.ask_first import asking_key
from components.ballot_state import read_rounds
from components.draft_field import AsksFirst, Submission, clear_draft, draft_field
from components.focus_back import note_closing
from components.frame import Page
from components.kept_choice import forget_choice, kept_choices, kept_radio, put_choice
from components.people_now import people_now
from components.place import recall, remember, take
from components.presence import could_vote
from components.pulse import live_fragment
from components.round_asking import Chosen, asks_to_open, eligible_words
from components.round_choices import Offer, offers_are_in, read_offers
from components.round_running import closing_key
from components.round_words import CHOICE_CAPTIONS, DEFAULT_QUESTION, TYPE_LABELS
from components.texts import counted
from lib.domain.errors import Conflict, FolkmootError
from lib.domain.ids import RoundId
from lib.domain.people import Person
from lib.domain.rounds import Anonymity, Round
from lib.domain.workshop import Topic
from lib.services.reading import asking
from lib.services.voting import MAX_QUESTION_CHARS, Choice, open_round

FORM = "open_a_round"
FIELD = "round:question"
LOOK_EVERY_S = 5.0
JUST_READ = "eligible_just_read"
NOT_AS_ASKED: Final = (
    "What you were asked about has changed meanwhile, so no round was opened. Look at what is chosen, and open it then."
)
KEPT = {kind: f"round:{kind}" for kind in ("responses", "clauses", "anonymity")}


def opening_form(page: Page, running: Sequence[Round]) -> DeltaGenerator:
    """What the form stands in: unfolded as the page is opened with no round in progress, folded by one's own opening.

    In between it stays as its facilitator has it: another one's round must not fold it under whoever is writing in it.
    A browser takes from Streamlit 1.67 whether an expander with a key is unfolded only as it first draws it. So the one
    that is folded by an opening has a key of its own.
    """
    if recall(_begins_open(page)) is None:
        remember(_begins_open(page), not running)
    opened: int = recall(_own_openings(page), 0)
    return st.container(key=FORM).expander(
        "Open a round",
        icon=":material/add:",
        expanded=bool(recall(_begins_open(page))) and not opened,
        key=f"{FORM}_{page.visit}_{opened}",
    )


def _fold(page: Page) -> None:
    """The form has done its work: the page ends sooner, and the round that came of it may not be in view."""
    remember(_own_openings(page), recall(_own_openings(page), 0) + 1)


def _begins_open(page: Page) -> str:
    return f"opening_begins_open:{page.visit}"


def _own_openings(page: Page) -> str:
    return f"own_openings:{page.visit}"


def draw_opening(page: Page, *, begins_on: str = "") -> None:
    """The form of a new round; with nothing to vote on yet, what to do first.

    `begins_on` is the heading on the same page under which that is done; "" where it is done on other pages.
    """
    page.gather(*offers_are_in(page.read), asking("read_people"))
    offers = read_offers(page.read)
    if not offers.responses and not offers.clauses:
        _draw_what_comes_first(page, begins_on)
        return
    responses = _choose(page, "Responses to vote on", offers.responses, offers.newest_responses, "responses")
    clauses = _choose(page, "Clauses to vote on", offers.clauses, offers.newest_clauses, "clauses")
    remember(JUST_READ, people_now(page))
    _draw_question(page, Chosen(responses, clauses, _choose_anonymity(page)))


def _draw_what_comes_first(page: Page, begins_on: str) -> None:
    is_here = f"Publish a version under **{begins_on}**, and run it on scenarios there."
    is_elsewhere = "Publish a version on the Draft page, then run it on scenarios."
    st.markdown(
        "There is nothing to vote on yet. People vote on clauses of a **published version** of the policy, and on "
        f"**shared responses** of the model. {is_here if begins_on else is_elsewhere}"
    )
    if not begins_on:
        page.link_to("draft", "Publish a version", icon=":material/publish:")
        page.link_to("test", "Run scenarios", icon=":material/science:")


@live_fragment(Topic.ROUNDS, Topic.PEOPLE)
def _draw_question(page: Page, chosen: Chosen) -> float:
    """The question and who could vote, which goes by the clock too. What is typed is the browser's, whoever draws."""
    people: tuple[Person, ...] | None = take(JUST_READ)
    try:
        people = page.read_fresh(tuple[Person, ...], "read_people") if people is None else people
        rounds = read_rounds(page)
    except FolkmootError:
        return LOOK_EVERY_S  # The live strip says what is the matter.
    there = [person for person in people if not person.is_removed]
    eligible = sum(could_vote(person, page.app.clock()) for person in there)
    st.markdown(f"{counted(len(chosen.items), 'item')} chosen. {eligible_words(eligible, len(there))}")
    asks = asks_to_open(_next_number(rounds), chosen, eligible, len(there))
    submission = draft_field(
        page,
        label="Question",
        field=FIELD,
        actions=(("open", f"Open round {_next_number(rounds)}"),),
        who_sees="Everyone reads the question on the ballot. Only you see it until you open the round.",
        initial=rounds[0].question if rounds else DEFAULT_QUESTION,
        max_chars=MAX_QUESTION_CHARS,
        single_line=True,
        allow_empty=True,
        asks=asks,
    )
    if submission is not None:
        _open(page, chosen, asks, submission)
    return LOOK_EVERY_S


def _open(page: Page, chosen: Chosen, asks: AsksFirst | None, submission: Submission) -> None:
    """Open what was asked about, and nothing else."""
    round_id = RoundId(str(uuid5(NAMESPACE_URL, f"folkmoot:round:{submission.request_id}")))
    with page.feedback("The round is open."):
        if asks is not None and submission.seen != asks.seen:
            raise Conflict(NOT_AS_ASKED)
        open_round(page.store, page.credential, round_id, submission.text, chosen.anonymity, chosen.items)
        clear_draft(page, FIELD)
        _forget_choice(page)
        _fold(page)
        note_closing(page, asking_key(closing_key(round_id)))


def _choose(page: Page, label: str, offers: Sequence[Offer], newest: Sequence[str], kind: str) -> tuple[Choice, ...]:
    """The chosen ones of one kind; nothing is drawn where there is nothing to choose from."""
    if not offers:
        return ()
    by_id = {offer.offer_id: offer for offer in offers}
    key, field = _key(page, kind), KEPT[kind]
    chosen = st.multiselect(
        label,
        list(by_id),
        placeholder="Choose one or more",
        **kept_choices(page, field, list(by_id), [], key=key, format_func=lambda offer_id: by_id[offer_id].label),
    )
    with st.container(horizontal=True):
        what = f"all {len(newest)} of the newest version" if len(newest) < len(offers) else f"all {len(offers)}"
        for name, words, those in (("all", what, list(newest)), ("none", "none", [])):
            st.button(
                f"Choose {words}",
                key=f"{key}_{name}",
                type="tertiary",
                on_click=put_choice,
                args=(page, field, key, those),
            )
    return tuple(by_id[one].choice for one in chosen)


def _choose_anonymity(page: Page) -> Anonymity:
    """Named or anonymous: kept beyond the opening, because no round may be of another kind than its facilitator saw."""
    options = list(Anonymity)
    chosen: Anonymity = st.radio(
        "What will be shown to whom",
        options,
        captions=[CHOICE_CAPTIONS[one] for one in options],
        **kept_radio(
            page,
            KEPT["anonymity"],
            options,
            options[0],
            key=_key(page, "anonymity"),
            format_func=lambda one: TYPE_LABELS[one],
        ),
    )
    return chosen


def _forget_choice(page: Page) -> None:
    for kind in ("responses", "clauses"):
        forget_choice(page, KEPT[kind], _key(page, kind))


def _next_number(rounds: tuple[Round, ...]) -> int:
    return rounds[0].number + 1 if rounds else 1


def _key(page: Page, name: str) -> str:
    return f"new_round_{name}_{page.workshop_id}"
