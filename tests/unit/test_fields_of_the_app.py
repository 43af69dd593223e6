"""The list of all places where somebody can type: no field is made anywhere without standing in it."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.e2e.fields_of_the_app import fields_of_the_app

FIELD = """
    import streamlit as st

    _FIELD = st.components.v2.component("own", js=script("own"))

    def field(*, label, actions):
        return _FIELD(key="k", data={"label": label})
"""
SCRIPT = 'this.input = document.createElement(data.single_line ? "input" : "textarea")'
MADE = "own.js: createElement"


def app_of(folder: Path, **sources: str) -> Path:
    """An app with an element that makes fields, and these modules: the name of a page's begins with `page_`."""
    (folder / "components").mkdir()
    (folder / "pages").mkdir()
    (folder / "components" / "own.js").write_text(SCRIPT)
    for name, source in {"own": FIELD, **sources}.items():
        path = folder / ("pages" if name.startswith("page_") else "components") / f"{name.removeprefix('page_')}.py"
        path.write_text(dedent(source))
    return folder


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("def draw():\n    field(label='Note', actions=())", {"part.draw: Note"}),
        ("def draw(one):\n    field(label=f'Note on {one}', actions=())", {"part.draw: Note on …"}),
        (
            "def draw():\n    field(label='Note', actions=())\ndef more():\n    field(label='Note', actions=())",
            {"part.draw: Note", "part.more: Note"},
        ),
        (
            "def draw():\n    field(label='Note', actions=())\n    field(label='Note', actions=())",
            {"part.draw: Note", "part.draw: Note (2)"},
        ),
        ("def wide(label):\n    field(label=label, actions=())\ndef draw():\n    wide('Why')", {"part.draw: Why"}),
        ("def wide(label):\n    st_ace()\n    field(label=label)\nwide('Why')", {"part: Why", "part: Why in Ace"}),
        ("def draw(box):\n    box.text_input('Key')", {"part.draw: Key"}),
        ('FORM = \'<form><input id="a" name="who"><input type="hidden" name="b"></form>\'', {"part: <input who>"}),
    ],
)
def test_a_field_stands_where_it_gets_its_label(source: str, places: set[str], tmp_path: Path) -> None:
    part = f"from components.own import field\n{source}"
    assert fields_of_the_app(app_of(tmp_path, part=part)) == {MADE, *places}


def test_a_field_that_is_drawn_in_several_places_is_one_in_each_and_a_page_is_one_place(tmp_path: Path) -> None:
    part = "def note():\n    st.text_area('Note')\ndef box():\n    note()"
    page = "from components import part\nif is_narrow:\n    part.box()\nelse:\n    part.box()"
    other = "from components.part import note as kept_note\nPARTS = {'note': kept_note}"
    app = app_of(tmp_path, part=part, page_draft=page, other=other)
    assert fields_of_the_app(app) == {MADE, "part.note: Note (in part.box)", "part.note: Note (in other)"}


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ('row.append(make("textarea", "words"))', "make"),
        ("box.innerHTML = `<p><input class='a'></p>`", "<input>"),
        ('box.setAttribute("contenteditable", "true")', "contenteditable"),
        ("box.contentEditable = true", "contentEditable"),
        ("const name = prompt('Your name')", "prompt"),
        ("this.editor = ace.edit(box)", "ace.edit"),
    ],
)
def test_what_a_script_makes_stands_there_too(script: str, how: str, tmp_path: Path) -> None:
    app = app_of(tmp_path)
    (app / "components" / "more").mkdir()
    (app / "components" / "more" / "one.js").write_text(script)
    assert fields_of_the_app(app) == {MADE, f"more/one.js: {how}"}


@pytest.mark.parametrize(
    "script",
    [
        'addEventListener("input", () => look())',
        'box.querySelector("textarea")',
        "const FIELD = \"input, textarea, [contenteditable='true']\"",
        'textarea.dispatchEvent(new Event("input"))',
    ],
)
def test_what_only_hears_of_a_field_or_looks_for_one_makes_none(script: str, tmp_path: Path) -> None:
    app = app_of(tmp_path)
    (app / "components" / "hears.js").write_text(script)
    assert fields_of_the_app(app) == {MADE}
