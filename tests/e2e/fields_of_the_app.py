"""Every place of the app where somebody can type, read from its sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = ("draft_field", "clause_field", "kept_input", "kept_field", "kept_line")
STREAMLITS: Final = (
    *("text_input", "text_area", "number_input", "chat_input", "data_editor", "date_input", "time_input"),
    "datetime_input",
)
IN_HTML: Final = re.compile(r"<(?:input|textarea)\b(?![^>]*type=\"hidden\")[^>]*?name=\"(\w+)\"|contenteditable")


def fields_of_the_app() -> set[str]:
    """Each as "module: label", where … stands for what the label does not say before the page is drawn."""
    modules = [ROOT / "Home.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("components/**/*.py"))]
    return {f"{one.stem}: {label}" for one in modules for label in _fields_in(one.read_text("utf-8"))}


def _fields_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in (*OURS, *STREAMLITS):
            label = next((one.value for one in node.keywords if one.arg == "label"), None)
            given = label or next((one for one in node.args if isinstance(one, (ast.Constant, ast.JoinedStr))), None)
            yield _words(given)
        elif isinstance(node, ast.Call) and _name(node.func) == "component":
            yield from (f"the element {one}" for one in _elements(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (f"the page's field {found[1]}" for found in IN_HTML.finditer(node.value))


def _elements(call: ast.Call) -> Iterator[str]:
    """Elements of our own whose script makes a field, or takes an editor."""
    name = _words(call.args[0]).removeprefix("folkmoot_")
    script = ROOT / "components" / f"{name}.js"
    if script.exists() and re.search(
        r"createElement\([^)]*\"(?:input|textarea)\"|contenteditable|bundle", script.read_text("utf-8")
    ):
        yield name


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _words(label: ast.expr | None) -> str:
    if isinstance(label, ast.Constant):
        return str(label.value)
    if isinstance(label, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in label.values)
    return label.id if isinstance(label, ast.Name) else "…"
