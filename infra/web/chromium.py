"""The browser that tests and measurements look with."""

import shutil
from pathlib import Path

from infra.progress import Failure

# Debian's headless shell first: a whole Chromium draws windows of its own beside each page, which
# takes twice the processor time.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def installed() -> str | None:
    """The path of an installed browser; None leaves Playwright to its own download."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and _ON_A_MAC.exists():
        return str(_ON_A_MAC)
    return found


def required() -> str:
    """The path of an installed browser; raises Failure when there is none."""
    found = installed()
    if found is None:
        raise Failure("Measuring needs a browser: install Chromium or Google Chrome and try again.")
    return found
