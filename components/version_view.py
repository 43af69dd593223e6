"""Published versions: publish the next one, read one, restore it, compare two, take one away."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.file_links import Offer, file_links
from components.frame import Page
from components.part_news import DRAFT_VERSIONS, watch_part
from components.policy_news import news_view
from components.policy_view import policy_view
from components.texts import counted, escape
from components.version_restoring import restore_box
from components.version_words import CHANGE_WORDS, draw_change, when
from lib.domain.errors import ValidationFailed
from lib.domain.people import Role
from lib.domain.policy import Policy, VersionHeader
from lib.policy.compare import ChangeKind, ClauseChange
from lib.services.drafting import Comparison, LivePolicy, compare_versions, publish_version, read_policy, read_version
from lib.services.exporting import POLICY_FILE, PROMPT_FILE

NOTE = "version:note"
NOW = 0
WHAT_PUBLISHING_DOES = "A version never changes again. It can be tested, voted on and compared; drafting goes on."
PUBLISHED = "Published. Everyone can now test it and vote on it."
LEVEL_WITHIN_S = 10.0


def publish_box(page: Page, live: LivePolicy, *, is_live: bool = False) -> None:
    """Publish what this tab last showed as the next version; folded away while there is nothing new.

    With `is_live` it is the text of the live document as it stands at the press: everybody saw it as it was typed.
    """
    number = (live.versions[0].number or 0) + 1 if live.versions else 1
    if page.role is Role.ORGANIZER or not live.policy.clauses:
        return
    seen = int(page.here.get("seen_revision") or live.policy.revision)
    with st.expander(f"Publish version {number}", icon=":material/publish:", key="publish"):
        st.markdown(WHAT_PUBLISHING_DOES)
        handed = draft_field(
            page,
            label=f"Name of version {number}, such as what is new in it (optional)",
            field=NOTE,
            actions=(("publish", f"Publish version {number}"),),
            who_sees="Everyone sees the name with your name once you publish.",
            max_chars=500,
            height=60,
            allow_empty=True,
        )
    if handed:
        with page.feedback(PUBLISHED):
            if is_live:
                publish_live_text(page, handed.text, handed.request_id)
            else:
                publish_version(page.store, page.credential, seen, handed.text, handed.request_id)
            clear_draft(page, NOTE)


def publish_live_text(page: Page, note: str, request_id: str) -> None:
    """Publish the live document as it stands at this moment.

    Raises:
        ValidationFailed: the text cannot be the policy as it stands, or nothing in it is new.
    """
    problem = page.app.rooms.level(page.credential, LEVEL_WITHIN_S)
    if problem:
        raise ValidationFailed(f"Nothing was published, since the text is not the policy yet: {problem}")
    revision = read_policy(page.store, page.credential).policy.revision
    publish_version(page.store, page.credential, revision, note, request_id)


def versions_view(page: Page, live: LivePolicy) -> None:
    """Read, compare and take away versions, the unpublished policy of now included."""
    watch_part(page, DRAFT_VERSIONS)
    numbers = [version.number for version in live.versions if version.number is not None]
    if not numbers:
        st.info("No version is published yet. Publish one when the group wants to test or vote on what it has.")
    for version in live.versions:
        st.markdown(_header_line(version))
    chosen = st.selectbox("Read", [NOW, *numbers], format_func=_name, key="read_version")
    shown = _policy_of(page, live, chosen)
    _take_away(page, chosen)
    if chosen != NOW:
        restore_box(page, live, chosen, shown)
    with st.container(border=True, key="version_text"):
        policy_view(shown, key=f"version_{page.workshop_id}_{chosen}", acts=False)
    news_view(page)
    if numbers:
        _compare(page, live, numbers)


def _header_line(version: VersionHeader) -> str:
    note = f" — {escape(version.note)}" if version.note else ""
    count = counted(version.clause_count, "clause")
    by = f"{escape(version.published_by)}, {when(version.published_at)}"
    return f"**v{version.number}**{note}  \n{count}, published by {by}"


def _name(number: int) -> str:
    return "Now (unpublished)" if number == NOW else f"v{number}"


def _policy_of(page: Page, live: LivePolicy, number: int) -> Policy:
    if number == NOW:
        return replace(live.policy, withdrawn=())
    version = read_version(page.store, page.credential, number)
    return Policy(version.text, live.policy.revision, version.clauses)


def _take_away(page: Page, number: int) -> None:
    version = number or None
    offers = (Offer("As Markdown", POLICY_FILE, version), Offer("As system prompt", PROMPT_FILE, version))
    file_links(page, offers, key="version_files")


def _compare(page: Page, live: LivePolicy, numbers: Sequence[int]) -> None:
    st.subheader("What changed?", anchor=False)
    with st.container(horizontal=True):
        before = st.selectbox("From", numbers, index=min(1, len(numbers) - 1), format_func=_name, key="compare_from")
        after = st.selectbox("To", [NOW, *numbers], format_func=_name, key="compare_to")
    found = compare_versions(page.store, page.credential, before, after or None)
    changed = [change for change in found.changes if change.kinds]
    st.markdown(_summary(found, changed))
    for change in changed:
        draw_change(change)
    if found.text_diff:
        with st.expander("The text, line by line"):
            st.code(found.text_diff, language="diff", wrap_lines=True)


def _summary(found: Comparison, changed: Sequence[ClauseChange]) -> str:
    if not changed:
        return "The clauses are the same."
    same = len(found.changes) - len(changed)
    counts = {kind: sum(kind in change.kinds for change in changed) for kind in ChangeKind}
    parts = [f"{number} {CHANGE_WORDS[kind]}" for kind, number in counts.items() if number]
    return f"{', '.join(parts)}; {same} unchanged."
