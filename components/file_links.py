"""Files to take away, as links that look like buttons and leave the page as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import streamlit as st

from components.frame import Page
from components.scripts import script
from lib.domain.people import Role

_HERE = Path(__file__).parent
_LINKS = st.components.v2.component(
    "folkmoot_file_links",
    html="<div class='files'></div>\n<!-- filled by file_links.js -->",
    css=(_HERE / "file_links.css").read_text("utf-8"),
    js=script("file_links"),
)


@dataclass(frozen=True)
class Offer:
    """One file of `components/routes/files.py`; `version` None = the policy as it stands when the file is asked for."""

    label: str
    file: str
    version: int | None = None


def file_links(page: Page, offers: Sequence[Offer], *, key: str) -> None:
    """Draw the links in a row. What goes wrong with one is said beside them."""
    _LINKS(key=f"{key}_{page.workshop_id}", data=links_data(page.workshop_id, page.role, offers))


def links_data(workshop_id: str, role: Role, offers: Sequence[Offer]) -> dict[str, Any]:
    """What the element draws. The address names the role, since one browser may hold several for a workshop."""
    return {"files": [{"label": one.label, "address": _address(workshop_id, role, one)} for one in offers]}


def _address(workshop_id: str, role: Role, offer: Offer) -> str:
    query = {"w": workshop_id, "role": role.value} | ({"version": str(offer.version)} if offer.version else {})
    return f"/files/{quote(offer.file)}?{urlencode(query)}"
