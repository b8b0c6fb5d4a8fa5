"""The dependency layer: what is left of a service's description, and for which Python."""

import sys

import pytest

from infra import dependencies
from infra.progress import Failure

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
    own = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert dependencies.interpreter() == dependencies.interpreter(own)
    assert dependencies.interpreter().path == sys.executable


def test_a_runtime_without_its_python_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    other = next(each for each in dependencies.PYTHONS if each != f"3.{sys.version_info.minor}")

    with pytest.raises(Failure, match=rf"install python{other}, or choose Python 3\."):
        dependencies.interpreter(other)
    with pytest.raises(Failure, match=r"3\.8 is none of 3\.11, 3\.12, 3\.13"):
        dependencies.interpreter("3.8")


def test_another_runtime_is_compiled_for_by_its_own_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/opt/{name}")
    other = next(each for each in dependencies.PYTHONS if each != f"3.{sys.version_info.minor}")

    assert dependencies.interpreter(other) == dependencies.Interpreter(other, f"/opt/python{other}")
