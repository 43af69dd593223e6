"""The entry: `streamlit run Home.py` serves the pages, the routes beside them, and the parts behind both."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

ROOT = str(Path(__file__).resolve().parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from components.outcome import note_script_error  # noqa: E402
from components.routes.headers import Guarded  # noqa: E402
from components.routes.log_lines import write_json_lines  # noqa: E402
from components.routes.table import ROUTES  # noqa: E402
from components.start import (  # noqa: E402
    allow_many_connections,
    check_start,
    collect_seldom,
    secrets_of_streamlit,
    share_free_memory,
    share_the_interpreter,
    warm_up,
)
from components.streamlit_mends import mend_streamlit  # noqa: E402
from lib import bootstrap  # noqa: E402


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Make the parts while the server already answers, and end them with it."""
    bootstrap.use_secrets(secrets_of_streamlit())
    share_the_interpreter()
    share_free_memory()
    collect_seldom()
    allow_many_connections()
    warm_up()
    bootstrap.application().rooms.live_on(asyncio.get_running_loop())
    yield {}
    bootstrap.close()


write_json_lines()
check_start()
mend_streamlit()
app = st.App(
    str(Path(ROOT) / "components" / "router.py"),
    routes=list(ROUTES),
    middleware=[Middleware(Guarded, routes=ROUTES)],
    lifespan=lifespan,
    on_script_error=note_script_error,
)
