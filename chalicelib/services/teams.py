"""Teams: who is in one, and in what role."""

from collections.abc import Mapping
from functools import cache

from chalicelib.entities import Member, Team, TeamRole, User
from chalicelib.services import access, retries
from chalicelib.storage import teams

# A fresh installation has one team, which everyone who registers joins.
_FIRST = Team(key="TF", name="TaskFlow")


def ensure_first() -> None:
    """Create the first team unless it is there; asked of DynamoDB once a process."""
    _create(_FIRST)


def joined_at_registration() -> Mapping[str, TeamRole]:
    return {_FIRST.key: TeamRole.MEMBER}


def of(user: User) -> list[Team]:
    """The teams the user is in, ordered by key."""
    return teams.get_many(user.teams)


def members(caller: User, key: str) -> list[Member]:
    """Everyone in the team, by name; raises TeamNotFound for outsiders."""
    access.require_reader(caller, key)
    return teams.members(key)


def set_role(key: str, user_id: str, role: TeamRole) -> None:
    """Raises NotAMember."""
    retries.on_conflict(lambda: teams.set_role(key, user_id, role))


def remove_member(key: str, user_id: str) -> None:
    """End a membership, at the next request and the next push; raises NotAMember."""
    retries.on_conflict(lambda: teams.remove_member(key, user_id))


@cache
def _create(team: Team) -> None:
    teams.create_if_absent(team)
