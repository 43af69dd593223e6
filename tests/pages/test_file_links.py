"""The links to files on Review and Draft: of this workshop, in the role of the page, for the text that is chosen."""

from collections.abc import Iterator

import pytest

from lib.store.port import Store
from tests.support.page_visit import Browser, app_on, enter, payload_of, visit
from tests.support.workshop_builder import Built

ROLES = ("participant", "facilitator", "organizer")


@pytest.fixture
def browser(store: Store) -> Iterator[Browser]:
    with app_on(store) as opened:
        yield opened


@pytest.fixture
def built(store: Store) -> Built:
    made = Built(store)
    made.publish()
    return made


@pytest.mark.parametrize("role", ROLES)
def test_review_links_to_all_four_files_in_the_role_of_the_page(browser: Browser, built: Built, role: str) -> None:
    enter(browser, built, built.join("Ana") if role == "participant" else getattr(built, role), role)
    at = visit("review", built.workshop)
    at.segmented_control(key=f"review_section_{built.workshop}").set_value("Files").run()
    asker = f"?w={built.workshop}&role={role}"
    for name in ("policy.md", "system_prompt.txt", "votes.csv", "decisions.md", "workshop.json"):
        assert f'/files/{name}{asker}\\"' in payload_of(at)
    at.selectbox(key=f"download_text_{built.workshop}").set_value(1).run()
    for name in ("policy.md", "system_prompt.txt"):
        assert f'/files/{name}{asker}&version=1\\"' in payload_of(at)
    assert f'/files/votes.csv{asker}\\"' in payload_of(at)


@pytest.mark.parametrize("role", ROLES)
def test_draft_links_to_the_version_that_is_read(browser: Browser, built: Built, role: str) -> None:
    enter(browser, built, built.join("Ana") if role == "participant" else getattr(built, role), role)
    at = visit("draft", built.workshop)
    at.segmented_control(key="draft_view").set_value("Versions").run()
    asker = f"?w={built.workshop}&role={role}"
    assert f'/files/policy.md{asker}\\"' in payload_of(at)
    at.selectbox(key="read_version").set_value(1).run()
    for name in ("policy.md", "system_prompt.txt"):
        assert f'/files/{name}{asker}&version=1\\"' in payload_of(at)
    assert f'/files/policy.md{asker}\\"' not in payload_of(at)
