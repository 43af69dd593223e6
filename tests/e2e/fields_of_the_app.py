"""Every place of the app where somebody can type, read from its sources."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
IN_ACE: Final = " in Ace"
TEXT_FIELDS: Final = ("text_input", "text_area", "number_input", "chat_input", "data_editor", "st_ace")
TIMES: Final = ("date_input", "time_input", "datetime_input")
STREAMLITS: Final = {name: IN_ACE if name == "st_ace" else "" for name in (*TEXT_FIELDS, *TIMES)}
"""What a field of each is called besides."""
GIVEN: Final = ("label", "data")
"""Under these names a function is given what its field is called: then the place is where that is said."""
TAG: Final = r"[\"'`](?:input|textarea)[\"'`]"
MADE_IN_A_SCRIPT: Final = re.compile(
    rf"(?P<call>\b\w+)\((?:[^()\"'`]|\"[^\"]*\"|'[^']*')*?{TAG}"
    r"|<(?P<tag>input|textarea)\b(?![^>]*type=\\?[\"']hidden)(?:[^>]*?\bname=\\?[\"']?(?P<name>\w+))?"
    r"|(?P<made>(?<!\[)contenteditable|\bcontentEditable|\bdesignMode|\bace\.edit|\bEditContext\b|\bprompt(?=\())"
)
NO_MAKERS: Final = ("addEventListener", "removeEventListener", "Event", "querySelector", "querySelectorAll", "closest")
"""They hear of what is typed into a field, or look for one."""


def fields_of_the_app(root: Path = ROOT) -> set[str]:
    """Each as "module.function: label", and in which of several places where that function is used in more than one.

    … stands for what the label does not say before the page is drawn. What a script makes by itself is "file: how".
    """
    return {*_numbered(Sources(root).fields())}


def roles_at(page: str, root: Path = ROOT) -> set[str]:
    """Who may open a page, by the names of their roles."""
    for node in ast.walk(Sources(root).modules[f"pages.{page}"]):
        if isinstance(node, ast.Call) and _words(node.func) == "open_page":
            [allowed] = [one.value for one in node.keywords if one.arg == "allow"]
            return {one.attr for one in ast.walk(allowed) if isinstance(one, ast.Attribute)}
    raise LookupError(page)


@dataclass(frozen=True)
class Use:
    """Where something is called, or only named: at the top of a module, or in one of its functions or classes."""

    place: str
    used: str
    node: ast.expr


class Sources:
    """The app's modules by name, with what their names stand for, and its scripts."""

    def __init__(self, root: Path) -> None:
        self.scripts = root / "components"
        paths = [root / "Home.py", *sorted(root.glob("pages/*.py")), *sorted(self.scripts.glob("**/*.py"))]
        self.modules = {
            ".".join(one.relative_to(root).with_suffix("").parts).removeprefix("components."): ast.parse(
                one.read_text("utf-8")
            )
            for one in paths
            if one.exists()
        }
        self.known = {name: _known(name, tree) for name, tree in self.modules.items()}
        self.functions = {
            f"{name}.{node.name}": node
            for name, tree in self.modules.items()
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
        }
        self.uses = [one for name in self.modules for one in self._uses_in(name)]

    def fields(self) -> Iterator[str]:
        """The names of all fields, some of which may be alike."""
        users = defaultdict(list)
        for one in self.uses:
            users[one.used].append(one.place)
        for place, label, kinds in self._places():
            for kind in kinds:
                yield from (f"{place}: {label}{kind}{way}" for way in _ways_to(place, users))
        for path in sorted(one for one in self.scripts.glob("**/*.*js") if "node_modules" not in one.parts):
            yield from (f"{path.relative_to(self.scripts)}: {how}" for how in _made_in(path.read_text("utf-8")))
        for name, tree in self.modules.items():
            for text in _texts_in(tree):
                yield from (f"{name}: {how}" for how in _made_in(text))

    def _places(self) -> list[tuple[str, str, list[str]]]:
        """Where a field gets its label, with that and with what a field that is made so is called besides.

        A function that is given the label makes fields itself: they stand where it is called.
        """
        makers = {name: {kind} for name, kind in (*STREAMLITS.items(), *((one, "") for one in self._elements()))}
        while True:
            places, known = [], {name: {*kinds} for name, kinds in makers.items()}
            for one in self.uses:
                if one.used not in makers or not isinstance(one.node, ast.Call):
                    continue
                label, function = self._label(one.used, one.node), self.functions.get(one.place)
                if function and (label is None or _words(label) in GIVEN) and {*GIVEN} & {*_parameters(function)}:
                    makers.setdefault(one.place, set()).update(makers[one.used])
                else:
                    places.append((one.place, _words(label), sorted(makers[one.used])))
            if makers == known:
                return places

    def _elements(self) -> Iterator[str]:
        """Elements of our own whose script makes a field."""
        for name, tree in self.modules.items():
            for node in tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    named = [one for one in _texts_in(node.value) if re.fullmatch(r"\w+", one)]
                    scripts = [self.scripts / f"{one}.js" for one in named]
                    if any([*_made_in(one.read_text("utf-8"))] for one in scripts if one.exists()):
                        yield f"{name}.{_words(node.targets[0])}"

    def _label(self, used: str, call: ast.Call) -> ast.expr | None:
        """The label that a call gives."""
        function = self.functions.get(used)
        names = _parameters(function) if function else ["label"]
        at = names.index("label") if "label" in names else len(call.args)
        named = next((one.value for one in call.keywords if one.arg == "label"), None)
        return named or next(iter(call.args[at : at + 1]), None)

    def _uses_in(self, module: str) -> Iterator[Use]:
        for top in self.modules[module].body:
            is_named = isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            place = f"{module}.{top.name}" if is_named else module
            calls = [node for node in ast.walk(top) if isinstance(node, ast.Call)]
            yield from (Use(place, self._meant(module, one.func), one) for one in calls)
            called = {id(one.func) for one in calls}
            for node in ast.walk(top):
                if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in called and _is_read(node):
                    yield Use(place, self._meant(module, node), node)

    def _meant(self, module: str, named: ast.expr) -> str:
        """What a name stands for; the bare name where that is nothing of ours."""
        if isinstance(named, ast.Attribute):
            owner = self._meant(module, named.value) if isinstance(named.value, ast.Name) else ""
            return f"{owner}.{named.attr}" if owner in self.modules else named.attr
        name = _words(named)
        return self.known[module].get(name, name)


