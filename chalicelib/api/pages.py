"""The pages: the dashboard, and signing in and registering without scripts."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from chalice.app import Response
from msgspec import structs

from chalicelib import VERSION, clock, i18n, representations
from chalicelib.api import callers, parsing, problems, rendering, static_files
from chalicelib.api.auth import Login, Registration
from chalicelib.api.requests import Request
from chalicelib.api.routing import Routes
from chalicelib.entities import Filters, Status, User
from chalicelib.errors import (
    BadCredentials,
    Busy,
    EmailTaken,
    Invalid,
    NotFound,
    Throttled,
    Unavailable,
)
from chalicelib.services import access, accounts, changes, stats, tasks, teams

routes = Routes(__name__)

_HOME = "/admin"
# A path of ours and nothing else: no host, no scheme, no dot segments, encoded characters only
# in the query, where the filters of a view are.
_LOCAL = re.compile(
    r"/([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?(\?[A-Za-z0-9_=&:,.~+%-]*)?(#[A-Za-z0-9_-]*)?"
)
_LATEST_CHANGES = 10
_BOARD = "board"
# The views beside the board; each is /admin/<view> and the same page with other content.
_VIEWS = frozenset({"list", "calendar", "mine", "insights", "trash"})
# So many tasks of each column fit the first screen; the page asks for more.
_FIRST_TASKS = 12
_MONTH = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")
# So many of what a view shows beside that.
_FIRST_OF_VIEW = 40


@routes.raw("GET", "/")
def root(request: Request) -> Response:
    return rendering.redirect(request, _HOME)


@routes.raw("GET", "/admin")
def dashboard(request: Request) -> Response:
    """The board with what it needs to start; without a session the way in, and no data."""
    return _shell(request, _BOARD)


@routes.raw("GET", "/admin/{view}")
def dashboard_view(request: Request, view: str) -> Response:
    """The same page with another view of the same tasks."""
    if view not in _VIEWS:
        raise NotFound
    return _shell(request, view)


@routes.raw("GET", "/login")
def login_form(request: Request) -> Response:
    done = i18n.text("login.signed_out") if "signed_out" in request.query else ""
    return _login_page(request, next_path=request.query.get("next", ""), done=done)


@routes.raw("POST", "/login")
def login(request: Request) -> Response:
    callers.refuse_foreign(request)
    values = parsing.form_values(request)
    try:
        fields = parsing.fitted(values, Login)
        signed_in = accounts.log_in(fields.email, fields.password, request.origin)
    except Invalid as error:
        return _login_page(request, values, _by_field(error), status=400)
    except BadCredentials:
        message = i18n.text("login.no_match")
        return _login_page(request, values, message=message, status=401)
    except (Throttled, Busy, Unavailable) as error:
        message, status = i18n.said(error.message), problems.status_of(error)
        page = _login_page(request, values, message=message, status=status)
        return problems.told_when(page, error)
    return _entered(request, signed_in, values.get("next", ""))


@routes.raw("GET", "/register")
def register_form(request: Request) -> Response:
    return _register_page(request, next_path=request.query.get("next", ""))


@routes.raw("POST", "/register")
def register(request: Request) -> Response:
    callers.refuse_foreign(request)
    values = parsing.form_values(request)
    try:
        fields = parsing.fitted(values, Registration)
        user = accounts.register(fields.name, fields.email, fields.password, request.origin)
    except Invalid as error:
        return _register_page(request, values, _by_field(error), status=400)
    except EmailTaken as error:
        return _register_page(request, values, {"email": i18n.said(error.message)}, status=409)
    except (Throttled, Busy, Unavailable) as error:
        message, status = i18n.said(error.message), problems.status_of(error)
        page = _register_page(request, values, message=message, status=status)
        return problems.told_when(page, error)
    try:
        signed_in = accounts.enter(user, request.origin)
    except (Busy, Unavailable) as error:
        # To register again would only say that the email is taken.
        message, status = i18n.text("login.account_ready"), problems.status_of(error)
        page = _login_page(request, values, message=message, status=status)
        return problems.told_when(page, error)
    return _entered(request, signed_in, values.get("next", ""))


@routes.raw("POST", "/logout")
def logout(request: Request) -> Response:
    callers.require_same_origin(request)
    visitor = callers.visitor(request)
    if visitor is not None:
        accounts.log_out(visitor)
    return rendering.redirect(request, "/login", [rendering.no_session_cookie()])


def _shell(request: Request, view: str) -> Response:
    visitor = callers.visitor(request)
    if visitor is None:
        return _login_page(request, next_path=_address(request))
    if not visitor.teams:
        return rendering.page(
            request, "no_team.html", user=representations.user(visitor), message=""
        )
    page = rendering.page(
        request,
        "dashboard.html",
        user=representations.user(visitor),
        view=view,
        modules=static_files.modules(*_scripts(view)),
        boot=_boot(request, visitor, view),
    )
    # The service worker keeps this page, and no other, for when there is no network.
    page.headers["TaskFlow-Shell"] = static_files.version()
    return page


def _scripts(view: str) -> list[str]:
    """Where a view's scripts begin: in the repository, or as the package puts them together."""
    return ["js/dashboard.js", f"js/{view}view.js", *([] if view == _BOARD else ["js/views.js"])]


