"""The team that is measured: ten people, one of whom sends the requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib import clock, ids
from chalicelib.entities import Credential, Role, Team, TeamRole, User
from chalicelib.services import passwords, tokens
from chalicelib.storage import teams, users

# The team that everyone joins at registration.
TEAM = "TF"
PASSWORD = "a-bench-has-no-secrets"  # noqa: S105 - nobody else is in this database
NAMES = (
    "Ada Lovelace",
    "Grace Hopper",
    "Linus Berg",
    "Mariana Costa",
    "Yusuf Demir",
    "Ingrid Solberg",
    "Tomás Herrera",
    "Chen Wei",
    "Amara Okafor",
    "Piotr Nowak",
)


@dataclass(frozen=True)
class Person:
    user: User
    token: str


def known() -> list[Person]:
    """Everybody, with a token; nobody is in the database yet."""
    return [_person(name) for name in NAMES]


def join(people: Sequence[Person]) -> None:
    """Register everybody; one bcrypt hash serves all."""
    teams.create_if_absent(Team(TEAM, "TaskFlow"))
    password_hash = passwords.hashed(PASSWORD)
    for person in people:
        users.register(person.user, Credential(person.user.email, person.user.id, password_hash))


def _person(name: str) -> Person:
    user = User(
        id=ids.new(),
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@example.com",
        role=Role.USER,
        teams={TEAM: TeamRole.MEMBER},
        session_epoch=1,
        disabled=False,
        created_at=clock.now() - timedelta(days=400),
    )
    return Person(user, tokens.issue(user))
