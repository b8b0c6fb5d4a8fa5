"""Who is told by mail that a task is theirs, and that they are told once."""

from chalicelib.entities import Activity, User
from chalicelib.services import access
from chalicelib.storage import deliveries, users


def needs_mail(change: Activity) -> bool:
    """A task given to somebody by somebody else."""
    return change.assigns and change.task.assigned_to != change.actor.id


def recipient(change: Activity) -> User | None:
    """The assignee, unless they were disabled or have left the team."""
    user = users.get(change.task.assigned_to or "")
    if user is None or user.disabled or not access.can_read(user, change.task.team):
        return None
    return user


def begin_mail(change: Activity) -> bool:
    """Take on the mail; False when it is sent already, or another sender is at it."""
    return deliveries.lease(_delivery(change))


def is_mailed(change: Activity) -> bool:
    return deliveries.is_done(_delivery(change))


def finish_mail(change: Activity) -> None:
    deliveries.finish(_delivery(change))


def give_back_mail(change: Activity) -> None:
    """Sending failed: the next attempt may begin at once."""
    deliveries.release(_delivery(change))


def _delivery(change: Activity) -> str:
    return f"{change.id}#{change.task.assigned_to}"
