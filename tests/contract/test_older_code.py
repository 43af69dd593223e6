"""Servers of an earlier release go on working on a newer schema: first the migration, then the restarts."""

from typing import Any

import pytest

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.runs import Cell
from lib.store import direct
from lib.store.decode import decode
from lib.store.direct import DirectStore, owner_connection
from lib.store.migrations import known_migrations, migrate
from tests.contract.test_functions_robustness import calls
from tests.support.workshop_builder import Built

KNOWN = known_migrations()
FIRST = next(place for place, one in enumerate(KNOWN, 1) if one.name == "grants")
"""So many files made the first schema; each file after them was a release."""
ARGUMENTS = """
select p.proname, coalesce(p.proargnames, '{}'),
       array(select format_type(t, null) from unnest(p.proargtypes) with ordinality a(t, n) order by n),
       p.pronargdefaults
  from pg_proc p where p.pronamespace = 'public'::regnamespace
"""


def functions(address: str) -> dict[str, tuple[dict[str, str], set[str]]]:
    """Every function with its arguments and their types, and which of them must be given."""
    with owner_connection(address) as owner:
        rows = owner.rows(ARGUMENTS)
    assert len({name for name, *_ in rows}) == len(rows), "PostgREST cannot choose between two functions of one name"
    return {
        name: (dict(zip(names, types, strict=True)), set(names[: len(names) - optional]))
        for name, names, types, optional in rows
    }


@pytest.mark.parametrize("release", range(FIRST, len(KNOWN)), ids=lambda n: KNOWN[n - 1].version)
def test_what_an_earlier_release_calls_can_be_called_on_the_newest_schema(
    empty_database_address: str, database_address: str, release: int
) -> None:
    migrate(empty_database_address, KNOWN[:release])
    now = functions(database_address)
    for name, (given, _) in functions(empty_database_address).items():
        arguments, needed = now[name]
        assert needed <= set(given), f"{name} wants more than an older server sends"
        assert given.items() <= arguments.items(), f"{name} does not take what an older server sends"


def test_every_act_can_still_be_called_as_it_was_before_acts_went_under_a_request(
    database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_sent_before(function: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return function, {name: value for name, value in arguments.items() if name != "claim"}

    monkeypatch.setattr(direct, "as_sent", as_sent_before)
    store = DirectStore(database_address)
    for function, (good, _) in calls(Built(store)).items():
        try:
            store.call(function, **good)
        except StoreUnavailable as broken:
            pytest.fail(f"{function}: {broken}")
        except FolkmootError:
            pass  # refused in words, and so understood
    store.close()


def test_an_answer_that_says_more_than_this_code_knows_is_understood(database_address: str) -> None:
    store = DirectStore(database_address)
    built = Built(store)
    run = built.run(built.facilitator, [None])["run_id"]
    cells = store.call("claim_cells", process="p1", limit=1000, stale_s=0.0)
    newer = [cell | {"added_later": {"by": "a newer schema"}} for cell in cells]
    assert run in {cell.run_id for cell in decode(tuple[Cell, ...], newer)}
    store.close()
