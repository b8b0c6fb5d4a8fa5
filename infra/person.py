"""One decision about one account, through the services: started by infra/people.py with its settings."""

import contextlib
import logging
import sys
from collections.abc import Iterator

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib import errors
from chalicelib.entities import Role, User
from chalicelib.services import administration
from infra import refusals
from infra.progress import Failure, run, say


def main() -> None:
    verb, email, role = sys.argv[1:]
    logging.disable()  # the services log for people who are not here to read it
    with told():
        decide(verb, email, role)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what DynamoDB does not do inside the block into a Failure."""
    try:
        yield
    except (errors.Unavailable, errors.Conflict) as error:
        raise Failure(
            "DynamoDB did not answer in time, so it may be done or not: run the same command again,"
            " which does no harm."
        ) from error
    except PynamoDBException as error:
        if not isinstance(error.cause, ClientError):
            raise
        raise Failure(refusals.sentence(error.cause, None)) from error


def decide(verb: str, email: str, role: str = "") -> None:
    """Carry one out: admin, role, disable or enable. Raises Failure when nobody has that email."""
    user = administration.find(email)
    if user is None:
        raise Failure(f"Nobody has registered as {email}; they do that first, at /register.")
    who = f"{user.name} <{user.email}>"
    if verb == "disable":
        administration.disable(user)
        say(f"{who} is disabled: every session has ended, and none can begin.")
    elif verb == "enable":
        administration.enable(user)
        say(f"{who} can sign in again.")
    else:
        _set_role(user, who, Role.ADMIN if verb == "admin" else Role(role))


def _set_role(user: User, who: str, role: Role) -> None:
    if user.role is role:
        say(f"{who} has the role {role} already.")
        return
    administration.set_role(user, role)
    say(f"{who} has the role {role} from the next request on.")


if __name__ == "__main__":
    run(main)
