"""The Streamlit script: which pages there are, and what stands around all of them."""

import sys
from contextlib import suppress
from pathlib import Path

import streamlit as st

ROOT = str(Path(__file__).resolve().parent.parent)
FOLDER = str(Path(__file__).resolve().parent)
# `streamlit run` puts this folder first on sys.path, where `live` and `components.live` would be two modules with two
# states. Only the repository root belongs there.
if FOLDER in sys.path:
    sys.path[:] = [entry for entry in sys.path if entry != FOLDER]
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from components.outcome import show_error  # noqa: E402
from components.pages import ICONS, TITLES, file_of  # noqa: E402
from components.refusal import PageIsOver  # noqa: E402
from components.start import in_turn  # noqa: E402
from lib.domain.errors import FolkmootError  # noqa: E402

st.set_page_config(page_title="Folkmoot", page_icon=str(Path(ROOT) / "components" / "favicon.png"), layout="wide")

page = st.navigation(
    [
        st.Page(
            file_of(name),
            title=title,
            icon=ICONS[name],
            url_path="" if name == "lobby" else name,
            default=name == "lobby",
        )
        for name, title in TITLES.items()
    ],
    position="hidden",
)
try:
    with in_turn(), suppress(PageIsOver):
        page.run()
except FolkmootError as error:
    show_error(error)
    if st.button("Try again", key="try_again", icon=":material/refresh:"):
        st.rerun()
