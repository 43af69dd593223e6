"""What the group works on: the policy, the runs and the rounds as they stand, each with the act that comes next."""

import streamlit as st

from components.ask_first import ask_first
from components.ballot_state import read_rounds
from components.console_calls import draw_at_work
from components.console_line import MATTERS, line
from components.console_matters_rounds import draw_rounds
from components.console_matters_runs import draw_runs
from components.frame import Page
from components.pending import pending
from components.pulse import live_fragment
from components.texts import counted
from components.version_view import PUBLISHED, WHAT_PUBLISHING_DOES, publish_live_text
from lib.domain.errors import FolkmootError
from lib.domain.policy import PolicyVersion
from lib.domain.workshop import Place, Topic
from lib.services.drafting import LivePolicy, count_changed
from lib.services.reading import asking

READS = ("read_place", "read_policy", "read_runs", "read_scenarios", "read_rounds", "read_queue")


@live_fragment(Topic.PLACE, Topic.POLICY, Topic.TEST, Topic.ROUNDS, Topic.VOTES, Topic.PEOPLE, Topic.CALL, own=True)
def draw_matters(page: Page) -> None:
    """One line a matter with at most two acts. Nothing that anybody types stands in here.

    Participants' acts change what can be done: an act that has nothing to do rests in its place. The runs are the last,
    for what is said below them grows and shrinks as they go on.
    """
    page.gather(*(asking(function) for function in READS))
    try:
        place = page.read(Place, "read_place")
        live = page.read(LivePolicy, "read_policy")
        rounds = read_rounds(page)
    except FolkmootError:
        return  # The live strip says what is the matter.
    with st.container(border=True, key="matters", gap="small"):
        st.markdown(f"**{MATTERS}**")
        _draw_policy(page, place, live)
        # Each part keeps its place in the box, whatever the ones above it hold: a question may be open in it.
        with st.container(key="matter_of_rounds", gap="small"):
            draw_rounds(page, place, rounds)
        with st.container(key="matter_of_calls", gap="small"):
            draw_at_work(page)
        with st.container(key="matter_of_runs", gap="small"):
            draw_runs(page, place.workshop, live)


def _draw_policy(page: Page, place: Place, live: LivePolicy) -> None:
    latest = place.latest_version_number
    can_publish = bool(live.policy.clauses) and (place.changed_since_version or latest is None)
    with line("matter_policy"):
        st.markdown(f":material/edit_note: {_policy_words(page, place, live)}", width="content")
        number = (latest or 0) + 1
        is_meant = ask_first(
            f"Publish version {number}",
            f"{WHAT_PUBLISHING_DOES} The policy as it stands at that moment becomes version {number}. To give it a "
            "name, publish it on Draft instead. Publishing cannot be undone; an older version can be restored, as a "
            "new one.",
            yes=f"Yes, publish version {number}",
            key=f"publish_{number}",
            icon=":material/publish:",
            disabled=not can_publish,
        )
        if is_meant and can_publish:
            now = page.app.reader.contact.moment()
            with page.feedback(PUBLISHED), pending("publish", page.workshop_id, number, now=now) as request:
                publish_live_text(page, "", request)


def _policy_words(page: Page, place: Place, live: LivePolicy) -> str:
    clauses = live.policy.clauses
    latest = place.latest_version_number
    if not clauses:
        return "The policy has no clause yet." if latest is None else "The policy has no clause now."
    if latest is None:
        return f"**{counted(len(clauses), 'clause')}**, not published yet"
    if not place.changed_since_version:
        return f"**v{latest}**, nothing changed since"
    try:
        changed = count_changed(_version(page.workshop_id, latest, page), live.policy)
    except FolkmootError:
        changed = 0  # The live strip says what is the matter.
    return f"Changed since v{latest}: **{counted(changed, 'clause')}**" if changed else f"Changed since v{latest}"


@st.cache_data(ttl=600, max_entries=100, show_spinner=False)
def _version(workshop_id: str, number: int, _page: Page) -> PolicyVersion:
    """A version never changes: it is read once, and not again whenever somebody writes on."""
    return _page.read_now(PolicyVersion, "read_version", number=number)
