"""The app's pictures are what their sources give."""

import base64

from playwright.sync_api import Browser

from infra.web import app_icons

# Another version of the browser may round an edge's colour differently.
TOLERANCE = 8
# Of two PNGs the largest difference of any pixel's colour; 255 when they are of different sizes.
DIFFERENCE = """async (pictures) => {
  const [one, other] = await Promise.all(pictures.map(async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height).data;
  }));
  if (one.length !== other.length) return 255;
  return one.reduce((most, value, index) => Math.max(most, Math.abs(value - other[index])), 0);
}"""


def test_pictures_are_what_their_sources_give(chromium: Browser) -> None:
    page = chromium.new_page()
    drawn = dict(app_icons.drawn(chromium))

    differences = {
        name: page.evaluate(DIFFERENCE, [_text(picture), _text(_committed(name))])
        for name, picture in drawn.items()
    }

    page.close()
    assert set(drawn) == {path.name for path in app_icons.FOLDER.glob("*.png")}
    assert {name: each for name, each in differences.items() if each > TOLERANCE} == {}


def _committed(name: str) -> bytes:
    return (app_icons.FOLDER / name).read_bytes()


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
