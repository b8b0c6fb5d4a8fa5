"""What makes TaskFlow an app: the manifest, its icons, the service worker, and the page it keeps."""

import base64
import json
import struct
from collections.abc import Iterator

import pytest

from chalicelib.api import static_files
from tests.conftest import Client, account, registered

PREFIXES = pytest.mark.parametrize("prefix", ["", "/dev"])


@pytest.fixture(scope="module", autouse=True)
def alice() -> Iterator[Client]:
    with account():
        yield registered("Alice")


@pytest.fixture
def browser(alice: Client) -> Client:
    return Client(headers={"Cookie": f"__Host-taskflow={alice.token}"}, user=alice.user)


@pytest.fixture
def visitor() -> Client:
    return Client()


@PREFIXES
def test_manifest_stays_under_the_prefix(visitor: Client, prefix: str) -> None:
    reply = visitor.get("/manifest.webmanifest", prefix=prefix)

    manifest = reply.json
    assert reply.headers["content-type"] == "application/manifest+json"
    assert manifest["name"] == manifest["short_name"] == "TaskFlow"
    assert manifest["display"] == "standalone"
    assert (manifest["start_url"], manifest["scope"]) == (f"{prefix}/admin", f"{prefix}/")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert icon["src"].startswith(f"{prefix}/static/{static_files.version()}/")


def test_manifest_speaks_the_language_of_the_browser(visitor: Client) -> None:
    manifest = visitor.get("/manifest.webmanifest", headers={"Accept-Language": "de"}).json

    assert manifest["lang"] == "de"
    assert "Aufgaben" in manifest["description"]


def test_icons_have_the_size_that_the_manifest_says(visitor: Client) -> None:
    icons = visitor.get("/manifest.webmanifest").json["icons"]
    pictures = [icon for icon in icons if icon["type"] == "image/png"]

    assert [icon["sizes"] for icon in pictures] == ["192x192", "512x512", "512x512"]
    for icon in pictures:
        content = static_files.image(icon["src"].split("/", 3)[3])
        assert content is not None
        assert content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", content[16:24])
        assert f"{width}x{height}" == icon["sizes"]


@pytest.mark.parametrize("accept", [{}, {"Accept": "image/avif,image/webp,*/*;q=0.8"}])
def test_picture_is_sent_in_base64_for_the_gateway_to_decode(
    visitor: Client, accept: dict[str, str]
) -> None:
    path = "icons/192.png"

    reply = visitor.get(f"/static/{static_files.version()}/{path}", headers=accept)

    assert (reply.status, reply.headers["content-type"]) == (200, "image/png")
    assert base64.b64decode(reply.text) == static_files.image(path)


@PREFIXES
def test_worker_knows_its_prefix_and_every_file_of_its_version(
    visitor: Client, prefix: str
) -> None:
    reply = visitor.get("/sw.js", prefix=prefix)

    first, _, script = reply.text.partition("\n")
    app = json.loads(first.removeprefix("const app = ").removesuffix(";"))
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["service-worker-allowed"] == f"{prefix}/"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert script == static_files.read("sw.js")
    assert (app["base"], app["version"]) == (prefix, static_files.version())
    assert {"js/dashboard.js", "js/outbox.js", "locales/de.json", "icons.svg"} <= set(app["files"])
    for path in app["files"]:
        assert static_files.read(path), path


def test_only_the_page_of_somebody_signed_in_is_kept(browser: Client, visitor: Client) -> None:
    for path in ("/admin", "/admin/list"):
        assert browser.get(path).headers["taskflow-shell"] == static_files.version()
        assert "taskflow-shell" not in visitor.get(path).headers
    assert "taskflow-shell" not in browser.get("/login").headers
