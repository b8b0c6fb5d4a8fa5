"""The request as TaskFlow sees it, read once from API Gateway's event."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from chalicelib.entities import Origin

SESSION_COOKIE = "__Host-taskflow"

_BEFORE = re.compile(r"(/[A-Za-z0-9_-]+)*")


class Request(Struct, frozen=True):
    """`prefix` is what precedes every path of ours in URLs: "/dev" under a stage, else empty.

    `address` is the one that the gateway saw: no header can say another. Header names are lower
    case; of a repeated query parameter the last value counts.
    """

    id: str
    method: str
    path: str
    prefix: str
    address: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def origin(self) -> Origin:
        return Origin(self.address, self.headers.get("user-agent", ""))

    @property
    def wants_page(self) -> bool:
        """Whether failures are shown as pages: a browser looking at something outside the API."""
        is_page = not f"{self.path}/".startswith(("/api/", "/health/", "/static/"))
        return is_page and "text/html" in self.headers.get("accept", "")

    @property
    def is_same_origin(self) -> bool:
        """Whether the page that sent this is ours, by the browser's word (Fetch Metadata)."""
        site = self.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        _, _, host = self.headers.get("origin", "").partition("://")
        return bool(host) and host == self.headers.get("host")

    @property
    def is_secure(self) -> bool:
        return self.headers.get("x-forwarded-proto", "http") == "https"

    def cookie(self, name: str) -> str | None:
        """The first cookie of that name; http.cookies would give up at another's odd character."""
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value for each, _, value in pairs if each == name), None)


def from_event(event: Mapping[str, Any]) -> Request:
    """The request in a Lambda proxy event of a REST API."""
    context = event["requestContext"]
    path = event.get("path") or "/"
    return Request(
        id=str(context.get("requestId", "")),
        method=str(event["httpMethod"]),
        path=path,
        prefix=_prefix(str(context.get("path") or path), path),
        address=str((context.get("identity") or {}).get("sourceIp") or ""),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=_encodable(event.get("queryStringParameters") or {}),
        body=_body(event),
    )


def _prefix(full_path: str, path: str) -> str:
    """What API Gateway's full path has before ours: the stage, where there is no domain.

    The two may differ in what is percent-encoded. Only plain parts get from an address into the
    links of a page: "//elsewhere" would lead people away.
    """
    full, ours = unquote(full_path).rstrip("/"), unquote(path).rstrip("/")
    before = full.removesuffix(ours) if full.endswith(ours) else ""
    return before if _BEFORE.fullmatch(before) else ""


def _body(event: Mapping[str, Any]) -> bytes:
    """The bytes of the body; what claims to be base64 and is not is left as it came."""
    raw = str(event.get("body") or "").encode(errors="surrogatepass")
    if not event.get("isBase64Encoded"):
        return raw
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error:
        return raw


def _encodable(texts: Mapping[str, str]) -> dict[str, str]:
    """Without lone surrogates, which JSON can carry and no URL can."""
    return {_utf8(name): _utf8(text) for name, text in texts.items()}


def _utf8(text: str) -> str:
    return text.encode(errors="replace").decode()
