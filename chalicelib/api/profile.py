"""The signed-in person."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from chalicelib import i18n, representations
from chalicelib.api.auth import Name
from chalicelib.api.routing import Routes
from chalicelib.entities import Theme, User
from chalicelib.services import profiles, teams, time_zones

routes = Routes(__name__)

TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=time_zones.LONGEST,
        description="A name of the IANA database",
        examples=["Europe/Berlin"],
        extra={"check": time_zones.fault, "message": i18n.Message("error.time_zone")},
    ),
]


class Profile(representations.Account, frozen=True, kw_only=True):
    teams: list[representations.Team]


class ProfileChanges(Struct, frozen=True):
    """Fields that are absent stay as they are; null follows the browser and the system."""

    name: Name | UnsetType = UNSET
    language: i18n.Language | None | UnsetType = UNSET
    time_zone: TimeZone | None | UnsetType = UNSET
    theme: Theme | None | UnsetType = UNSET

    @property
    def wanted(self) -> dict[str, object]:
        values = structs.asdict(self)
        return {name: value for name, value in values.items() if value is not UNSET}


@routes.api("GET", "/api/profile", answer=Profile, errors=(401,))
def show(caller: User) -> Profile:
    """The caller, with their teams and their role in each."""
    return _profile(caller)


@routes.api(
    "PATCH",
    "/api/profile",
    body=ProfileChanges,
    answer=Profile,
    errors=(400, 401, 403, 409, 413, 415),
)
def change(caller: User, body: ProfileChanges) -> Profile:
    """Change the caller's name, language, time zone or theme."""
    return _profile(profiles.change(caller, body.wanted))


def _profile(person: User) -> Profile:
    memberships = [representations.team(each, person.teams[each.key]) for each in teams.of(person)]
    return Profile(**representations.account_fields(person), teams=memberships)