def _address(request: Request) -> str:
    """Where to go on after signing in: the view that was asked for, with its filters."""
    if request.path == _HOME and not request.query:
        return ""
    return request.path + (f"?{urlencode(request.query)}" if request.query else "")


def _boot(request: Request, caller: User, view: str) -> dict[str, Any]:
    """What the dashboard's scripts start from, so that they need no request of their own."""
    key = access.team_of(caller, None)
    answer = stats.of_team(caller, key)
    team = next(team for team in teams.of(caller) if team.key == key)
    boot: dict[str, Any] = msgspec.to_builtins(
        {
            "base": request.prefix,
            "version": VERSION,
            "user": representations.account(caller),
            "team": representations.team(team, caller.teams[key]),
            "members": [representations.member(each) for each in teams.members(caller, key)],
            "stats": _counts(representations.statistics(answer.stats, is_cached=answer.is_cached)),
            "tasks": [_brief(task) for task in _first_tasks(caller, key)],
            "first": _FIRST_TASKS,
            "others": [_brief(task) for task in _tasks_of_view(request, caller, key, view)],
            "changes": [
                _brief_change(representations.change(each))
                for each in changes.latest(caller, team=key, limit=_LATEST_CHANGES)
            ],
            "cursor": changes.settled(),
        }
    )
    return boot


def _first_tasks(caller: User, key: str) -> Iterator[representations.Task]:
    """The upper ends of the board's columns."""
    for status in Status:
        filters = Filters(status=status, sort="rank")
        page = tasks.find(caller, filters, team=key, limit=_FIRST_TASKS, cursor=None)
        yield from map(representations.task, page.items)


def _tasks_of_view(
    request: Request, caller: User, key: str, view: str
) -> Iterator[representations.Task]:
    """What else a view shows first; the page asks for the rest, and this moves no more for it."""
    for filters in _wanted(request, caller, view):
        page = tasks.find(caller, filters, team=key, limit=_FIRST_OF_VIEW, cursor=None)
        yield from map(representations.task, page.items)


def _wanted(request: Request, caller: User, view: str) -> list[Filters]:
    if view == "mine":
        return [Filters(assigned_to=caller.id)]
    if view != "calendar":
        return []
    first = _month(request.query.get("month", ""))
    # The weeks that begin before the month and end after it, for any first day of the week.
    start, end = first - timedelta(days=8), first + timedelta(days=31 + 8)
    finished = Filters(due_after=start, due_before=end, status=Status.COMPLETED, sort="due_date")
    # What is overdue is shown above the month, and is the first of this.
    return [Filters(due_before=end, sort="due_date"), finished]


def _month(text: str) -> date:
    """The first day of the month YYYY-MM; of this one where the text is none."""
    if _MONTH.fullmatch(text):
        return date.fromisoformat(f"{text}-01")
    return clock.now().date().replace(day=1)


def _brief(task: representations.Task) -> dict[str, Any]:
    """A task without its description, which may be long and which no view shows."""
    fields = structs.asdict(task)
    del fields["description"]
    return fields


def _brief_change(change: representations.Change) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(change)
    return fields | {"task": _brief(change.task)}


def _counts(stats: representations.Statistics) -> dict[str, Any]:
    """The counts alone: the page has its tasks from the columns."""
    fields = structs.asdict(stats)
    del fields["recent_tasks"]
    return fields


def _login_page(
    request: Request,
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    *,
    message: str = "",
    done: str = "",
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
        done=done,
    )


def _register_page(
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
        "register.html",
        status=status,
        next=_local(entered.get("next", "")),
        name=entered.get("name", ""),
        email=entered.get("email", ""),
        errors=faults or {},
        message=message,
    )


def _entered(request: Request, signed_in: accounts.SignedIn, next_path: str) -> Response:
    target = _local(next_path) or _HOME
    return rendering.redirect(request, target, rendering.signed_in_cookies(request, signed_in))


def _local(path: str) -> str:
    """The path if it is one of ours, else nothing: a link must not lead people elsewhere."""
    return path if _LOCAL.fullmatch(path) else ""


def _by_field(error: Invalid) -> dict[str, str]:
    return {fault.field: i18n.said(fault.message) for fault in error.faults}
