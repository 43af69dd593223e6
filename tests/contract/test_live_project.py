"""The opt-in run of the contract suite on a project of the hosted service."""

import pytest

from lib.domain.errors import NotFound
from lib.store.migrations import known_migrations
from lib.store.supabase_rest import SupabaseStore
from tests.contract.conftest import LIVE


def test_the_contract_suite_is_run_on_a_project_of_the_hosted_service() -> None:
    if not all(LIVE.values()):
        pytest.skip(
            "NOT RUN: the hosted service, its gateway, real PostgREST, its pooler. Set SUPABASE_TEST_URL and "
            "SUPABASE_TEST_SECRET_KEY to an empty project of your own to run the contract suite there as well."
        )
    store = SupabaseStore(str(LIVE["url"]), str(LIVE["key"]))
    assert store.call("read_health")["schema_version"] == known_migrations()[-1].version
    with pytest.raises(NotFound):
        store.call("find_workshop", join_code="NOSUCHCODE")
    store.close()
