"""The dashboard's modules as a handful of files: a file is a request, and a request a Lambda call.

Modules are put together in the order of their evaluation: imports between them and the word
`export` go, and top-level names, which might meet, become short ones, and so do the keys of texts;
whatever has a meaning outside stays. What others wrote (vendor/) goes in as it is, in a function of
its own. No module of the first file may wait for a later file at its top level: that one waits for
the first.
The pages work the same from the modules themselves, which is how the tests in process serve them.
"""

import json
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from string import ascii_letters, digits
from typing import NamedTuple

from tree_sitter import Node

from infra import minify
from infra.progress import Failure

STATIC = Path(__file__).resolve().parent.parent / "chalicelib" / "static"
# What every view needs, with the view that most people open; the other views; and all the rest,
# which the page fetches once its view is painted. A file is evaluated in one piece, during which
# keys and taps wait.
FIRST, FIRST_VIEW = "dashboard.js", "boardview.js"
VIEWS = "views.js"
LATER = "later.js"
PAGES = ("entry.js", "theme.js")

_VENDOR = "vendor/"
_NAMES = {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
_SHORTHANDS = _NAMES - {"identifier"}
_NAME_CHARACTERS = digits + ascii_letters
# No longer names than these are given to so many things.
_SHORT_KEYWORDS = {"as", "do", "if", "in", "of"}


class Thing(NamedTuple):
    """Something that a module declares at its top level, under the name it has there."""

    module: str
    name: str


@dataclass
class Module:
    """A module; `imported` says what its local names stand for, paths are relative to the folder.

    `vendored` is the source of one that others wrote, as an expression for what it exports.
    """

    path: str
    root: Node
    imported: dict[str, Thing] = field(default_factory=dict)
    statically: list[str] = field(default_factory=list)
    dynamically: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)
    vendored: bytes = b""

    @cached_property
    def words(self) -> set[str]:
        """Every name that occurs in it, at whatever depth."""
        return {_str(token) for token in minify.tokens(self.root) if token.type in _NAMES}

    def thing(self, local: str) -> Thing:
        return self.imported.get(local) or Thing(self.path, local)


def tree(static: Path) -> None:
    """Bundle the scripts of a copy of the static files in place, and minify its sheets."""
    for sheet in sorted(static.rglob("*.css")):
        sheet.write_text(minify.sheet(sheet.read_text()))
    folder = static / "js"
    modules = {path.name: _module(path) for path in sorted(folder.glob("*.js"))}
    vendored = [_vendored(folder, path) for path in sorted(folder.glob(f"{_VENDOR}*.js"))]
    modules |= {module.path: module for module in vendored}
    keys = _short_keys(static, modules)
    # A page of its own may share modules with the dashboard; it has a copy of them then.
    files = {
        page: Bundle(modules, {page: _reached(modules, [page])}, keys).file(page) for page in PAGES
    }
    dashboard = Bundle(modules, _chunks(modules), keys)
    files |= {chunk: dashboard.file(chunk) for chunk in dashboard.chunks}
    for path in modules:
        (folder / path).unlink()
    for path, content in files.items():
        (folder / path).write_bytes(content)
    worker = static / "sw.js"
    if worker.exists():
        worker.write_bytes(minify.shortened(worker.read_bytes(), worker.name))


