"""`python -m tests.support.slow_app run Home.py …` is `streamlit run …` on a server that takes long for another page.

Every change of pages takes SLOW_APP_S seconds more than it needs, and so long again if the server begins it by itself,
as where hundreds change at once.
"""

import os
import sys
import time
from typing import Any

import streamlit as st
import streamlit.web.cli
from streamlit.navigation.page import StreamlitPage


def main() -> None:
    """Serve slowly."""
    late_s = float(os.environ["SLOW_APP_S"])
    run, switch_page = StreamlitPage.run, st.switch_page

    def run_late(page: StreamlitPage) -> None:
        is_other = st.session_state.get("slow_app:page", page.url_path) != page.url_path
        st.session_state["slow_app:page"] = page.url_path
        if is_other:
            time.sleep(late_s)
        run(page)

    def switch_late(*args: Any, **kwargs: Any) -> None:
        time.sleep(late_s)
        switch_page(*args, **kwargs)

    st.switch_page = switch_late  # type: ignore[assignment]
    StreamlitPage.run = run_late  # type: ignore[method-assign]
    streamlit.web.cli.main(prog_name="streamlit")


if __name__ == "__main__":
    sys.exit(main())
