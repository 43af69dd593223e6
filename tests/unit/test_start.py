"""What the server refuses to start with."""

import gc
import os
import platform
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import Secrets

from components import start
from components.start import allow_many_connections, check_start, collect_seldom, in_turn, secrets_of_streamlit
from lib.settings import read_settings


def test_a_secrets_file_that_cannot_be_read_ends_the_start_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('FOLKMOOT_CREATE_CODE = "hush', encoding="utf-8")
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: [str(file)] if name == "secrets.files" else option(name))
    monkeypatch.setattr(st, "secrets", _Broken())
    with pytest.raises(SystemExit):
        check_start()
    said = capsys.readouterr().err
    assert f"{file} cannot be read" in said
    assert "hush" not in said


def test_the_environment_goes_before_the_secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('FOLKMOOT_MODEL = "openai/file"\nFOLKMOOT_CREATE_CODE = "file"\n', encoding="utf-8")
    option = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: [str(file)] if name == "secrets.files" else option(name))
    monkeypatch.setattr(st, "secrets", Secrets())
    monkeypatch.setenv("FOLKMOOT_MODEL", "openai/environment")
    monkeypatch.setenv("FOLKMOOT_CREATE_CODE", "")
    settings = read_settings(os.environ, secrets_of_streamlit())
    assert (settings.model, settings.create_code) == ("openai/environment", "file")


def test_three_hundred_people_do_not_end_at_the_soft_limit_of_open_files() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        allow_many_connections()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(before[1], 2_000)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_only_a_few_pages_are_drawn_at_once_and_all_of_them_are() -> None:
    lock, drawing, most = threading.Lock(), 0, 0
    all_stand = threading.Event()

    def draw(_: int) -> bool:
        nonlocal drawing, most
        with in_turn():
            with lock:
                drawing, most = drawing + 1, max(most, drawing + 1)
                if drawing == start.PAGES_AT_ONCE:
                    all_stand.set()
            all_stand.wait(10)
            time.sleep(0.05)  # a fourth would come in now
            with lock:
                drawing -= 1
        return True

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(draw, range(12))) == [True] * 12
    assert most == start.PAGES_AT_ONCE


def test_pages_that_wait_for_a_database_do_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "WAIT_FOR_TURN_S", 0.05)
    with ThreadPoolExecutor(start.PAGES_AT_ONCE) as pool:
        is_over, stand = threading.Event(), threading.Barrier(start.PAGES_AT_ONCE + 1)

        def wait() -> None:
            with in_turn():
                stand.wait(10)
                is_over.wait(10)

        waiting = [pool.submit(wait) for _ in range(start.PAGES_AT_ONCE)]
        stand.wait(10)
        with in_turn():
            assert not any(one.done() for one in waiting)
        is_over.set()
        for one in waiting:
            one.result()


def test_unreachable_objects_are_searched_for_seldom_and_still_found() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold()[0] > before[0]
        lost = _Lost()
        lost.itself = lost
        is_there, made = weakref.ref(lost), []
        del lost
        while is_there():
            made.append([])
            assert len(made) < 10_000_000, "what nobody can reach is never found"
    finally:
        gc.set_threshold(*before)


MANY_THREADS = """
import ctypes, threading
from components.start import share_free_memory
if {shares}: share_free_memory()
together = threading.Barrier(9)
def work():
    held = [bytes(50_000) for _ in range(20)]
    together.wait(10)
threads = [threading.Thread(target=work) for _ in range(8)]
for one in threads: one.start()
together.wait(10)
for one in threads: one.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such pools")
def test_threads_share_a_few_pools_of_memory() -> None:
    def pools(shares: bool) -> int:
        environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        program = [sys.executable, "-c", MANY_THREADS.format(shares=shares)]
        ran = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return ran.stderr.count("Arena ")

    assert pools(shares=True) == start.MEMORY_POOLS
    assert pools(shares=False) > start.MEMORY_POOLS


class _Lost:
    itself: "_Lost"


class _Broken(Secrets):
    def __iter__(self):  # type: ignore[no-untyped-def]
        raise FileNotFoundError("Streamlit says this of a broken file too")
