"""The file for the browser: the installed one is made of these sources, is kept for ever, and carries its licences."""

import hashlib
import importlib.util
from pathlib import Path

import folkmoot_shared_editor as package
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.routes.shared_editor import NAME
from components.routes.table import ROUTES

FOLDER = Path(__file__).resolve().parents[2] / "components" / "shared_editor"


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=list(ROUTES)))


def test_the_installed_editor_is_made_of_the_sources_that_are_here() -> None:
    spec = importlib.util.spec_from_file_location("editor_backend", FOLDER / "backend.py")
    assert spec is not None
    assert spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    assert backend.sources_sha256() == package.SOURCES_SHA256, (
        "install it again: pip install ./components/shared_editor"
    )


def test_the_browser_keeps_the_file_under_a_name_that_changes_with_it(client: TestClient) -> None:
    answer = client.get(f"/shared_editor/{NAME}")
    assert hashlib.sha256(answer.content).hexdigest() == package.SHA256
    assert f"{package.SHA256[:16]}.js" == NAME
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_what_offers_kept_words_without_the_editor_is_light() -> None:
    assert len(package.KEPT_WORDS.read_bytes()) < 10_000


def test_another_name_is_not_found_and_not_kept(client: TestClient) -> None:
    answer = client.get("/shared_editor/0123456789abcdef.js")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_the_licences_of_what_is_in_it_can_be_read(client: TestClient) -> None:
    text = client.get("/shared_editor/LICENCES.txt").text
    for package_name in ("ace-builds", "yjs", "y-protocols", "lib0"):
        assert f"{package_name}\n---" in text
    assert "Ajax.org" in text
    assert "Kevin Jahns" in text
