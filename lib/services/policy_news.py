"""What others have changed in the policy since somebody last looked."""

from dataclasses import dataclass
from datetime import datetime

from lib.domain.people import Credential
from lib.domain.policy import Clause
from lib.policy.compare import ClauseChange, change_between
from lib.services.reading import Reader


@dataclass(frozen=True)
class ClauseNews:
    """One clause that others changed. `before` None = it is new to the reader, `after` None = it is gone."""

    before: Clause | None
    after: Clause | None
    by: tuple[str, ...]
    """Who changed it since, in that order; not the reader."""
    was_moved: bool
    at: datetime

    @property
    def change(self) -> ClauseChange:
        """The change by kind and by word."""
        return change_between(self.before, self.after, self.was_moved)


@dataclass(frozen=True)
class PolicyNews:
    """The policy's revision now, and what is new in it, in the order of the text, what is gone last."""

    revision: int
    joined_at: datetime
    changes: tuple[ClauseNews, ...]


def read_news(reader: Reader, credential: Credential, since: int | None) -> PolicyNews:
    """What others changed after that revision of the policy; None = since the person joined."""
    return reader.read(PolicyNews, "read_policy_news", credential, revision=since)
