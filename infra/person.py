"""One decision about one account, through the services: started by infra/people.py with its settings."""

import sys

from chalicelib.entities import Role, User
from chalicelib.services import administration
from infra.progress import Failure, run, say


def main() -> None:
    verb, email, role = sys.argv[1:]
    decide(verb, email, role)


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
