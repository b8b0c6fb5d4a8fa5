"""The settings page: profile, password and sessions, as forms that need no scripts."""

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from chalice.app import Response

from chalicelib import i18n, representations
from chalicelib.api import callers, parsing, problems, rendering
from chalicelib.api.auth import PasswordChange
from chalicelib.api.profile import ProfileChanges
from chalicelib.api.requests import Request
from chalicelib.api.routing import Routes
from chalicelib.entities import Session, User
from chalicelib.errors import (
    Busy,
    Invalid,
    SessionEnded,
    SessionNotFound,
    TaskFlowError,
    Throttled,
    Unavailable,
)
from chalicelib.services import accounts, profiles, sessions, time_zones

routes = Routes(__name__)

_PATH = "/admin/settings"
_SIGN_IN = f"/login?next={_PATH}"
_SIGNED_OUT_HERE = "/login"
_SIGNED_OUT = "/login?signed_out=everywhere"
# What the page says after the redirect that follows a form.
_DONE = {
    "profile": "settings.profile_saved",
    "password": "settings.password_changed",
    "session": "settings.session_ended",
}
# What a form sends for a choice that is left to the browser or the system.
_CHOICES = ("language", "time_zone", "theme")
_AREAS = {
    "Africa": "area.africa",
    "America": "area.america",
    "Antarctica": "area.antarctica",
    "Arctic": "area.arctic",
    "Asia": "area.asia",
    "Atlantic": "area.atlantic",
    "Australia": "area.australia",
    "Europe": "area.europe",
    "Indian": "area.indian",
    "Pacific": "area.pacific",
}

View = Callable[[Request, User], Response]


@routes.raw("GET", _PATH)
def show(request: Request) -> Response:
    """The forms, filled with what is stored, and what the last one did."""
    return _for_visitor(request, _show)


@routes.raw("POST", _PATH)
def change_profile(request: Request) -> Response:
    return _for_visitor(request, _change_profile)


@routes.raw("POST", f"{_PATH}/password")
def change_password(request: Request) -> Response:
    return _for_visitor(request, _change_password)


@routes.raw("POST", f"{_PATH}/sessions")
def end_sessions(request: Request) -> Response:
    return _for_visitor(request, _end_sessions)


@routes.raw("POST", f"{_PATH}/sessions/{{id}}")
def end_session(request: Request, id: str) -> Response:  # noqa: A002 - the name in the path
    return _for_visitor(request, partial(_end_session, session_id=id))


def _for_visitor(request: Request, view: View) -> Response:
    """The view for the person behind the cookie; everyone else is led to the sign-in."""
    callers.require_same_origin(request)
    visitor = callers.visitor(request)
    if visitor is None:
        return rendering.redirect(request, _SIGN_IN)
    try:
        callers.count_write(request, visitor)
        return view(request, visitor)
    except SessionEnded:
        return rendering.redirect(request, _SIGN_IN)
    except (Throttled, Busy, Unavailable) as error:
        return _told_when(partial(_page, request, visitor), error)


def _show(request: Request, visitor: User) -> Response:
    return _page(request, visitor, done=_DONE.get(request.query.get("done", "")))


def _change_profile(request: Request, visitor: User) -> Response:
    values = parsing.form_values(request)
    chosen = {name: values.get(name) for name in _CHOICES}
    again = partial(_page, request, visitor, values={"name": "", **values})
    try:
        changes = parsing.fitted({"name": values.get("name", ""), **chosen}, ProfileChanges)
        person = profiles.change(visitor, changes.wanted)
    except Invalid as error:
        return again(faults=error, status=400)
    except (Busy, Unavailable) as error:
        return _told_when(again, error)
    # Without a theme in the profile, what the theme button chose for this browser stays.
    is_set = person.theme is not None or visitor.theme is not None
    cookies = [rendering.theme_cookie(request, person.theme)] if is_set else []
    return rendering.redirect(request, f"{_PATH}?done=profile", cookies)


def _change_password(request: Request, visitor: User) -> Response:
    values = parsing.form_values(request)
    again = partial(_page, request, visitor)
    try:
        fields = parsing.fitted(values, PasswordChange)
        signed_in = profiles.change_password(
            visitor, fields.current_password, fields.new_password, request.origin
        )
    except Invalid as error:
        return again(faults=error, status=400)
    cookie = rendering.session_cookie(signed_in.token)
    return rendering.redirect(request, f"{_PATH}?done=password", [cookie])


def _end_sessions(request: Request, visitor: User) -> Response:
    accounts.log_out_everywhere(visitor)
    return rendering.redirect(request, _SIGNED_OUT, [rendering.no_session_cookie()])


def _end_session(request: Request, visitor: User, session_id: str) -> Response:
    """One that is over by now has ended, too."""
    with contextlib.suppress(SessionNotFound):
        sessions.end(visitor, session_id)
    if session_id == visitor.session_id:
        return rendering.redirect(request, _SIGNED_OUT_HERE, [rendering.no_session_cookie()])
    return rendering.redirect(request, f"{_PATH}?done=session")


def _told_when(again: Callable[..., Response], error: TaskFlowError) -> Response:
    """The page again, with what stood in the way and when to try once more."""
    page = again(message=i18n.said(error.message), status=problems.status_of(error))
    return problems.told_when(page, error)


def _page(
    request: Request,
    person: User,
    *,
    values: Mapping[str, str] | None = None,
    faults: Invalid | None = None,
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    stored = {"name": person.name, **{each: getattr(person, each) or "" for each in _CHOICES}}
    shown = stored if values is None else values
    return rendering.page(
        request,
        "settings.html",
        status=status,
        user=representations.user(person),
        boot=None,
        values={name: shown.get(name, "") for name in stored},
        errors={each.field: i18n.said(each.message) for each in faults.faults} if faults else {},
        message=message,
        done=i18n.text(done) if done else "",
        areas=_areas(person.time_zone),
        sessions=[_session(each, person) for each in sessions.of(person)],
    )


def _session(session: Session, person: User) -> dict[str, object]:
    return {
        "id": session.id,
        "agent": session.agent or i18n.text("settings.session_unknown"),
        "address": session.address,
        "created": _moment(session.created_at, person),
        "seen": _moment(session.seen_at, person),
        "is_current": session.id == person.session_id,
    }


def _moment(moment: datetime, person: User) -> str:
    """Day and time as the person's clock has them, or in UTC, and saying so."""
    local = time_zones.local(moment, person.time_zone)
    zone = "" if local.tzname() != "UTC" else " UTC"
    return f"{i18n.day(local.date())} {local:%H:%M}{zone}"


def _areas(current: str | None) -> dict[str, list[tuple[str, str]]]:
    """Time zones to choose from, with their labels, by area; "" is that of those without one."""
    names = sorted({*time_zones.offered(), *([current] if current else [])})
    areas: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        area, _, place = name.partition("/")
        label = place.replace("_", " ").replace("/", ", ") or name
        key = _AREAS.get(area)
        areas.setdefault(i18n.text(key) if key else "", []).append((name, label))
    return areas
