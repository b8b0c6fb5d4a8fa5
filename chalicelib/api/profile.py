"""The signed-in person."""

from chalicelib import representations
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.services import teams

routes = Routes(__name__)


class Profile(representations.User, frozen=True, kw_only=True):
    teams: list[representations.Team]


@routes.api("GET", "/api/profile", answer=Profile, errors=(401,))
def show(caller: User) -> Profile:
    """The caller, with their teams and their role in each."""
    user = representations.user(caller)
    return Profile(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        created_at=user.created_at,
        teams=[representations.team(team, caller.teams[team.key]) for team in teams.of(caller)],
    )
