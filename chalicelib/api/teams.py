"""Teams and their members."""

from msgspec import Struct

from chalicelib import representations
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.services import teams

routes = Routes(__name__)


class Teams(Struct, frozen=True):
    teams: list[representations.Team]


class Members(Struct, frozen=True):
    members: list[representations.Member]


@routes.api("GET", "/api/teams", answer=Teams, errors=(401,))
def show_all(caller: User) -> Teams:
    """The teams of the caller, by key."""
    return Teams([representations.team(team, caller.teams[team.key]) for team in teams.of(caller)])


@routes.api("GET", "/api/teams/{key}/members", answer=Members, errors=(401, 404))
def members(caller: User, key: str) -> Members:
    """Everyone in the team, by name."""
    return Members([representations.member(each) for each in teams.members(caller, key)])
