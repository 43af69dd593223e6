"""What the server refuses to start with."""

import os
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import Secrets

from components.start import allow_many_connections, check_start, secrets_of_streamlit
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


class _Broken(Secrets):
    def __iter__(self):  # type: ignore[no-untyped-def]
        raise FileNotFoundError("Streamlit says this of a broken file too")
