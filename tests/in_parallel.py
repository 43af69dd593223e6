"""How `tests/run` spreads the tests over its processes: whole files, on one transport, in the order given."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class ByFileAndTransport(LoadScopeScheduling):
    """Tests that share a database, a server or an app stay in one process, which makes these once."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return f"{file} {'supabase' if '[supabase' in test else 'direct'}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileAndTransport:
    """The scheduler of pytest-xdist for this project."""
    return ByFileAndTransport(config, log)
