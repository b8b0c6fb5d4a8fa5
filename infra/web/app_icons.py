"""Draws the app's pictures, which phones want as PNG, from their SVG sources.

`python -m infra.web.app_icons` writes them anew; a test holds what is committed against `drawn`.
"""

import base64
from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from infra.bundle import STATIC
from infra.progress import say
from infra.web import chromium

FOLDER = STATIC / "icons"
# Browsers dither a gradient, which would make a PNG eight times as large: it becomes the colour between.
_GRADIENT, _BETWEEN = "url(#g)", "#4f46e5"


class Picture(NamedTuple):
    """`size` in pixels of both sides; what the source leaves free stays so, or is white."""

    source: str
    size: int
    is_transparent: bool


# Phones cut a maskable picture to their own shape, and Apple's round the corners themselves.
PICTURES = {
    "192.png": Picture("favicon.svg", 192, is_transparent=True),
    "512.png": Picture("favicon.svg", 512, is_transparent=True),
    "apple-touch.png": Picture("icons/maskable.svg", 180, is_transparent=False),
    "maskable-512.png": Picture("icons/maskable.svg", 512, is_transparent=False),
}


def drawn(browser: Browser) -> Iterator[tuple[str, bytes]]:
    """Each picture's name and its PNG, as this browser draws and encodes it."""
    for name, (source, size, is_transparent) in PICTURES.items():
        page = browser.new_page(viewport={"width": size, "height": size})
        flat = (STATIC / source).read_text().replace(_GRADIENT, _BETWEEN)
        svg = base64.b64encode(flat.encode()).decode()
        page.set_content(
            "<body style='margin: 0'><img style='display: block; width: 100vw'"
            f" src='data:image/svg+xml;base64,{svg}'>"
        )
        page.evaluate("document.images[0].decode()")
        yield name, page.screenshot(omit_background=is_transparent)
        page.close()


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.required())
        for name, picture in drawn(browser):
            (FOLDER / name).write_bytes(picture)
            say(f"Drew {FOLDER / name}")
        browser.close()


if __name__ == "__main__":
    main()
