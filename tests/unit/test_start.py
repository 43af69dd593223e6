"""What the server refuses to start with."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.secrets import Secrets

from components.start import check_start


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


class _Broken(Secrets):
    def __iter__(self):  # type: ignore[no-untyped-def]
        raise FileNotFoundError("Streamlit says this of a broken file too")
