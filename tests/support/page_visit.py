"""Opens pages of the app as somebody, through the router and the identity port, with the real database behind."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.proto.Block_pb2 import Block as BlockProto
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from lib import bootstrap
from lib.bootstrap import Application
from lib.security import hash_token, new_token
from lib.services.reading import Reader
from lib.settings import Settings
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone

ROUTER = str(Path(__file__).resolve().parents[2] / "components" / "router.py")


@dataclass
class Browser:
    """The cookies of one browser."""

    held: dict[str, str] = field(default_factory=dict)

    def cookies(self) -> Mapping[str, str]:
        """What this browser sends."""
        return self.held


@contextmanager
def app_on(store: Store) -> Iterator[Browser]:
    """This process's application on a store, with no thread of its own running, and the browser that asks."""
    browser = Browser()
    settings = Settings(data_dir=Path("/nonexistent"))
    engine = bootstrap.make_engine(settings, store)
    application = Application(settings, store, engine, Reader(store), identity=browser)
    bootstrap.override(application)
    st.cache_resource.clear()
    try:
        yield browser
    finally:
        bootstrap.override(None)
        application.votes.close()


def enter(browser: Browser, built: Built, someone: Someone, role: str = "participant") -> None:
    """Give the browser a pass of this person, whose older tokens die."""
    token = new_token()
    if role == "participant":
        changes = {"token_hash": hash_token(token)}
        built.facilitator.call("change_person", person=someone.person, changes=changes)
    else:
        built.store.call("reissue_link", workshop=built.workshop, role=role, token_hash=hash_token(token))
    someone.token = token
    browser.held = {f"folkmoot_{role}_{built.workshop}": token}


def visit(name: str, workshop: str, at: AppTest | None = None, **params: str) -> AppTest:
    """The page as this browser sees it, in a tab of its own or in the given one; `params` stand in its address."""
    if at is None:
        at = AppTest.from_file(ROUTER, default_timeout=30)
        at.query_params["w"] = workshop
        at.run()
    at.switch_page(f"../pages/{name}.py")
    at.query_params.update({"w": workshop, **params})
    return at.run()


def unfold(at: AppTest, built: Built) -> AppTest:
    """The page with the reasons of every item of the newest results unfolded."""
    for item in built.facilitator.call("read_results")[-1]["items"]:
        at.session_state[f"item_{item['item_id']}"] = True
    return at.run()


def payload_of(at: AppTest) -> str:
    """Everything that the page sent to the browser, data of charts and tables included."""
    return "\n".join(_payloads(at.main))


def data_of(at: AppTest, component: str) -> dict[str, Any]:
    """What the page gave to the one element of this kind that is drawn in the browser, such as "folkmoot_strip"."""
    [data] = all_data_of(at, component).values()
    return data


def all_data_of(at: AppTest, component: str) -> dict[str, dict[str, Any]]:
    """The same for each element of this kind, by its id."""
    return _data_in(at.main, component)


def _data_in(part: Block, component: str) -> dict[str, dict[str, Any]]:
    found = [one for one in _protos(part) if getattr(one, "component_name", "") == component]
    return {one.id: json.loads(one.json) for one in found}


def links_in(part: Block) -> list[str]:
    """The links that a part of the page shows to be copied, from its top."""
    return [data["link"] for data in _data_in(part, "folkmoot_link").values()]


def questions_in(part: Block) -> list[str]:
    """What the buttons of a part of the page say that ask first, from its top."""
    return [one.popover.label for one in _protos(part) if isinstance(one, BlockProto) and one.HasField("popover")]


def _payloads(node: Any) -> Iterator[str]:
    yield from map(str, _protos(node))


def _protos(node: Any) -> Iterator[Any]:
    if getattr(node, "proto", None) is not None:
        yield node.proto
    for child in getattr(node, "children", {}).values():
        yield from _protos(child)


def words_of(at: AppTest) -> str:
    """Everything the page says, one element a line."""
    kinds = (at.markdown, at.text, at.header, at.subheader, at.title, at.caption, at.warning, at.error, at.info)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
