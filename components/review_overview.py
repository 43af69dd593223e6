"""The workshop at a glance, read-only: how far it is, its versions and its rounds."""

from collections.abc import Sequence

import streamlit as st

from components.ballot_state import read_rounds
from components.frame import Page
from components.review_tables import Row, counts_in_words, disagreement_in_words, item_name
from components.round_words import TYPE_LABELS
from components.texts import counted, version_label
from lib.domain.policy import VersionHeader
from lib.domain.rounds import Round, RoundResult, RoundStatus
from lib.services.reviewing import contested, read_results, read_versions

STATUS = {
    RoundStatus.OPEN: "open: votes are hidden",
    RoundStatus.CLOSED: "closed, not revealed: votes are hidden",
    RoundStatus.REVEALED: "revealed",
}


def draw_overview(page: Page) -> None:
    """Counts, then versions and rounds as tables; the results themselves stand in the review below."""
    place = page.place
    rounds, results, versions = read_rounds(page), read_results(page.read), read_versions(page.read)
    st.markdown(
        f"{counted(place.participant_count, 'participant')} · {counted(place.clause_count, 'clause')} · "
        f"{version_label(place.latest_version_number, place.changed_since_version)} · "
        f"{counted(len(rounds), 'round')}, {len(results)} revealed"
    )
    st.subheader("Which versions are there?", anchor=False)
    if versions:
        st.dataframe(version_rows(versions), hide_index=True, key="overview_versions")
    else:
        st.markdown(
            "No version has been published yet. A version freezes the policy, so that it can be run and voted on."
        )
    st.subheader("Which rounds were held?", anchor=False)
    if rounds:
        st.dataframe(round_rows(rounds, results), hide_index=True, key="overview_rounds")
    else:
        st.markdown("No round has been opened yet. Results appear here as soon as the facilitator reveals one.")


def version_rows(versions: Sequence[VersionHeader]) -> list[Row]:
    """One row a version, newest first."""
    return [
        {
            "Version": f"v{version.number}",
            "Note": version.note,
            "Published by": version.published_by,
            "Published (UTC)": version.published_at.strftime("%Y-%m-%d %H:%M"),
            "Clauses": version.clause_count,
        }
        for version in versions
    ]


def round_rows(rounds: Sequence[Round], results: Sequence[RoundResult]) -> list[Row]:
    """One row a round, newest first; what is contested only where it is revealed."""
    by_number = {result.number: result for result in results}
    return [
        {
            "Round": one.number,
            "Question": one.question,
            "Type": TYPE_LABELS[one.anonymity],
            "Status": STATUS[one.status],
            "Items": len(one.items),
            "Voted": one.turnout.voted_count,
            "Eligible": one.turnout.eligible_count,
            "Most contested": _most_contested(by_number.get(one.number)),
        }
        for one in rounds
    ]


def _most_contested(result: RoundResult | None) -> str:
    if result is None:
        return ""
    first = contested([result])[0]
    if first.disagreement.value is None:
        return "No number yet: no item has a pair of positions"
    return (
        f"{item_name(first)}: {counts_in_words(first.counts)} "
        f"(disagreement {disagreement_in_words(first.disagreement)})"
    )
