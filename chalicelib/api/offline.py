"""What makes TaskFlow an app that installs and opens without a network: manifest and service worker."""

import json

from chalice.app import Response

from chalicelib import i18n
from chalicelib.api import rendering, static_files
from chalicelib.api.requests import Request
from chalicelib.api.routing import Routes

routes = Routes(__name__)

_ICONS = (
    ("favicon.svg", "any", "image/svg+xml", "any"),
    ("icons/192.png", "192x192", "image/png", "any"),
    ("icons/512.png", "512x512", "image/png", "any"),
    ("icons/maskable-512.png", "512x512", "image/png", "maskable"),
)
# The browser asks for it at each visit, so that a new version is noticed.
_ALWAYS_FRESH = "no-cache"
# A worker's own policy is what its requests are measured by.
_WORKER_POLICY = "default-src 'none'; connect-src 'self'"


@routes.raw("GET", "/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """The app as a home screen shows it."""
    static = f"{request.prefix}/static/{static_files.version()}/"
    body = {
        "id": f"{request.prefix}/admin",
        "name": "TaskFlow",
        "short_name": "TaskFlow",
        "description": i18n.text("page.description"),
        "lang": i18n.current(),
        "start_url": f"{request.prefix}/admin",
        "scope": f"{request.prefix}/",
        "display": "standalone",
        "theme_color": "#4f46e5",
        "background_color": "#ffffff",
        "icons": [
            {"src": static + path, "sizes": sizes, "type": kind, "purpose": purpose}
            for path, sizes, kind, purpose in _ICONS
        ],
    }
    headers: rendering.Headers = {
        "Content-Type": "application/manifest+json",
        "Cache-Control": _ALWAYS_FRESH,
    }
    return Response(json.dumps(body), headers=headers)


@routes.raw("GET", "/sw.js")
def worker(request: Request) -> Response:
    """The service worker, which a new version of any file makes a new one."""
    app = {
        "base": request.prefix,
        "version": static_files.version(),
        "files": static_files.offline(),
    }
    headers: rendering.Headers = {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": _ALWAYS_FRESH,
        "Content-Security-Policy": _WORKER_POLICY,
        "Service-Worker-Allowed": f"{request.prefix}/",
    }
    return Response(
        f"const app = {json.dumps(app)};\n{static_files.read('sw.js')}", headers=headers
    )
