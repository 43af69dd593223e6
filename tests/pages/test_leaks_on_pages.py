"""Nothing of a round that is not revealed stands on any page of anybody else: not in words, charts, tables or data."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from components.pages import TITLES
from lib.store.port import Store
from tests.support.page_visit import app_on, enter, payload_of, visit
from tests.support.planted_votes import PLANTED, Planted, plant

PAGES = [name for name in TITLES if name != "lobby"]
SECTIONS = ("Disagreement", "Coverage", "Versions", "Files")


def seen_by(planted: Planted, role: str) -> dict[str, str]:
    """Everything that the pages send to this person's browser, by page and part."""
    someone = planted.cleo if role == "participant" else getattr(planted.built, role)
    seen = {}
    with app_on(planted.built.store) as browser:
        enter(browser, planted.built, someone, role)
        at = None
        for name in PAGES:
            at = visit(name, planted.built.workshop, at)
            assert not at.exception, name
            seen[name] = _payload(at)
            if name in ("review", "overview") and at.get("button_group"):
                for section in SECTIONS:
                    at.segmented_control(key=f"review_section_{planted.built.workshop}").set_value(section).run()
                    assert not at.exception, (name, section)
                    seen[f"{name}, {section}"] = _payload(at)
    return seen


def _payload(at: AppTest) -> str:
    """The page's elements with their data, without ids and change numbers, which are new for every visit."""
    return re.sub(r"[0-9a-f]{32,}|[0-9a-f-]{36}|\d{13}(\.\d+)?|rev\W+\d+", "", payload_of(at))


@pytest.mark.parametrize("anonymity", ["named", "anonymous"])
@pytest.mark.parametrize("status", ["open", "closed"])
@pytest.mark.parametrize("role", ["participant", "facilitator", "organizer"])
def test_changing_somebodys_votes_changes_nothing_on_any_page(
    store: Store, database_address: str, anonymity: str, status: str, role: str
) -> None:
    planted = plant(store, database_address, anonymity)
    if status == "closed":
        planted.close()
    before = seen_by(planted, role)
    planted.tamper()
    after = seen_by(planted, role)
    for where, payload in before.items():
        assert PLANTED not in payload, where
        assert payload == after[where], where


def test_once_revealed_the_same_change_shows_on_the_pages(store: Store, database_address: str) -> None:
    planted = plant(store, database_address, "named")
    planted.close()
    planted.reveal()
    before = seen_by(planted, "participant")
    planted.tamper()
    after = seen_by(planted, "participant")
    assert {where for where in before if before[where] != after[where]} >= {"vote", "review", "review, Coverage"}
