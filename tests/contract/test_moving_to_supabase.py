"""From the embedded database to a Supabase project, which has an older PostgreSQL and answers over HTTP, and back."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.domain.errors import SignedOut
from lib.store.direct import owner_connection
from lib.store.migrations import migrate
from lib.store.moving.move import move
from lib.store.moving.rows import titles
from lib.store.supabase_rest import SupabaseStore
from tests.support.databases import Database, nothing
from tests.support.full_workshop import FullWorkshop
from tests.support.older_postgres import OlderPostgres
from tests.support.supabase_lite import SupabaseLite


@pytest.fixture
def here(server_address: str) -> Iterator[Database]:
    """A database of the embedded server."""
    with ExitStack() as exits:
        yield Database(server_address, exits)


@pytest.fixture(params=[15, 17])
def project_address(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[str]:
    """A database with the schema on the major versions that projects have."""
    folder = open_folder / f"project-{request.param}"
    folder.mkdir(mode=0o711)
    server = OlderPostgres(request.param, folder)
    address = server.start()
    migrate(address)
    yield address
    server.stop()


def test_a_workshop_goes_on_in_the_project_and_comes_back_with_what_happened_there(
    here: Database, project_address: str
) -> None:
    full = FullWorkshop(here.store)
    before = here.rows()
    seen = [person.call("read_place") for person in full.people]
    with owner_connection(project_address) as project, SupabaseLite(project_address) as lite:
        move(here.owner, project, full.workshop, keep=False)
        assert nothing(here.rows())
        store = SupabaseStore(lite.url, lite.secret_key)
        for person in full.people:
            person.store = store
        assert [person.call("read_place") for person in full.people] == seen
        assert full.ana.vote(full.open_item, "pass", "voted over HTTP") == {"ok": True}
        move(project, here.owner, full.workshop, keep=False)
        with pytest.raises(SignedOut):
            full.ana.call("read_place")
        assert titles(project) == {}
        store.close()
    after = here.rows()
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"votes", "workshop_revs"}
    assert len(set(after["votes"]) - set(before["votes"])) == 1
    assert any("voted over HTTP" in text for text in after["votes"])
