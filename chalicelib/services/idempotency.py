"""Requests that may come twice: done once, answered alike."""

from chalicelib import logs
from chalicelib.entities import Answered, Claim, Task, User
from chalicelib.errors import TaskFlowError
from chalicelib.services import access
from chalicelib.storage import activity, idempotency


def begin(caller: User, key: str, fingerprint: str) -> Claim | Answered:
    """Take the request on, or learn what it was answered; raises KeyReused, InFlight.

    Keys are each user's own. `fingerprint` tells one request from another.
    """
    return idempotency.take(caller.id, key, fingerprint)


def made(caller: User, claim: Claim | None) -> Task | None:
    """The task as this very request wrote it when it came before, if it did.

    Who has left the team since is told nothing of it: raises TeamNotFound.
    """
    if claim is None or claim.change is None:
        return None
    team, activity_id = claim.change
    access.require_reader(caller, team)
    return activity.get(team, activity_id).task


def finish(claim: Claim, answered: Answered) -> None:
    """Keep the answer for those who ask again; failing that, the request may be done again."""
    try:
        idempotency.finish(claim, answered)
    except TaskFlowError:
        logs.failure("answer_not_kept")


def give_back(claim: Claim) -> None:
    """The request came to nothing and may be tried again; failing that, when the lease is over."""
    try:
        idempotency.give_back(claim)
    except TaskFlowError:
        logs.failure("claim_not_given_back")
