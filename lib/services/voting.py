"""Rounds: opening, voting, closing, revealing, and what each person may read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from lib.domain.errors import ValidationFailed
from lib.domain.ids import ClauseId, ItemId, ResponseId, RoundId, VersionId
from lib.domain.people import Credential
from lib.domain.rounds import Anonymity, CastVote, Position, Round, RoundResult
from lib.services.vote_batcher import VoteBatcher
from lib.store.decode import decode
from lib.store.port import Store

MAX_QUESTION_CHARS = 300
MAX_REASON_CHARS = 1_000
MAX_ITEMS = 100


@dataclass(frozen=True)
class ResponseChoice:
    """A finished, shared response to be voted on."""

    response_id: ResponseId


@dataclass(frozen=True)
class ClauseChoice:
    """A clause to be voted on, as it is worded in a published version."""

    version_id: VersionId
    clause_id: ClauseId


Choice = ResponseChoice | ClauseChoice


def open_round(
    store: Store,
    credential: Credential,
    round_id: RoundId,
    question: str,
    anonymity: Anonymity,
    choices: Sequence[Choice],
) -> Round:
    """A new open round on items frozen as they are now. Facilitators only; opening the same id twice opens one.

    Raises:
        ValidationFailed: everything that is wrong with the question and the choice, at once.
        NotFound: an item cannot be voted on any more.
    """
    problems = _problems(question, choices)
    if problems:
        raise ValidationFailed(*problems)
    items = [_item(choice) for choice in dict.fromkeys(choices)]
    row = store.call(
        "open_round",
        **_who(credential),
        round=round_id,
        question=question.strip(),
        anonymity=anonymity.value,
        items=items,
    )
    return decode(Round, row)


def close_round(store: Store, credential: Credential, round_id: RoundId) -> Round:
    """The round, which takes no more votes and still shows none. Facilitators only; closing twice is harmless."""
    return decode(Round, store.call("close_round", **_who(credential), round=round_id))


def reveal_round(store: Store, credential: Credential, round_id: RoundId) -> Round:
    """The round, with its votes now readable by everyone in the workshop. Facilitators only.

    In an anonymous round the link between people and votes is destroyed in the same transaction, for good.

    Raises:
        Conflict: the round is still open.
    """
    return decode(Round, store.call("reveal_round", **_who(credential), round=round_id))


def read_rounds(store: Store, credential: Credential) -> tuple[Round, ...]:
    """All rounds, newest first, with the asker's own votes and a turnout without contents."""
    return decode(tuple[Round, ...], store.call("read_rounds", **_who(credential)))


def read_results(store: Store, credential: Credential) -> tuple[RoundResult, ...]:
    """The revealed rounds with their counted votes, oldest first."""
    return decode(tuple[RoundResult, ...], store.call("read_results", **_who(credential)))


def cast_vote(
    votes: VoteBatcher,
    credential: Credential,
    item_id: ItemId,
    position: Position,
    reason: str = "",
    *,
    request_id: str | None = None,
) -> None:
    """Cast or change one's vote on an item; when this returns it is stored. `request_id` makes a repeat harmless.

    Raises:
        ValidationFailed: the reason is too long, or the item is none.
        RoundClosed: the round takes no votes any more; the vote cast before is kept.
        StoreUnavailable: nothing is known to be written; casting again is safe.
    """
    kept = reason.replace("\0", "").strip()
    if len(kept) > MAX_REASON_CHARS:
        raise ValidationFailed(
            f"The reason has {len(kept):,} characters; at most {MAX_REASON_CHARS:,} fit. Shorten it and save again."
        )
    if not _is_id(item_id):
        raise ValidationFailed("This item is in no round. Reload the ballot.")
    votes.cast(credential, CastVote(item_id, position, kept, request_id or str(uuid4())))


def hide_reason(store: Store, credential: Credential, vote_id: str, is_hidden: bool) -> None:
    """Hide an abusive reason of a revealed vote from everyone but the facilitators, or show it again."""
    store.call("hide_text", **_who(credential), kind="reason", id=vote_id, is_hidden=is_hidden)


def _problems(question: str, choices: Sequence[Choice]) -> list[str]:
    problems = []
    if not question.strip():
        problems.append("The question is empty. Ask something that can be agreed with.")
    if len(question.strip()) > MAX_QUESTION_CHARS:
        problems.append(f"The question has {len(question.strip()):,} characters; at most {MAX_QUESTION_CHARS} fit.")
    if not choices:
        problems.append("No item is chosen. Choose at least one response or clause to vote on.")
    if len(choices) > MAX_ITEMS:
        problems.append(f"{len(choices)} items are chosen; a round takes at most {MAX_ITEMS}.")
    return problems


def _item(choice: Choice) -> dict[str, str]:
    if isinstance(choice, ResponseChoice):
        return {"kind": "response", "response_id": choice.response_id}
    return {"kind": "clause", "version_id": choice.version_id, "clause_id": choice.clause_id}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _who(credential: Credential) -> dict[str, str]:
    return {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
