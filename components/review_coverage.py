"""What of the policy has been tried, by whom, and what nothing has touched."""

from collections.abc import Sequence

import streamlit as st

from components.frame import Page
from components.review_chart_view import draw_chart, theme_of_page
from components.review_charts import coverage_chart, involvement_chart
from components.review_tables import scenario_label
from components.texts import escape, quoted
from lib.domain.policy import Clause, VersionHeader
from lib.services.reviewing import CoverageReview, read_coverage
from lib.statistics.coverage import Share

LIVE = 0


def draw_coverage(page: Page, versions: Sequence[VersionHeader]) -> None:
    """Both shares with their counts, the orphans by name, and the two matrices."""
    review = read_coverage(page.read, _choose_text(page, versions) or None)
    covered = review.coverage
    if not covered.clauses:
        st.markdown("The policy has no clauses yet. Coverage shows which scenarios put which clause to work.")
        page.link_to("draft", "Write a clause", icon=":material/edit_note:")
        return
    st.markdown(_share("clauses were followed or violated in at least one scenario", covered.clause_coverage))
    st.markdown(_share("scenarios put at least one clause to work", covered.scenario_coverage))
    _draw_orphans(review)
    if not covered.cells:
        st.markdown(
            "Nobody has marked a response yet. On the Test scenarios page, say for a response which clauses it "
            "followed, violated or did not concern; then this page shows what the policy covers."
        )
        page.link_to("test", "Mark a response", icon=":material/science:")
    if covered.scenarios and covered.cells:
        draw_chart(coverage_chart(covered, theme_of_page()), key="review_coverage")
    if review.involvement.people:
        draw_chart(involvement_chart(review.involvement, theme_of_page()), key="review_involvement")
        _draw_anonymous(review.involvement.anonymous_rounds)


def _choose_text(page: Page, versions: Sequence[VersionHeader]) -> int:
    names = {LIVE: "The policy as it stands now"} | {v.number or 0: f"Version v{v.number}" for v in versions}
    return int(
        st.selectbox(
            "Clauses of",
            list(names),
            format_func=lambda number: names[number],
            key=f"review_text_{page.workshop_id}",
            help="For a version only responses made with it count, for the policy as it stands those of every version.",
        )
    )


def _share(what: str, share: Share) -> str:
    if share.value is None:
        return f"{share.reason}"
    return f"**{share.count} of {share.n}** {what}."


def _draw_orphans(review: CoverageReview) -> None:
    covered = review.coverage
    _name_clauses("No scenario exercises", covered.unexercised_clauses)
    if covered.unanswered_scenarios:
        names = ", ".join(escape(scenario_label(one.number, one.title)) for one in covered.unanswered_scenarios)
        st.markdown(f":material/search_off: **No clause is at work in:** {names}")
    _name_clauses("Nobody has voted on the present wording of", review.unvoted)
    _name_clauses("Nobody has tested, marked or voted on", review.involvement.untouched_clauses)


def _name_clauses(what: str, clauses: Sequence[Clause]) -> None:
    if clauses:
        named = ", ".join(f"C{clause.number} {quoted(clause.wording, 40)}" for clause in clauses)
        st.markdown(f":material/search_off: **{what}:** {named}")


def _draw_anonymous(rounds: Sequence[int]) -> None:
    if rounds:
        numbers = ", ".join(str(number) for number in rounds)
        st.markdown(
            f":material/visibility_off: Votes of anonymous rounds ({numbers}) belong to nobody and are in no cell."
        )
