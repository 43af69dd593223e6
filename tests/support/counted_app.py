"""`python -m tests.support.counted_app run Home.py …` is `streamlit run …` which notes how much the process remembers.

Into the file that MEMORY_COUNTS names it writes once a second, as JSON: the sizes of the caches and registries, how
many blocks Python's objects take, and what the C library's allocator holds free and has not given back (glibc alone
tells).
"""

import ctypes
import json
import os
import platform
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
        "thousand blocks": sys.getallocatedblocks() // 1000,
        **_held_free(),
    }


class _MallInfo(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33 and later, in bytes; `free` is its `fordblks`."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks")),
        ("in_use", ctypes.c_size_t),
        ("free", ctypes.c_size_t),
        ("keepcost", ctypes.c_size_t),
    ]


def _held_free() -> dict[str, int]:
    if platform.libc_ver()[0] != "glibc" or not hasattr(library := ctypes.CDLL(None), "mallinfo2"):
        return {}
    library.mallinfo2.restype = _MallInfo
    return {"MB held free": library.mallinfo2().free // 1_000_000}


if __name__ == "__main__":
    sys.exit(main())
