"""The dependency layer: what is left of a service's description, and for which Python."""

import json
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from cfnlint.data import AdditionalSpecs

from infra import dependencies
from infra.progress import Failure

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHER = next(each for each in dependencies.PYTHONS if each != OWN)
Put = Callable[[str, str], Path]
SERVICE = {
    "version": "2.0",
    "metadata": {"apiVersion": "2012-08-10"},
    "documentation": "What it is for",
    "operations": {
        "Get": {
            "name": "Get",
            "input": {"shape": "GetInput"},
            "errors": [{"shape": "Throttled"}],
            "documentation": "How it gets",
        },
        "Scan": {"name": "Scan", "input": {"shape": "ScanInput"}},
    },
    "shapes": {
        "GetInput": {
            "type": "structure",
            "members": {
                "documentation": {"shape": "Text", "documentation": "A member of that name"},
                "again": {"shape": "GetInput"},
            },
        },
        "ScanInput": {"type": "structure", "members": {"all": {"shape": "Flag"}}},
        "Flag": {"type": "boolean"},
        "Text": {"type": "string", "documentation": "Letters"},
        "Throttled": {"type": "structure", "members": {}, "exception": True},
    },
}


def test_a_description_keeps_its_operations_with_every_shape_they_reach() -> None:
    kept = dependencies.described(SERVICE, {"Get"})

    assert kept == {
        "version": "2.0",
        "metadata": {"apiVersion": "2012-08-10"},
        "operations": {
            "Get": {
                "name": "Get",
                "input": {"shape": "GetInput"},
                "errors": [{"shape": "Throttled"}],
            }
        },
        "shapes": {
            "GetInput": {
                "type": "structure",
                "members": {"documentation": {"shape": "Text"}, "again": {"shape": "GetInput"}},
            },
            "Text": {"type": "string"},
            "Throttled": {"type": "structure", "members": {}, "exception": True},
        },
    }


def test_an_operation_that_the_service_lacks_fails_the_build() -> None:
    with pytest.raises(KeyError, match="Fetch"):
        dependencies.described(SERVICE, {"Fetch"})


def test_this_python_compiles_for_its_own_version() -> None:
    assert dependencies.interpreter() == dependencies.interpreter(OWN)
    assert dependencies.interpreter().path == sys.executable


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """A machine without Pythons but those put into one of its folders, as scripts."""
    for name in ("pyenv", "shims", "bin"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(dependencies, "PYENV", tmp_path / "pyenv")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")

    def put(folder: str, script: str) -> Path:
        path = tmp_path / folder / f"python{OTHER}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return put


def test_a_runtime_without_its_python_is_refused_in_a_sentence(elsewhere: Put) -> None:
    elsewhere("shims", "exit 127")

    with pytest.raises(Failure, match=rf"install python{OTHER}, or choose Python 3\."):
        dependencies.interpreter(OTHER)
    with pytest.raises(Failure, match=r"3\.8 is none of 3\.11, 3\.12, 3\.13"):
        dependencies.interpreter("3.8")


def test_another_runtime_is_compiled_for_by_its_own_python(elsewhere: Put) -> None:
    elsewhere("shims", "echo 3.8")
    real = elsewhere("bin", f"echo {OTHER}")

    assert dependencies.interpreter(OTHER) == dependencies.Interpreter(OTHER, str(real))


def test_python_that_pyenv_has_and_has_not_switched_on_is_found(elsewhere: Put) -> None:
    elsewhere("shims", "echo 'pyenv: command not found' >&2; exit 127")
    real = elsewhere(f"pyenv/versions/{OTHER}.1/bin", f"echo {OTHER}")

    assert dependencies.interpreter(OTHER) == dependencies.Interpreter(OTHER, str(real))


def test_end_of_each_runtime_is_what_cfn_lint_says_too() -> None:
    table = resources.files(AdditionalSpecs) / "LmbdRuntimeLifecycle.json"
    lives = json.loads(table.read_text())

    ends = {python: lives[f"python{python}"]["deprecated"] for python in dependencies.PYTHONS}

    assert {python: day.isoformat() for python, day in dependencies.PYTHONS.items()} == ends
