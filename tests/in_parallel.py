"""How `tests/run` spreads the tests over its processes: whole files, on one transport, the long ones first."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

LONGEST = ("test_typing_while_others_act.py", "test_two_servers.py", "test_sixty_minutes.py", "test_workshop.py")
"""They come first, so that in the end no process waits for another."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, and keep the order otherwise."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


class ByFileAndTransport(LoadScopeScheduling):
    """Tests that share a database, a server or an app stay in one process, which makes these once."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return f"{file} {'supabase' if '[supabase' in test else 'direct'}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileAndTransport:
    """The scheduler of pytest-xdist for this project."""
    return ByFileAndTransport(config, log)
