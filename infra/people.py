"""`make admin`, `make role`, `make disable`, `make enable`: what is decided about a stage's account."""

import sys

from chalicelib.entities import Role
from infra import stages
from infra.progress import Failure, run, step

ROLES = " or ".join(role.value for role in Role)


def main() -> int:
    (verb,) = sys.argv[1:]
    stage = stages.chosen()
    email = stages.required("EMAIL", "ada@example.com")
    role = _role() if verb == "role" else ""
    with stages.answers(), step(f"Looking {email} up in {stage.stack.name}"):
        return stages.run_services(stage.stack, "infra.person", verb, email, role)


def _role() -> str:
    role = stages.required("ROLE", ROLES.replace(" or ", " or ROLE="))
    if role not in set(Role):
        raise Failure(f"ROLE must be {ROLES}, not {role!r}.")
    return role


if __name__ == "__main__":
    run(main)
