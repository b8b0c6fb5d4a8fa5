"""The request as TaskFlow sees it, read once from API Gateway's event."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

SESSION_COOKIE = "__Host-taskflow"


@dataclass(frozen=True, slots=True)
class Request:
    """`prefix` is what precedes every path of ours in URLs: "/dev" under a stage, else empty.

    Header names are lower case; of a repeated query parameter the last value counts.
    """

    id: str
    method: str
    path: str
    prefix: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def wants_page(self) -> bool:
        """Whether failures are shown as pages: a browser looking at something outside the API."""
        is_page = not self.path.startswith(("/api/", "/health", "/static/"))
        return is_page and "text/html" in self.headers.get("accept", "")

    @property
    def is_same_origin(self) -> bool:
        """Whether the page that sent this is ours, by the browser's word (Fetch Metadata)."""
        site = self.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = self.headers.get("origin", "")
        return bool(origin) and urlsplit(origin).netloc == self.headers.get("host")

    @property
    def is_secure(self) -> bool:
        return self.headers.get("x-forwarded-proto", "http") == "https"

    def cookie(self, name: str) -> str | None:
        try:
            morsel = SimpleCookie(self.headers.get("cookie", "")).get(name)
        except CookieError:
            return None
        return morsel.value if morsel else None


def from_event(event: Mapping[str, Any]) -> Request:
    """The request in a Lambda proxy event of a REST API."""
    context = event["requestContext"]
    path = event.get("path") or "/"
    return Request(
        id=str(context.get("requestId", "")),
        method=str(event["httpMethod"]),
        path=path,
        prefix=_prefix(str(context.get("path") or path), path),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=dict(event.get("queryStringParameters") or {}),
        body=_body(event),
    )


def _prefix(full_path: str, path: str) -> str:
    """What API Gateway's full path has before ours: the stage, where there is no domain."""
    return full_path.removesuffix(path).rstrip("/") if full_path != path else ""


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body)
    return str(body).encode(errors="surrogatepass")
