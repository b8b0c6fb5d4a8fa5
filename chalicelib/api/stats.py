"""The dashboard's statistics."""

from msgspec import Struct

from chalicelib import representations
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.services import stats

routes = Routes(__name__)


class StatsQuery(Struct, frozen=True):
    team: str | None = None


@routes.api(
    "GET",
    "/api/dashboard/stats",
    query=StatsQuery,
    answer=representations.Statistics,
    errors=(401, 404),
)
def show(caller: User, query: StatsQuery) -> representations.Statistics:
    """What the team's dashboard counts; cached for 30 s, dropped at any change of the team."""
    answer = stats.of_team(caller, query.team)
    return representations.statistics(answer.stats, is_cached=answer.is_cached)
