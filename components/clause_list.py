"""The live policy beside the editor: drawn anew when somebody changes it, with the acts of its clauses."""

from uuid import uuid4

import streamlit as st

from components.beside_clause import beside_words
from components.bring import called_clause
from components.called_place import bring_to
from components.clause_place import close_clause, may_edit, open_clause, opened_clause
from components.frame import Page
from components.note_words import decided_about_clauses
from components.outcome import Outcome, shown
from components.policy_view import PolicyAct, clause_label, policy_view
from components.pulse import live_fragment, look_again_soon
from lib.domain.people import Role
from lib.domain.policy import Policy
from lib.domain.workshop import Place, Topic
from lib.policy.acts import Change, RestoreClause, WithdrawClause
from lib.policy.change import one_place
from lib.services import discussing
from lib.services.drafting import LivePolicy, change_policy, document_in
from lib.services.notes import read_notes

OPENS_A_PANEL = ("edit", "tag", "section", "history", "beside", "rename")
DONE = {"up": "Moved.", "down": "Moved.", "undo": "Back in its place.", "restore": "Restored."}


@live_fragment(Topic.POLICY, Topic.NOTES)
def live_policy(page: Page) -> None:
    """The policy as it stands, others' changes included. Nothing that anybody types stands in here."""
    read = Outcome()
    with shown(read):
        live = page.read(LivePolicy, "read_policy")
        place = page.read(Place, "read_place")
        notes = read_notes(page.read)
        counts = discussing.read_counts(page.read)
    if read.error:
        look_again_soon()
        return
    page.here.put("seen_revision", str(live.policy.revision))
    opened, called = opened_clause(page), called_clause(page)
    act = policy_view(
        live.policy,
        key=f"policy_{page.workshop_id}",
        can_edit=may_edit(page, place),
        can_hide=page.role is Role.FACILITATOR,
        opened=opened.clause_id if opened else called[0] if called else None,
        decided=decided_about_clauses(notes),
        beside={clause_id: beside_words(count) for clause_id, count in counts.items()},
    )
    if act:
        _do(page, live.policy, act)


def bring_to_clause(page: Page) -> None:
    """Bring the clause to which this tab was called into view, once."""
    called = called_clause(page)
    labels = {one.clause_id: clause_label(one) for one in page.read(LivePolicy, "read_policy").policy.clauses}
    if called is not None and called[0] in labels:
        bring_to(f'article[aria-label="{labels[called[0]]}"]', nonce=called[1], key="called_clause")


def _do(page: Page, policy: Policy, act: PolicyAct) -> None:
    if act.kind in ("rough", "done"):
        with page.feedback("Marked: the wording comes later." if act.kind == "rough" else "Not rough any more."):
            discussing.mark_rough(page.store, page.credential, act.clause_id, act.kind == "rough")
    if act.kind in OPENS_A_PANEL:
        open_clause(page, act.kind, act.clause_id, act.section)
        st.rerun()
    change = change_for(policy, act)
    if change is None:
        return
    with page.feedback(DONE.get(act.kind, "")):
        change_policy(page.store, page.credential, change, str(uuid4()))
        opened = opened_clause(page)
        if act.kind == "withdraw" and opened and opened.clause_id == act.clause_id:
            close_clause(page)


def change_for(policy: Policy, act: PolicyAct) -> Change | None:
    """The change that an act asks for; None if there is nothing to change, such as moving up the first clause."""
    if act.kind in ("up", "down"):
        return one_place(document_in(policy), act.clause_id, up=act.kind == "up")
    if act.kind == "withdraw":
        return WithdrawClause(act.clause_id, act.wording)
    gone = next((clause for clause in policy.withdrawn if clause.clause_id == act.clause_id), None)
    if gone is None:
        return None
    return RestoreClause(gone.clause_id, gone.wording, gone.tag, gone.section, act.before)


def label_of(policy: Policy, clause_id: str) -> str:
    """The label of a clause, withdrawn or not."""
    known = (*policy.clauses, *policy.withdrawn)
    return next((clause_label(clause) for clause in known if clause.clause_id == clause_id), "C?")
