"""Where a clause was tried, and what was voted on its wordings; with the way there, and the way back to the clause."""

from collections.abc import Iterable, Sequence

import streamlit as st

from components.ballot_state import read_rounds
from components.bring import to_clause, to_scenario
from components.clause_place import open_clause
from components.frame import Page
from components.palette import MARKS
from components.place import recall, remember
from components.review_tables import counts_in_words
from components.round_state import may_be_revealed
from components.texts import counted, escape, quoted
from lib.domain.discussion import Tried
from lib.domain.ids import ClauseId
from lib.domain.policy import Clause
from lib.domain.rounds import ItemKind, Round, RoundStatus
from lib.domain.runs import MarkValue
from lib.services.drafting import LivePolicy
from lib.services.reviewing import read_results
from lib.statistics.disagreement import ItemResult, item_results

LINKED = "clause"
"""The parameter of a link to the Draft page that names the clause to open there."""


def draw_tried(page: Page, clause: Clause, tried: tuple[Tried, ...]) -> None:
    """The scenarios on whose responses people marked this clause, each with its counts and the way there."""
    if not tried:
        st.markdown("**Not tried yet**: nobody has marked a response for this clause.")
        page.link_to("test", "Test scenarios", icon=":material/science:")
        return
    st.markdown(f"**Tried on {counted(len(tried), 'scenario')}**")
    for one in tried:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(
                f"S{one.number} {escape(one.title)}",
                key=f"try_{clause.clause_id}_{one.scenario_id}",
                type="tertiary",
                icon=":material/science:",
            ):
                to_scenario(page, one.scenario_id)
                page.go_to("test")
            st.markdown(tried_words(one), width="content")


def tried_words(one: Tried) -> str:
    """Such as "3 followed, 1 violated"; what nobody marked is left out."""
    given = (
        (MarkValue.FOLLOWED, one.followed),
        (MarkValue.VIOLATED, one.violated),
        (MarkValue.NOT_CONCERNED, one.not_concerned),
    )
    return ", ".join(f"{MARKS[value].icon} {count} {MARKS[value].label.lower()}" for value, count in given if count)


def draw_votes(page: Page, clause: Clause) -> None:
    """Revealed votes on this clause's wordings, and whether a round on it is under way; never counts of that one."""
    for one in rounds_on(clause.clause_id, read_rounds(page)):
        state = "is open" if one.status is RoundStatus.OPEN else "is closed, not revealed yet"
        if one.status is RoundStatus.CLOSED and not may_be_revealed(one):
            st.markdown(f"Round {one.number} on this clause is closed; too few voted for it ever to be revealed.")
            continue
        page.link_to("vote", f"Round {one.number} on this clause {state}", icon=":material/how_to_vote:")
    results = votes_on(clause.clause_id, (item for result in read_results(page.read) for item in item_results(result)))
    if not results:
        return
    st.markdown("**Votes on its wordings**")
    for item in results:
        wording = "the present wording" if item.item.text == clause.wording else "an earlier wording"
        version = f"v{item.item.version_number}" if item.item.version_number else "unpublished text"
        st.markdown(f"Round {item.round_number} · {version}, {wording}: **{counts_in_words(item.counts)}**")
        if item.item.text != clause.wording:
            st.caption(quoted(item.item.text, 200))
    st.caption("Votes stay with the wording they were cast on.")
    page.link_to("review", "Look at the votes and reasons", icon=":material/insights:")


def rounds_on(clause_id: ClauseId, rounds: Iterable[Round]) -> list[Round]:
    """Those that are not revealed and in which this clause is voted on."""
    return [
        one
        for one in rounds
        if one.status is not RoundStatus.REVEALED
        and any(item.kind is ItemKind.CLAUSE and item.clause_id == clause_id for item in one.items)
    ]


def votes_on(clause_id: ClauseId, results: Iterable[ItemResult]) -> list[ItemResult]:
    """The revealed items that are wordings of this clause."""
    return [one for one in results if one.item.kind is ItemKind.CLAUSE and one.item.clause_id == clause_id]


def draw_ways_to_clauses(page: Page, clause_ids: Iterable[ClauseId], words: str) -> None:
    """Links to these clauses on the Draft page, in the order of the policy; nothing for those that are not in it."""
    wanted = set(clause_ids)
    known: Sequence[Clause] = page.read(LivePolicy, "read_policy").policy.clauses
    found = [one for one in known if one.clause_id in wanted]
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(words, width="content")
        for one in found:
            page.link_to("draft", f"C{one.number}", **{LINKED: one.clause_id})


def open_linked_clause(page: Page) -> None:
    """Open the clause that a link to this page named, once for each following of it."""
    wanted = st.query_params.get(LINKED)
    if wanted is None or recall("linked_clause") == (wanted, page.visit):
        return
    remember("linked_clause", (wanted, page.visit))
    open_clause(page, "beside", ClauseId(wanted))
    to_clause(page, ClauseId(wanted), f"link {page.visit}")
