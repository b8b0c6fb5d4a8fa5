"""Five hundred tasks of a team of ten, loaded through the services; prints a token to sign in with."""

import random

from chalicelib.entities import Priority, Status
from chalicelib.services import accounts, tasks, tokens

TASKS = 500
PEOPLE = 10
SHARES = ((Status.PENDING, 200), (Status.IN_PROGRESS, 120), (Status.COMPLETED, 150))
WORDS = """
audit boost cache draft email fetch graph hover index joint kiosk label merge night order
proxy quota reply scope theme unify value watch yield zoom release notes session token
"""


def main() -> None:
    vocabulary = WORDS.split()
    dice = random.Random(1)  # noqa: S311 - the same tasks each time
    people = [
        accounts.register(f"Person {number}", f"person.{number}@example.com", "correct horse 42")
        for number in range(PEOPLE)
    ]
    for number in range(TASKS):
        words = dice.sample(vocabulary, dice.randint(3, 9))
        draft = tasks.Draft(
            title=" ".join(words).capitalize(),
            description=" ".join(dice.sample(vocabulary, 20)),
            status=_status(number),
            priority=dice.choice(list(Priority)),
            assigned_to=dice.choice([None, *(person.id for person in people)]),
        )
        tasks.create(dice.choice(people), draft)
    print(tokens.issue(people[0]))


def _status(number: int) -> Status:
    for status, share in SHARES:
        if number < share:
            return status
        number -= share
    return Status.CANCELLED


if __name__ == "__main__":
    main()
