"""Opens pages of the app as somebody, through the router and the identity port, with the real database behind."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import streamlit as st
from streamlit.proto.Block_pb2 import Block as BlockProto
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.element_tree import Block, Button

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


def button_named(at: AppTest, label: str) -> Button:
    """The button that says this."""
    return next(one for one in at.button if one.label == label)


def container_of(part: Block, key: str) -> Block:
    """The container of this key in a part of the page."""
    blocks = [one for one in part if isinstance(one, Block)]
    return next(one for one in blocks if getattr(one.proto, "id", "").endswith(f"-{key}"))


def press_alone(at: AppTest, label: str) -> AppTest:
    """A press of a button as a browser asks for it: the part of the page that it stands in is drawn, and nothing else.

    `at` then holds that part alone, unless the press has the whole page drawn.
    """
    return _draw_alone(at, button_named(at, label).click().proto.id)


def hears_news(at: AppTest, part: str) -> AppTest:
    """A live part of the page, such as "try_now_draw", is drawn again alone; `at` then holds no other."""
    [pulse] = [one for one in all_data_of(at, "folkmoot_pulse") if f"pulse_{part}_" in one]
    return _draw_alone(at, pulse)


def _draw_alone(at: AppTest, element: str) -> AppTest:
    """Draw the fragment that an element stands in, which AppTest never asks for by itself."""
    fragment = at._session_state._state._new_widget_state.widget_metadata[element].fragment_id
    assert fragment, "it stands in the page itself"
    with patch.object(local_script_runner, "RerunData", partial(RerunData, fragment_id=fragment)):
        return at.run()


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
