"""Static files: immutable for a year under the hash of the whole tree."""

from pathlib import PurePosixPath

from chalice.app import Response

from chalicelib.api import rendering, static_files
from chalicelib.api.routing import Routes
from chalicelib.errors import NotFound

routes = Routes(__name__)

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
_IMMUTABLE = "public, max-age=31536000, immutable"
_SOON_STALE = "no-cache"


@routes.raw("GET", "/static/{version}/{path}")
def file(version: str, path: str) -> Response:
    """One file; under an old hash the current one, which must not be kept."""
    content = static_files.image(path) or static_files.read(path)
    if content is None:
        raise NotFound
    is_current = version == static_files.version()
    headers: rendering.Headers = {
        "Content-Type": _TYPES.get(PurePosixPath(path).suffix, "text/plain; charset=utf-8"),
        "Cache-Control": _IMMUTABLE if is_current else _SOON_STALE,
    }
    return Response(content, headers=headers)
