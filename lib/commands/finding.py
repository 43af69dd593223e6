"""What the doctor finds: one line each, as good news, a warning or a fault."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lib.domain.errors import FolkmootError


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report. `is_fault` decides the exit code; a warning does not."""

    about: str
    said: str
    is_fault: bool = False
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{'FAULT' if self.is_fault else 'warn ' if self.is_warning else 'ok   '}  {self.about}: {self.said}"


def checked(about: str, check: Callable[[], str]) -> Finding:
    """What a check says, or its failure as a fault."""
    [finding] = all_checked(about, lambda: [Finding(about, check())])
    return finding


def all_checked(about: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a check finds, or its failure as one fault. A message that may hold a secret is never passed on."""
    try:
        return list(check())
    except FolkmootError as error:
        return [Finding(about, str(error), is_fault=True)]
    except Exception as error:  # noqa: BLE001 - the doctor reports what it finds, whatever that is
        return [Finding(about, f"an unexpected fault ({type(error).__name__})", is_fault=True)]
