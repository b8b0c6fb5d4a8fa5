"""From answers to HTTP: JSON, pages, cookies, and the headers that every response carries."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from chalice.app import Response
from msgspec import Struct, field

from chalicelib import VERSION, i18n
from chalicelib.api import static_files
from chalicelib.api.requests import SESSION_COOKIE, Request
from chalicelib.config import settings
from chalicelib.delivery import templates
from chalicelib.entities import Theme
from chalicelib.services.accounts import SignedIn

Headers = dict[str, str | list[str]]


class Answer(Struct, frozen=True):
    """What a view says beyond its body; `status` where it is not the declared one."""

    body: Any
    headers: Headers = field(default_factory=dict)
    status: int | None = None


def json(answer: Any, status: int) -> Response:
    """A JSON response of a declared answer, or of one with headers."""
    full = answer if isinstance(answer, Answer) else Answer(answer)
    if full.body is None:
        return Response("", status_code=full.status or status, headers=full.headers)
    return Response(
        msgspec.json.encode(full.body).decode(),
        status_code=full.status or status,
        headers={"Content-Type": "application/json", **full.headers},
    )


def page(request: Request, template: str, /, *, status: int = 200, **context: object) -> Response:
    """An HTML page under the strict policy; `link` and `static` build URLs under any prefix."""
    html = templates.render(
        template,
        link=lambda path: request.prefix + path,
        static=lambda path: f"{request.prefix}/static/{static_files.version()}/{path}",
        theme=_theme(request),
        language=i18n.current(),
        version=VERSION,
        **context,
    )
    headers: Headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": _page_policy(),
    }
    return Response(html, status_code=status, headers=headers)


def redirect(request: Request, path: str, cookies: list[str] | None = None) -> Response:
    """303: the browser goes on with GET, as after every form."""
    headers: Headers = {"Location": request.prefix + path, "Cache-Control": "no-store"}
    if cookies:
        headers["Set-Cookie"] = cookies
    return Response("", status_code=303, headers=headers)


def session_cookie(token: str) -> str:
    """__Host- ties the cookie to this host: https://datatracker.ietf.org/doc/html/rfc6265bis."""
    seconds = settings().token_hours * 3600
    return f"{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax"


def signed_in_cookies(request: Request, signed_in: SignedIn) -> list[str]:
    """The session, and the theme of a profile that has one: it wins over the browser's."""
    cookies = [session_cookie(signed_in.token)]
    if signed_in.user.theme is not None:
        cookies.append(theme_cookie(request, signed_in.user.theme))
    return cookies


def theme_cookie(request: Request, theme: Theme | None) -> str:
    """Scripts read and write it, too: js/theme.js."""
    seconds = 365 * 24 * 3600 if theme else 0
    secure = "; Secure" if request.is_secure else ""
    return f"theme={theme or ''}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}"


def no_session_cookie() -> str:
    return f"{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"


def common_headers(request: Request) -> dict[str, str]:
    """What every response has; a response's own headers win."""
    headers = {
        "X-Request-Id": request.id,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _page_policy() -> str:
    socket = urlsplit(settings().socket_url)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {socket.scheme}://{socket.netloc}",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types taskflow",
        ]
    )


def _theme(request: Request) -> str:
    theme = request.cookie("theme")
    return theme if theme in set(Theme) else ""