def copy(target: Path) -> None:
    """The static files as they ship."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(STATIC, target)
    tree(target)


class Bundle:
    """Modules and the files (chunks) they go to."""

    def __init__(
        self, modules: dict[str, Module], chunks: dict[str, list[str]], keys: dict[str, str]
    ) -> None:
        self.chunks = chunks
        self._keys = keys
        self._place = {path: chunk for chunk, paths in chunks.items() for path in paths}
        self._modules = {path: modules[path] for path in self._place}
        self._names = _short_names(self._modules.values(), self._place)

    def file(self, chunk: str) -> bytes:
        modules = [self._modules[path] for path in self.chunks[chunk]]
        body = [self._body(module) for module in modules]
        joined = b"\n".join([*self._imports(chunk, modules), *body, self._exports(chunk), b""])
        return minify.shortened(joined, chunk)

    def _name(self, thing: Thing) -> str:
        """What a thing is called in all files."""
        return self._names[thing]

    def _body(self, module: Module) -> bytes:
        if module.vendored:
            return f"const{self._whole(module.path)}=".encode() + module.vendored
        return minify.joined(self._tokens(module))

    def _tokens(self, module: Module) -> Iterator[minify.Token]:
        former: Node | None = None
        for statement in module.root.children:
            if statement.type == "import_statement":
                continue
            for token in minify.tokens(statement):
                if token.type != "export":
                    yield self._written(module, token), minify.gap(former, token)
                former = token

    def _written(self, module: Module, token: Node) -> bytes:
        written = minify.text(token)
        target = _imported_when_needed(token)
        if target:
            return self._fetched(module, target, token)
        if token.type == "string" and _path(token) in self._keys:
            return f'"{self._keys[_path(token)]}"'.encode()
        if token.type not in _NAMES or _str(token) not in module.imported.keys() | module.declared:
            return written
        name = self._name(module.thing(_str(token))).encode()
        return written + b":" + name if token.type in _SHORTHANDS and name != written else name

    def _fetched(self, module: Module, target: str, token: Node) -> bytes:
        """A token of import("./target.js"): a file that waits for itself would wait for ever."""
        is_here = self._place[target] == self._place[module.path]
        pieces = {
            "import": "Promise.resolve" if is_here else "import",
            "string": "" if is_here else f'"./{self._place[target]}"',
            ")": f").then(()=>({self._whole(target)}))"
            if is_here
            else f").then(a=>a.{_namespace(target)})",
        }
        return pieces.get(token.type, "(").encode()

    def _imports(self, chunk: str, modules: Iterable[Module]) -> list[bytes]:
        wanted: dict[str, set[str]] = {}
        for module in modules:
            for thing in module.imported.values():
                place = self._place[thing.module]
                if place != chunk:
                    wanted.setdefault(place, set()).add(self._name(thing))
        return [
            f'import{{{",".join(sorted(names))}}}from"./{place}";'.encode()
            for place, names in sorted(wanted.items())
        ]

    def _exports(self, chunk: str) -> bytes:
        """What other files import, and each module whole that is imported when it is needed."""
        wanted = {
            self._name(thing)
            for module in self._modules.values()
            for thing in module.imported.values()
            if self._place[module.path] != chunk == self._place[thing.module]
        }
        listed = f"export{{{','.join(sorted(wanted))}}};" if wanted else ""
        targets = {
            path
            for module in self._modules.values()
            for path in module.dynamically
            if self._place[module.path] != chunk == self._place[path]
        }
        wholes = [
            f"export const {_namespace(each)}={self._whole(each)};" for each in sorted(targets)
        ]
        return "".join([listed, *wholes]).encode()

    def _whole(self, path: str) -> str:
        """What a module exports, as an object."""
        exported = sorted(self._modules[path].exported)
        return "{" + ",".join(f"{name}:{self._name(Thing(path, name))}" for name in exported) + "}"


def _module(path: Path) -> Module:
    module = Module(path.name, minify.parsed(path.read_bytes(), path.name))
    for statement in module.root.children:
        _read(module, statement)
    module.dynamically = {*map(_imported_when_needed, minify.tokens(module.root))} - {""}
    return module


def _vendored(folder: Path, path: Path) -> Module:
    """One that its build has put together: whole, and with a list of what it exports at its end."""
    source = path.read_bytes()
    root = minify.parsed(source, path.name)
    *_, last = root.named_children
    names = {
        _str(each.child_by_field_name("alias") or each.child_by_field_name("name")): _str(
            each.child_by_field_name("name")
        )
        for each in _all(last, "export_specifier")
    }
    if not names:
        raise Failure(f"{path.name} exports nothing at its end; build it again: npm run vendor.")
    exports = ",".join(f"{name}:{local}" for name, local in names.items())
    expression = b"(()=>{%s\nreturn{%s}})();" % (source[: last.start_byte], exports.encode())
    module = Module(path.relative_to(folder).as_posix(), root, vendored=expression)
    module.declared, module.exported = set(names), set(names)
    return module


def _read(module: Module, statement: Node) -> None:
    source = statement.child_by_field_name("source")
    if statement.type == "import_statement" and source:
        target = _path(source)
        module.statically.append(target)
        for each in _all(statement, "import_specifier"):
            name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
            module.imported[_str(alias or name)] = Thing(target, _str(name))
        if list(_all(statement, "namespace_import")):
            raise Failure(f"{module.path} imports all of {target}; name what it needs.")
        return
    if statement.type == "export_statement":
        declaration = statement.child_by_field_name("declaration")
        if declaration is None:
            raise Failure(f"{module.path} exports what it does not declare there; declare it so.")
        names = set(_declared(declaration))
        module.exported |= names
        module.declared |= names
    else:
        module.declared |= set(_declared(statement))


def _declared(statement: Node) -> Iterator[str]:
    """The names that a statement declares at the top level."""
    name = statement.child_by_field_name("name")
    if name is not None and statement.type.endswith("_declaration"):
        yield _str(name)
    for each in statement.children:
        if each.type == "variable_declarator" and statement.type.endswith("_declaration"):
            pattern = each.child_by_field_name("name")
            names = [pattern] if pattern and not pattern.children else _all(pattern, *_NAMES)
            yield from map(_str, names)


def _chunks(modules: dict[str, Module]) -> dict[str, list[str]]:
    """Which modules go into which file of the dashboard: by what needs them first."""
    wanted = sorted({target for module in modules.values() for target in module.dynamically})
    unused = modules.keys() - {*_reached(modules, [*PAGES, FIRST, *wanted])}
    if unused:
        raise Failure(f"No page uses {', '.join(sorted(unused))}; import it, or delete it.")
    views = [path for path in wanted if path.endswith("view.js") and path != FIRST_VIEW]
    roots = {FIRST: [FIRST, FIRST_VIEW], VIEWS: views, LATER: wanted}
    # What a module fetches from its own file has to be there when it does.
    order = _reached(modules, [*wanted, FIRST])
    chunks: dict[str, set[str]] = {}
    for name, paths in roots.items():
        chunks[name] = {*_reached(modules, paths)}.difference(*chunks.values())
    return {name: [path for path in order if path in group] for name, group in chunks.items()}


def _reached(modules: dict[str, Module], roots: Iterable[str]) -> list[str]:
    """The roots and all that they import, as they are evaluated: what is imported comes first."""
    entered: set[str] = set()
    order: list[str] = []

    def enter(path: str) -> None:
        if path not in entered:
            entered.add(path)
            for target in modules[path].statically:
                enter(target)
            order.append(path)

    for root in roots:
        enter(root)
    return order


def _short_keys(static: Path, modules: dict[str, Module]) -> dict[str, str]:
    """A short key for each text that scripts name, under which texts/<language>.txt has it."""
    catalogues = {path.stem: json.loads(path.read_text()) for path in static.glob("locales/*.json")}
    words = {
        _path(token)
        for module in modules.values()
        for token in minify.tokens(module.root)
        if token.type == "string"
    }
    known = {key for catalogue in catalogues.values() for key in catalogue}
    keys = {key: _numbered(number) for number, key in enumerate(sorted(words & known))}
    (static / "texts").mkdir()
    for language, catalogue in catalogues.items():
        texts = {short: catalogue[key] for key, short in keys.items() if key in catalogue}
        packed = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        (static / "texts" / f"{language}.txt").write_text(packed)
    return keys


def _short_names(modules: Collection[Module], place: dict[str, str]) -> dict[Thing, str]:
    """A name for each thing of the modules that nothing else in them has.

    What other files import gets the shortest: they name it once more.
    """
    wanted = {
        thing
        for module in modules
        for thing in module.imported.values()
        if place[module.path] != place[thing.module]
    }
    things = [Thing(module.path, name) for module in modules for name in sorted(module.declared)]
    things.sort(key=lambda thing: thing not in wanted)
    own = [module for module in modules if not module.vendored]
    taken = {word for module in own for word in module.words} | _SHORT_KEYWORDS
    free = (name for name in map(_numbered, count()) if name not in taken)
    return dict(zip(things, free, strict=False))


def _numbered(number: int) -> str:
    """The names there are, the shortest first: a letter, then letters and digits."""
    number, first = divmod(number, len(ascii_letters))
    rest = ""
    while number:
        number, digit = divmod(number - 1, len(_NAME_CHARACTERS))
        rest += _NAME_CHARACTERS[digit]
    return ascii_letters[first] + rest


def _all(node: Node | None, *types: str) -> Iterator[Node]:
    if node is not None and node.type in types:
        yield node
    for child in node.children if node is not None else ():
        yield from _all(child, *types)


def _imported_when_needed(token: Node) -> str:
    """The module in import("./module.js"), for each token of that call; else nothing."""
    parent = token.parent
    call = parent.parent if parent and parent.type in {"arguments", "import"} else None
    function = call.child_by_field_name("function") if call else None
    arguments = call.child_by_field_name("arguments") if call else None
    if function is None or function.type != "import" or arguments is None:
        return ""
    return _path(arguments.named_children[0])


def _namespace(path: str) -> str:
    return f"{path.removesuffix('.js')}$"


def _path(source: Node) -> str:
    return _str(source).strip("\"'").removeprefix("./")


def _str(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