def _known(module: str, tree: ast.Module) -> dict[str, str]:
    """What the names at the top of a module stand for, by module: its own, and what it has of other components."""
    known = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            known[node.name] = f"{module}.{node.name}"
        elif isinstance(node, ast.Assign):
            known |= {one.id: f"{module}.{one.id}" for one in node.targets if isinstance(one, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "components":
            within = node.module.removeprefix("components").lstrip(".")
            known |= {one.asname or one.name: f"{within}.{one.name}".lstrip(".") for one in node.names}
    return known


def _ways_to(place: str, users: dict[str, list[str]], seen: Sequence[str] = ()) -> list[str]:
    """How it is come to: one way for each place that uses it, and for each of the places that use those.

    A page counts once: it draws one of its layouts at a time.
    """
    found = [one for one in users.get(place, ()) if one not in (*seen, place)]
    pages = [one for one in found if one.startswith("pages.")]
    found = [*dict.fromkeys(pages), *(one for one in found if one not in pages)]
    if len(found) == 1:
        return _ways_to(found[0], users, (*seen, place))
    return [f" (in {user}){way}" for user in found for way in _ways_to(user, users, (*seen, place))] or [""]


def _made_in(text: str) -> Iterator[str]:
    """How a script, or a text that may become markup, makes fields."""
    for found in MADE_IN_A_SCRIPT.finditer(text):
        if found["call"] not in NO_MAKERS:
            yield found["call"] or found["made"] or f"<{' '.join(filter(None, (found['tag'], found['name'])))}>"


def _numbered(names: Iterable[str]) -> Iterator[str]:
    """No two alike: whoever types in the one has not typed in the other."""
    times: Counter[str] = Counter()
    for name in names:
        times[name] += 1
        yield name if times[name] == 1 else f"{name} ({times[name]})"


def _texts_in(tree: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _is_read(node: ast.Name | ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load)


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _words(label: ast.expr | None) -> str:
    if isinstance(label, ast.Constant):
        return str(label.value)
    if isinstance(label, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in label.values)
    return label.id if isinstance(label, ast.Name) else "…"
