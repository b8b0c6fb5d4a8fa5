"""The walk-through in the README works as printed."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.stack import RunningStack

pytestmark = pytest.mark.e2e

README = Path(__file__).parents[2] / "README.md"
PRINTED_URL = "URL=http://taskflow.localhost:7145"


def test_walk_with_curl_works_as_printed(stack: RunningStack) -> None:
    script = re.search(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    assert script
    assert PRINTED_URL in script[1]
    commands = script[1].replace(PRINTED_URL, f"URL={stack.url}")

    output = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    answers, end = _json_values(output)
    health, registered, listed, patched, refused, stats, feed = answers
    assert health["status"] == "ok"
    assert registered["message"] == "Registration successful"
    assert listed["tasks"][0]["title"] == "Write the release notes"
    assert (patched["status"], patched["version"]) == ("in_progress", 2)
    assert (refused["status"], refused["current"]["version"]) == (412, 2)
    assert stats["in_progress"] >= 1
    assert len(feed["changes"]) == 2
    assert end.strip() == "204"


def _json_values(text: str) -> tuple[list[Any], str]:
    """The JSON objects that the commands printed one behind the other, and what follows them."""
    decoder = json.JSONDecoder()
    values = []
    while text.lstrip().startswith("{"):
        text = text.lstrip()
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:]
    return values, text
