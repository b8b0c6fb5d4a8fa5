"""docs/ui.md says which test shows what: the tests it names exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "ui.md").read_text()
BROWSER_TESTS = {path.name: path.read_text() for path in (ROOT / "tests/browser").glob("*.py")}


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(?:test_\w+\.py::)?(test_\w+)`", DOCUMENT))
    placed = re.findall(r"`(test_\w+\.py)::(test_\w+)`", DOCUMENT)

    defined = re.findall(r"def (test_\w+)", "".join(BROWSER_TESTS.values()))
    assert named - set(defined) == set()
    assert [name for file, name in placed if f"def {name}(" not in BROWSER_TESTS[file]] == []


def test_every_behaviour_has_a_line() -> None:
    numbers = map(int, re.findall(r"^\| (\d+) \|", DOCUMENT, re.MULTILINE))

    assert [*numbers] == [*range(1, 26)]
