"""`python -m tests.support.counted_app run Home.py …` is `streamlit run …` which notes how much the process remembers.

Into the file that MEMORY_COUNTS names it writes once a second, as JSON: the sizes of the caches and registries.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import streamlit.web.cli
from streamlit.runtime import Runtime


def main() -> None:
    """Serve, with one more thread."""
    threading.Thread(target=_note_for_ever, args=(Path(os.environ["MEMORY_COUNTS"]),), daemon=True).start()
    streamlit.web.cli.main(prog_name="streamlit")


def _note_for_ever(file: Path) -> None:
    while True:
        time.sleep(1)
        if Runtime.exists():
            new = file.with_suffix(".new")
            new.write_text(json.dumps(_counts()), "utf-8")
            new.replace(file)


def _counts() -> dict[str, Any]:
    from lib.bootstrap import application

    app, sessions = application(), Runtime.instance()._session_mgr
    reader, rooms = app.reader, app.rooms
    return {
        "sessions": len(sessions.list_sessions()),
        "active sessions": len(sessions.list_active_sessions()),
        "reader entries": reader.remembered(),
        "gathered": len(reader._gathered),
        "seats": app.hub.crowd(),
        "rooms": len(rooms._rooms),
        "live responses": app.engine._board.count(),
        "threads": threading.active_count(),
    }


if __name__ == "__main__":
    sys.exit(main())
