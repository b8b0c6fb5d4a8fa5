"""The pages: the dashboard, and signing in and registering without scripts."""

import re
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib import VERSION, i18n, representations
from chalicelib.api import callers, parsing, rendering
from chalicelib.api.auth import Login, Registration
from chalicelib.api.requests import Request
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.errors import BadCredentials, EmailTaken, Invalid
from chalicelib.services import access, accounts, changes, stats, teams, tokens

routes = Routes(__name__)

_HOME = "/admin"
# A path of ours and nothing else: no host, no scheme, no encoded characters, no dot segments.
_LOCAL = re.compile(
    r"/([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?(\?[A-Za-z0-9_=&:,-]*)?(#[A-Za-z0-9_-]*)?"
)
_LATEST_CHANGES = 10


@routes.raw("GET", "/")
def root(request: Request) -> Response:
    return rendering.redirect(request, _HOME)


@routes.raw("GET", "/admin")
def dashboard(request: Request) -> Response:
    """The dashboard with what it needs to start; without a session the way in, and no data."""
    visitor = callers.visitor(request)
    if visitor is None:
        return _login_page(request)
    if not visitor.teams:
        return rendering.page(
            request, "no_team.html", user=representations.user(visitor), message=""
        )
    return rendering.page(
        request,
        "dashboard.html",
        user=representations.user(visitor),
        boot=_boot(request, visitor),
    )


@routes.raw("GET", "/login")
def login_form(request: Request) -> Response:
    return _login_page(request, next_path=request.query.get("next", ""))


@routes.raw("POST", "/login")
def login(request: Request) -> Response:
    callers.refuse_foreign(request)
    values = parsing.form_values(request)
    try:
        fields = parsing.fitted(values, Login)
        signed_in = accounts.log_in(fields.email, fields.password)
    except Invalid as error:
        return _login_page(request, values, _by_field(error), status=400)
    except BadCredentials:
        message = i18n.text("login.no_match")
        return _login_page(request, values, message=message, status=401)
    return _entered(request, signed_in.token, values.get("next", ""))


@routes.raw("GET", "/register")
def register_form(request: Request) -> Response:
    return _register_page(request, next_path=request.query.get("next", ""))


@routes.raw("POST", "/register")
def register(request: Request) -> Response:
    callers.refuse_foreign(request)
    values = parsing.form_values(request)
    try:
        fields = parsing.fitted(values, Registration)
        user = accounts.register(fields.name, fields.email, fields.password)
    except Invalid as error:
        return _register_page(request, values, _by_field(error), status=400)
    except EmailTaken as error:
        return _register_page(request, values, {"email": i18n.said(error.message)}, status=409)
    return _entered(request, tokens.issue(user), values.get("next", ""))


@routes.raw("POST", "/logout")
def logout(request: Request) -> Response:
    callers.require_same_origin(request)
    return rendering.redirect(request, "/login", [rendering.no_session_cookie()])


def _boot(request: Request, caller: User) -> dict[str, Any]:
    """What the dashboard's scripts start from, so that they need no request of their own."""
    key = access.team_of(caller, None)
    answer = stats.of_team(caller, key)
    team = next(team for team in teams.of(caller) if team.key == key)
    boot: dict[str, Any] = msgspec.to_builtins(
        {
            "base": request.prefix,
            "version": VERSION,
            "user": representations.user(caller),
            "team": representations.team(team, caller.teams[key]),
            "members": [representations.member(each) for each in teams.members(caller, key)],
            "stats": representations.statistics(answer.stats, is_cached=answer.is_cached),
            "changes": [
                representations.change(each)
                for each in changes.latest(caller, team=key, limit=_LATEST_CHANGES)
            ],
            "cursor": changes.settled(),
        }
    )
    return boot


def _login_page(
    request: Request,
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    *,
    message: str = "",
    next_path: str = "",
    status: int = 200,
) -> Response:
    entered = values or {"next": next_path}
    return rendering.page(
        request,
        "login.html",
        status=status,
        next=_local(entered.get("next", "")),
        email=entered.get("email", ""),
        errors=faults or {},
        message=message,
    )


def _register_page(
    request: Request,
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    *,
    next_path: str = "",
    status: int = 200,
) -> Response:
    entered = values or {"next": next_path}
    return rendering.page(
        request,
        "register.html",
        status=status,
        next=_local(entered.get("next", "")),
        name=entered.get("name", ""),
        email=entered.get("email", ""),
        errors=faults or {},
        message="",
    )


def _entered(request: Request, token: str, next_path: str) -> Response:
    target = _local(next_path) or _HOME
    return rendering.redirect(request, target, [rendering.session_cookie(token)])


def _local(path: str) -> str:
    """The path if it is one of ours, else nothing: a link must not lead people elsewhere."""
    return path if _LOCAL.fullmatch(path) else ""


def _by_field(error: Invalid) -> dict[str, str]:
    return {fault.field: i18n.said(fault.message) for fault in error.faults}
