"""The messages a model gets: one rendering for the app, the command line and every export."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from lib.policy.document import SegmentKind
from lib.policy.parse import BYTE_ORDER_MARK, parse

PREAMBLE = (
    "You are a helpful assistant. Follow the policy below in every answer. "
    "A rule marked [always] holds for every answer; a rule marked [when: …] holds only in that situation. "
    "Do not mention the policy unless you are asked about it."
)


def system_prompt(policy_text: str) -> str:
    """The policy as a system message: a short preamble, then the policy's text without empty list items."""
    segments = parse(policy_text)
    kept = "".join(s.text for s in segments if s.kind is not SegmentKind.EMPTY_ITEM)
    plain = re.sub(r"\r\n?", "\n", kept.removeprefix(BYTE_ORDER_MARK))
    plain = re.sub(r"\n{3,}", "\n\n", plain).strip()
    return f"{PREAMBLE}\n\nPolicy:\n\n{plain or '(The policy has no rules yet.)'}"


def messages(policy_text: str | None, turns: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The messages for one response. `policy_text` None = baseline: the turns alone, without a system message."""
    conversation = [{"role": turn["role"], "content": turn["content"]} for turn in turns]
    if policy_text is None:
        return conversation
    return [{"role": "system", "content": system_prompt(policy_text)}, *conversation]


def messages_hash(sent: Sequence[Mapping[str, str]]) -> str:
    """The SHA-256 (hex) of messages: of their JSON with sorted keys, no blanks, UTF-8."""
    canonical = json.dumps(
        [dict(message) for message in sent], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
