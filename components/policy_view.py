"""The live policy as one element: by section, each clause with its label, tag, authors and acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import streamlit as st

from components.place import recall, remember
from components.scripts import script
from lib.domain.ids import ClauseId
from lib.domain.policy import Clause, Policy, Tag
from lib.policy.document import Segment, SegmentKind
from lib.services.drafting import document_in

HIDDEN_WORDING: Final = "(hidden by the facilitator)"
EMPTY: Final = (
    "No clause yet. Write one rule that the model should follow, such as “Ask which country the person lives in before "
    "answering a legal question”, and add it. Rough wording is fine: everyone can reword it."
)
EMPTY_TO_READ: Final = "No clause yet. The participants' clauses will appear here."

_HERE = Path(__file__).parent
_VIEW = st.components.v2.component(
    "folkmoot_policy_view",
    html="<div class='policy'></div>\n<!-- filled by policy_view.js -->",
    css=(_HERE / "policy_view.css").read_text("utf-8"),
    js=script("policy_view"),
)


@dataclass(frozen=True)
class PolicyAct:
    """What a person asked for with one press of a button in the policy.

    `kind` is one of edit, tag, section, history, beside, rename, up, down, rough, done, withdraw, undo, restore.
    `wording` is the one that the person saw; `before` the clause that followed. `press` is another for each press.
    """

    kind: str
    clause_id: ClauseId
    wording: str
    section: str
    before: ClauseId | None
    press: str


def policy_view(
    policy: Policy,
    *,
    key: str,
    can_edit: bool = False,
    acts: bool = True,
    can_hide: bool = False,
    opened: str | None = None,
    decided: Mapping[str, Sequence[str]] = MappingProxyType({}),
    beside: Mapping[ClauseId, str] = MappingProxyType({}),
) -> PolicyAct | None:
    """Draw the policy; gives what was asked for in this run, or None. The same press is given once.

    A published version is drawn without acts.

    `decided` is what was decided or noted about clauses, by their ids; `beside` is how much is said about them.
    """
    data = policy_data(
        policy, can_edit=can_edit, acts=acts, can_hide=can_hide, opened=opened, decided=decided, beside=beside
    )
    result = _VIEW(key=key, data=data, on_act_change=lambda: None)
    act, given = act_of(result.get("act")), f"policy_act:{key}"
    if act is None or act.press == recall(given):
        return None
    remember(given, act.press)
    return act


def act_of(trigger: Any) -> PolicyAct | None:
    """The act in a trigger of the element."""
    if not trigger:
        return None
    before = str(trigger["before"])
    return PolicyAct(
        kind=str(trigger["kind"]),
        clause_id=ClauseId(str(trigger["clause"])),
        wording=str(trigger["wording"]),
        section=str(trigger["section"]),
        before=ClauseId(before) if before else None,
        press=str(trigger["nonce"]),
    )


def policy_data(
    policy: Policy,
    *,
    can_edit: bool,
    acts: bool = True,
    can_hide: bool = False,
    opened: str | None = None,
    decided: Mapping[str, Sequence[str]] = MappingProxyType({}),
    beside: Mapping[ClauseId, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """What the element draws: headings, clauses and context in the order of the text, then the withdrawn clauses."""
    clauses = {clause.clause_id: clause for clause in policy.clauses}
    blocks: list[dict[str, Any]] = []
    for number, segment in enumerate(document_in(policy).segments):
        block = _block(segment, clauses, number, decided, beside)
        if block is None:
            continue
        if block["kind"] == "context" and blocks and blocks[-1]["kind"] == "context":
            blocks[-1]["text"] += "\n" + block["text"]
        else:
            blocks.append(block)
    return {
        "blocks": blocks,
        "withdrawn": [_withdrawn(clause, can_hide) for clause in policy.withdrawn],
        "can_edit": can_edit,
        "acts": acts,
        "opened": opened,
        "empty": EMPTY if can_edit else EMPTY_TO_READ,
    }


def tag_words(tag: Tag) -> str:
    """A tag as people read it; "" when nothing is said."""
    if tag.always:
        return "Always"
    return f"Only when: {tag.when}" if tag.when else ""


def clause_label(clause: Clause) -> str:
    """A clause's label, such as C7."""
    return f"C{clause.number}"


def _block(
    segment: Segment,
    clauses: dict[ClauseId, Clause],
    number: int,
    decided: Mapping[str, Sequence[str]],
    beside: Mapping[ClauseId, str],
) -> dict[str, Any] | None:
    if segment.kind is SegmentKind.HEADING:
        return {"kind": "heading", "key": f"h{segment.section_index}", "text": segment.section}
    if segment.kind is SegmentKind.CONTEXT and segment.text.strip("\ufeff \t\r\n"):
        return {"kind": "context", "key": f"x{number}", "text": segment.text.strip("\r\n")}
    if segment.clause_id is None:
        return None
    clause = clauses.get(segment.clause_id)
    return {
        "kind": "clause",
        "key": segment.clause_id,
        "id": segment.clause_id,
        "label": clause_label(clause) if clause else "C?",
        "wording": segment.wording,
        "tag": tag_words(segment.tag),
        "by": ", ".join(clause.authors) if clause else "",
        "decided": list(decided.get(segment.clause_id, ())),
        "beside": beside.get(segment.clause_id, ""),
        "rough": bool(clause and clause.rough),
    }


def _withdrawn(clause: Clause, can_hide: bool) -> dict[str, Any]:
    about = [tag_words(clause.tag), f"was in {clause.section}" if clause.section else "", ", ".join(clause.authors)]
    return {
        "id": clause.clause_id,
        "label": clause_label(clause),
        "wording": clause.wording,
        "about": " · ".join(part for part in about if part),
        "can_restore": clause.wording != HIDDEN_WORDING,
        "hiding": "" if not can_hide else "Show again…" if clause.is_hidden else "Hide…",
    }
