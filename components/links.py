"""Addresses that people pass on, as text to copy and as a QR code to scan."""

import io
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import segno
import streamlit as st

from components.scripts import script
from lib.settings import is_loopback

FALLBACK = "http://localhost:8501"
_HERE: Final = Path(__file__).parent
_LINK = st.components.v2.component(
    "folkmoot_link",
    html="""<div class='link'><code id='link'></code>
<button type='button' aria-describedby='link'></button><span class='spoken' role='status'></span></div>""",
    css=(_HERE / "link_to_copy.css").read_text("utf-8"),
    js=script("link_to_copy"),
)
"""Not `st.code`: its highlighter alone keeps a laptop busy for half a second on each page that has one."""


def base_address(public_url: str | None) -> str:
    """Where others reach this server: what the operator set, else what this browser asked for."""
    if public_url:
        return public_url.rstrip("/")
    parts = urlsplit(st.context.url or FALLBACK)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else FALLBACK


def works_here_only(address: str) -> bool:
    """Whether an address opens on this computer and nowhere else."""
    return is_loopback(urlsplit(address).hostname or "")


def join_link(public_url: str | None, code: str) -> str:
    """The address that opens the lobby with the join code filled in."""
    return f"{base_address(public_url)}/join/{code}"


def personal_link(public_url: str | None, token: str) -> str:
    """The secret address that makes a browser its owner's."""
    return f"{base_address(public_url)}/enter/{token}"


def link_with_code(link: str, *, key: str, with_qr: bool = True, warn: bool = True, scale: int = 4) -> None:
    """A link to copy, its QR code, and a plain word if it works on this computer only."""
    _LINK(key=f"link_{key}", data={"link": link, "label": "Copy link"})
    if warn and works_here_only(link):
        st.warning(
            "This link works on this computer only. For others, open Folkmoot through an address that they can reach, "
            "or set FOLKMOOT_PUBLIC_URL (README: same network, tunnel, server with TLS).",
            icon=":material/computer:",
        )
    if with_qr:
        with st.container(key=f"qr_{key}", width="content"):
            st.image(qr_svg(link, scale=scale), alt="QR code of the link above")


def qr_svg(text: str, *, scale: int = 4) -> str:
    """The QR code of a text as SVG, dark on white with its quiet zone, readable in any theme."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=scale, border=3, dark="#000", light="#fff", xmldecl=False)
    return out.getvalue().decode("utf-8")
