"""The static tree: its hash, which is part of every URL, and its files."""

import hashlib
import json
import posixpath
import re
from functools import cache
from pathlib import Path

# A static import, also as the minifier leaves it; import() is what may wait.
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")
_FOLDER = Path(__file__).parents[1] / "static"
_LOCALES = "locales/"
_PICTURE = ".png"
_NEEDED = (".js", ".svg", ".json")
# What only pages load that need the server anyway, and the worker itself.
_ONLINE = frozenset({"sw.js", "js/entry.js", "icons/maskable.svg"})
# A page's style is one file, because each is a request; the same sheets are parts of several.
_COMMON = ("tokens", "base", "forms", "contrast")
_SHEETS = {
    "sheets/page.css": (*_COMMON, "pages"),
    "sheets/docs.css": (*_COMMON, "pages", "docs"),
    "sheets/settings.css": (*_COMMON, "shell", "settings"),
    "sheets/dashboard.css": (
        *(*_COMMON, "shell", "dashboard", "filters", "board", "tasks", "dialogs", "drawer"),
        *("commands", "calendar", "lines", "charts"),
    ),
}
_OFFLINE_SHEET = "sheets/dashboard.css"
_KEY = re.compile(r"""["'`](\w+\.\w+)["'`]""")


@cache
def version() -> str:
    """A hash of all names and contents, so that one changed file renews every URL.

    Relative imports between modules then always load one consistent tree.
    """
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(path.encode() + b"\0" + (_FOLDER / path).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def read(path: str) -> str | None:
    """The text of a file of the tree, or of a page's sheets; None for everything else."""
    if path in _SHEETS:
        return "".join((_FOLDER / f"css/{name}.css").read_text() for name in _SHEETS[path])
    if path not in _files() or path.endswith(_PICTURE):
        return None
    return _catalogue(path) if path.startswith(_LOCALES) else (_FOLDER / path).read_text()


def image(path: str) -> bytes | None:
    """The bytes of a picture of the tree; None for everything else."""
    return (_FOLDER / path).read_bytes() if path in _files() and path.endswith(_PICTURE) else None


def offline() -> list[str]:
    """What the dashboard may need while there is no network."""
    files = (path for path in _files() if path.endswith(_NEEDED) and path not in _ONLINE)
    return sorted([*files, _OFFLINE_SHEET])


def sheets() -> list[str]:
    """The styles of the pages, one of each kind."""
    return list(_SHEETS)


@cache
def _catalogue(path: str) -> str:
    """The texts that scripts name; what only the server says need not travel before first paint.

    The package has given them short keys; in the repository they have those of the catalogue.
    """
    shipped = path.replace(_LOCALES, "texts/").replace(".json", ".txt")
    if shipped in _files():
        return (_FOLDER / shipped).read_text()
    scripts = [(_FOLDER / each).read_text() for each in _files() if each.endswith(".js")]
    named = {key for script in scripts for key in _KEY.findall(script)}
    texts = json.loads((_FOLDER / path).read_text())
    return json.dumps({key: texts[key] for key in texts if key in named}, ensure_ascii=False)


@cache
def modules(*entries: str) -> tuple[str, ...]:
    """These scripts and all that they import, so that a browser fetches them in one go."""
    found = [entry for entry in entries if entry in _files()]
    for path in found:
        for target in _IMPORT.findall((_FOLDER / path).read_text()):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if imported not in found:
                found.append(imported)
    return tuple(found)


@cache
def _files() -> frozenset[str]:
    """Relative paths; a list of what exists needs no rule against leaving the folder."""
    return frozenset(
        path.relative_to(_FOLDER).as_posix() for path in _FOLDER.rglob("*") if path.is_file()
    )
