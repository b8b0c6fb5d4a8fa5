"""The dashboard's statistics."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib import representations
from chalicelib.api.routing import Routes
from chalicelib.entities import User
from chalicelib.services import stats

routes = Routes(__name__)


class StatsQuery(Struct, frozen=True):
    team: str | None = None


class TrendQuery(Struct, frozen=True):
    days: Annotated[int, Meta(ge=1, le=90)] = 30
    team: str | None = None


class Trend(Struct, frozen=True):
    days: list[representations.Day]
    generated_at: representations.Timestamp


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


@routes.api("GET", "/api/dashboard/trend", query=TrendQuery, answer=Trend, errors=(400, 401, 404))
def show_trend(caller: User, query: TrendQuery) -> Trend:
    """What was created and completed on each of the last days (UTC), and what there was in all."""
    trend = stats.trend(caller, query.days, query.team)
    return Trend(
        [representations.day(day, totals) for day, totals in trend.days.items()],
        representations.timestamp(trend.generated_at),
    )
