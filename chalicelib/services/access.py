"""Who may do what in a team: what you may not see is absent, what you may not change is refused."""

from chalicelib import ids
from chalicelib.entities import TeamRole, User
from chalicelib.errors import NotAllowed, TaskNotFound, TeamNotFound


def can_read(user: User, team: str) -> bool:
    return team in user.teams


def require_reader(user: User, team: str) -> None:
    """Raises TeamNotFound for everyone outside the team."""
    if not can_read(user, team):
        raise TeamNotFound


def require_editor(user: User, team: str) -> None:
    """Raises TeamNotFound outside the team and NotAllowed for its viewers."""
    require_reader(user, team)
    if user.teams[team] is TeamRole.VIEWER:
        raise NotAllowed


def readable_task(user: User, task_id: str) -> tuple[str, int]:
    """Team and number in a task's id.

    Raises TaskNotFound for what is no id, and for tasks of teams that the user is not in.
    """
    parsed = ids.parse_task(task_id)
    if parsed is None or not can_read(user, parsed[0]):
        raise TaskNotFound
    return parsed


def team_of(user: User, wanted: str | None) -> str:
    """The team that a request is about: the one it names, else the user's first.

    Raises TeamNotFound when the user is not in it, or in none.
    """
    team = wanted if wanted is not None else min(user.teams, default="")
    require_reader(user, team)
    return team
