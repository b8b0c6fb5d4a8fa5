"""Accounts over HTTP: register, sign in, sign out."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chalicelib import representations
from chalicelib.api import rendering
from chalicelib.api.rendering import Answer
from chalicelib.api.requests import Request
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.i18n import Message, message
from chalicelib.services import accounts, passwords, profiles

routes = Routes(__name__)

_EXAMPLE = "ada@example.com"

Name = Annotated[str, Meta(min_length=1, max_length=100, extra={"strip": True})]
Email = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=accounts.LONGEST_EMAIL,
        pattern=accounts.EMAIL,
        extra={"strip": True, "message": message("error.email", example=_EXAMPLE)},
        examples=[_EXAMPLE],
    ),
]


class Registration(Struct, frozen=True):
    SUMMARY: ClassVar[Message] = Message("error.registration")

    name: Name
    email: Email
    password: Annotated[
        str,
        Meta(
            description="8 characters to 72 bytes, none of the commonest",
            extra={"check": passwords.fault},
        ),
    ]


class Registered(Struct, frozen=True, kw_only=True):
    message: str = "Registration successful"
    id: representations.UserId
    name: str
    email: str


class Login(Struct, frozen=True):
    SUMMARY: ClassVar[Message] = Message("error.login")

    email: Annotated[str, Meta(extra={"strip": True})]
    password: str


class LoggedIn(Struct, frozen=True):
    token: str
    user: representations.User


class PasswordChange(Struct, frozen=True):
    SUMMARY: ClassVar[Message] = Message("error.password_change")

    current_password: str
    new_password: Annotated[
        str, Meta(description="8 characters to 72 bytes, none of the commonest")
    ]


class PasswordChanged(Struct, frozen=True):
    token: str


class Logout(Struct, frozen=True):
    MAY_BE_ABSENT: ClassVar[bool] = True

    everywhere: bool = False


@routes.api(
    "POST",
    "/api/auth/register",
    body=Registration,
    answer=Registered,
    status=201,
    errors=(400, 409, 413, 415),
)
def register(body: Registration, request: Request) -> Registered:
    """Create an account; it joins the team that everyone is in."""
    user = accounts.register(body.name, body.email, body.password, request.origin)
    return Registered(id=user.id, name=user.name, email=user.email)


@routes.api("POST", "/api/auth/login", body=Login, answer=LoggedIn, errors=(400, 401, 413, 415))
def login(body: Login, request: Request) -> Answer:
    """Exchange email and password for a token, in the answer and as a cookie."""
    signed_in = accounts.log_in(body.email, body.password, request.origin)
    answer = LoggedIn(signed_in.token, representations.user(signed_in.user))
    return Answer(answer, {"Set-Cookie": rendering.signed_in_cookies(request, signed_in)})


@routes.api("POST", "/api/auth/logout", body=Logout, status=204, errors=(400, 401, 403, 413, 415))
def logout(caller: User, body: Logout) -> Answer:
    """End this session and clear the cookie; with `everywhere`, end every session of the user."""
    if body.everywhere:
        accounts.log_out_everywhere(caller)
    else:
        accounts.log_out(caller)
    return Answer(None, {"Set-Cookie": [rendering.no_session_cookie()]})


@routes.api(
    "POST",
    "/api/auth/password",
    body=PasswordChange,
    answer=PasswordChanged,
    errors=(400, 401, 403, 409, 413, 415),
)
def change_password(caller: User, body: PasswordChange, request: Request) -> Answer:
    """Change the password; every other session ends, this one goes on with the new token."""
    signed_in = profiles.change_password(
        caller, body.current_password, body.new_password, request.origin
    )
    cookie = rendering.session_cookie(signed_in.token)
    return Answer(PasswordChanged(signed_in.token), {"Set-Cookie": [cookie]})
