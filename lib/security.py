"""Tokens, hashes, join codes and the brake on guessing. Time is passed in; everything here is thread-safe."""

import hashlib
import re
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lib.domain.errors import ValidationFailed
from lib.domain.people import Role

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without I, L, O, 0 and 1, which are misread when a code is read out in a call."""
CODE_LENGTH = 8
TOKEN_BYTES = 16
COOKIE_MAX_AGE_S = 90 * 24 * 3600

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_COOKIE = re.compile(
    r"folkmoot_(participant|facilitator|organizer)_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)


def new_token() -> str:
    """A fresh 128-bit secret in url-safe base64, 22 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token. Says nothing about whether it opens anything."""
    return _TOKEN.fullmatch(text) is not None


def hash_token(token: str) -> str:
    """The SHA-256 of a token in hex: the only form in which it reaches the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_join_code() -> str:
    """A fresh join code without dashes: 8 characters, about 39 bits."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """A join code as people read it: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}" if len(code) == CODE_LENGTH else code


def read_join_code(typed: str) -> str:
    """The join code in what somebody typed or pasted, be it with spaces, dashes, small letters or a whole join link.

    Raises:
        ValidationFailed: nothing in it can be a join code.
    """
    text = typed.strip()
    if match := re.search(r"(?:/join/|[?&]code=)([A-Za-z0-9-]+)", text):
        text = match.group(1)
    code = re.sub(r"[^A-Z0-9]", "", text.upper())
    if not code:
        raise ValidationFailed("The join code is empty. It has 8 letters and digits, such as ABCD-EFGH.")
    if len(code) != CODE_LENGTH:
        raise ValidationFailed(
            f"A join code has 8 letters and digits, such as ABCD-EFGH; this has {len(code)}. "
            "Check it with the facilitator."
        )
    return code


def cookie_name(role: Role, workshop_id: str) -> str:
    """The name of the cookie that holds a person's token: one for each workshop and role."""
    return f"folkmoot_{role.value}_{workshop_id}"


def leading_hash(token_hash: str) -> str:
    """The hash by which a participant acts as facilitator, as long as they were given that right.

    The database makes the same of theirs (`private.leading_hash`); it stands in no link and no cookie.
    """
    return hashlib.sha256(bytes.fromhex(token_hash) + b"facilitator").hexdigest()


@dataclass(frozen=True)
class Pass:
    """A token that a browser holds for one role in one workshop. Whether it still opens anything is not known yet."""

    workshop_id: str
    role: Role
    """The role in which it is used."""
    token: str = field(repr=False)
    is_granted: bool = False
    """Whether it is a participant's own, used as facilitator by the facilitator's grant."""

    @property
    def token_hash(self) -> str:
        """What the database knows of the token."""
        own = hash_token(self.token)
        return leading_hash(own) if self.is_granted else own

    @property
    def cookie_role(self) -> Role:
        """The role under which the browser holds it."""
        return Role.PARTICIPANT if self.is_granted else self.role

    def as_leading(self) -> "Pass":
        """A participant's pass as that of a co-facilitator."""
        return replace(self, role=Role.FACILITATOR, is_granted=True)


def hash_in(cookies: Mapping[str, str], role: Role, workshop_id: str) -> str | None:
    """The token hash of whoever acts in this role by these cookies; None if they hold nothing for it.

    Who asks as facilitator without a facilitator's link may be a participant who was given the right: the database
    knows.
    """
    token = cookies.get(cookie_name(role, workshop_id), "")
    if is_token(token):
        return hash_token(token)
    own = cookies.get(cookie_name(Role.PARTICIPANT, workshop_id), "")
    return leading_hash(hash_token(own)) if role is Role.FACILITATOR and is_token(own) else None


def own_hash_in(cookies: Mapping[str, str], role: Role, workshop_id: str) -> str | None:
    """The token hash of the same person without the right to lead that somebody gave them.

    What is their own, such as unsent text, is kept with it: it outlives the right.
    """
    token = cookies.get(cookie_name(role, workshop_id), "")
    own = cookies.get(cookie_name(Role.PARTICIPANT, workshop_id), "") if role is Role.FACILITATOR else ""
    return next((hash_token(one) for one in (token, own) if is_token(one)), None)


def passes_in(cookies: Mapping[str, str]) -> tuple[Pass, ...]:
    """The passes among a browser's cookies, in the order of the cookies. Anything malformed is left out."""
    found = []
    for name, value in cookies.items():
        match = _COOKIE.fullmatch(name)
        if match and is_token(value):
            found.append(Pass(workshop_id=match.group(2), role=Role(match.group(1)), token=value))
    return tuple(found)


class Throttle:
    """Slows down whoever tries codes that do not exist. Only misses count, so a right code is never refused.

    At most `per_client` misses in `window_s` from one address, and `per_process` from all of them together.
    """

    def __init__(self, *, per_client: int = 10, per_process: int = 200, window_s: float = 300.0) -> None:
        self._per_client = per_client
        self._per_process = per_process
        self._window_s = window_s
        self._misses: dict[str, deque[float]] = {}
        self._all: deque[float] = deque()
        self._lock = threading.Lock()

    def note_miss(self, client: str, now_s: float) -> None:
        """Remember that a client tried something wrong."""
        with self._lock:
            self._forget(now_s)
            self._misses.setdefault(client, deque()).append(now_s)
            self._all.append(now_s)

    def wait_s(self, client: str, now_s: float) -> float:
        """How long until this client's next miss is answered as a miss; 0 = at once."""
        with self._lock:
            self._forget(now_s)
            own = self._misses.get(client, deque())
            waits = [0.0]
            if len(own) >= self._per_client:
                waits.append(own[-self._per_client] + self._window_s - now_s)
            if len(self._all) >= self._per_process:
                waits.append(self._all[-self._per_process] + self._window_s - now_s)
            return max(waits)

    def _forget(self, now_s: float) -> None:
        start = now_s - self._window_s
        while self._all and self._all[0] <= start:
            self._all.popleft()
        for client in [client for client, misses in self._misses.items() if misses[-1] <= start]:
            del self._misses[client]
        for misses in self._misses.values():
            while misses[0] <= start:
                misses.popleft()
