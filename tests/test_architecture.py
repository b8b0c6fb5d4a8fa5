"""The layers of ARCHITECTURE: who may import whom, and who may import the vendors."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]

VOCABULARY = {
    *("entities", "errors", "config", "ids", "clock", "logs", "representations", "i18n", "words"),
}
# A layer and the layers that it may import; vocabulary is everyone's.
LAYERS = {
    "app": {"api", "live", "outbox"},
    "api": {"services"},
    "live": {"services", "delivery"},
    "outbox": {"services", "delivery"},
    "services": {"storage"},
    "storage": set(),
    "delivery": set(),
    "vocabulary": set(),
}
# Pages are rendered where mail is: the one thing the API takes from delivery.
EXCEPTIONS = {("chalicelib/api/rendering.py", "chalicelib.delivery.templates")}
# A vendor package and the paths that may import it.
VENDORS = {
    "bcrypt": ["chalicelib/services/passwords.py"],
    "boto3": [],
    "botocore": ["chalicelib/storage/", "chalicelib/delivery/"],
    "chalice": ["app.py", "chalicelib/api/"],
    "jinja2": ["chalicelib/delivery/"],
    "jwt": ["chalicelib/services/tokens.py"],
    "pynamodb": ["chalicelib/storage/"],
}


def test_each_layer_imports_only_what_is_below_it() -> None:
    wrong = [
        f"{path}: {module}"
        for path, module in _imports()
        if (imported := _layer_of_module(module)) is not None
        and not _is_allowed(path, module, imported)
    ]

    assert wrong == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_vendor_package_is_imported_only_where_it_belongs(vendor: str) -> None:
    importers = {path for path, module in _imports() if module.partition(".")[0] == vendor}

    allowed = tuple(VENDORS[vendor])
    assert {path for path in importers if not path.startswith(allowed)} == set()


def test_only_config_reads_the_environment() -> None:
    readers = {
        _name(path)
        for path in SOURCES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    }

    assert readers == {"chalicelib/config.py"}


def test_nothing_scans() -> None:
    scanners = {
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"scan", "Scan", "parallel_scan"}
    }

    assert scanners == set()


def test_every_module_opens_with_one_sentence() -> None:
    silent = [_name(path) for path in SOURCES if not ast.get_docstring(_tree(path))]

    assert silent == []


def test_every_package_is_a_layer() -> None:
    packages = {path.name for path in (ROOT / "chalicelib").iterdir() if _is_package(path)}

    assert packages == LAYERS.keys() - {"app", "vocabulary"}


def _is_allowed(path: str, module: str, imported: str) -> bool:
    layer = _layer_of_path(path)
    below = LAYERS[layer] | {layer, "vocabulary"}
    return imported in below or (path, module) in EXCEPTIONS


def _imports() -> Iterator[tuple[str, str]]:
    """Each imported module or name, with the file that imports it, however deep inside."""
    for path in SOURCES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Import):
                yield from ((_name(path), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{_name(path)} imports relatively"
                yield from ((_name(path), f"{node.module}.{each.name}") for each in node.names)


def _layer_of_module(module: str) -> str | None:
    """The layer of a module of ours; None for everyone else's, and for the package itself."""
    package, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    if package == "app":
        return "app"
    if package != "chalicelib" or name == "VERSION":
        return None
    return "vocabulary" if name in VOCABULARY else name


def _layer_of_path(path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    if parts == ["app"]:
        return "app"
    return "vocabulary" if parts[1] in {*VOCABULARY, "__init__"} else parts[1]


def _is_package(path: Path) -> bool:
    return (path / "__init__.py").exists()


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
