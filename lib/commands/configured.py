"""What the operator decided, as every command reads it: the environment first, then Streamlit's secrets files."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lib.domain.errors import ValidationFailed
from lib.settings import Settings, read_settings

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = (Path.home() / ".streamlit", ROOT / ".streamlit")
"""Where Streamlit keeps its files, read here without it: only components may know Streamlit. The later goes first."""


def settings() -> Settings:
    """The settings, checked.

    Raises:
        ValidationFailed: a secrets file cannot be read, or a sentence for every setting that cannot be taken.
    """
    secrets = _secrets()
    return read_settings(os.environ, secrets)


def values() -> Mapping[str, str]:
    """Every setting by its name, unchecked, for a command that needs a few of them only.

    Raises:
        ValidationFailed: a secrets file cannot be read.
    """
    secrets = _secrets()
    return {name: str(value) for name, value in secrets.items()} | {k: v for k, v in os.environ.items() if v.strip()}


def secrets_files() -> tuple[Path, ...]:
    """The secrets files that there are."""
    return tuple(file for folder in FOLDERS if (file := folder / "secrets.toml").exists())


def listening_address() -> str:
    """The address that the app is configured to listen on; "" = every address. A flag at its start may say otherwise.

    Raises:
        ValidationFailed: Streamlit's configuration cannot be read.
    """
    found = os.environ.get("STREAMLIT_SERVER_ADDRESS", "").strip()
    for folder in reversed(FOLDERS):
        server = _read(folder / "config.toml").get("server", {})
        found = found or str(server.get("address", "") if isinstance(server, dict) else "").strip()
    return found


def _secrets() -> dict[str, Any]:
    """What the secrets files say, the environment having been given what it leaves open: LiteLLM finds keys there."""
    secrets: dict[str, Any] = {}
    for folder in FOLDERS:
        secrets |= _read(folder / "secrets.toml")
    for name, value in secrets.items():
        # Streamlit does the same for the app with texts and numbers.
        if type(value) in {str, int, float} and not os.environ.get(name, "").strip():
            os.environ[name] = str(value)
    return secrets


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):  # ValueError: no UTF-8, or no TOML
        raise ValidationFailed(
            f"{file} cannot be read: it is not valid TOML, or this account may not open it. Mend the file, or take it "
            "away."
        ) from None
