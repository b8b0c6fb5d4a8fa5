"""The teams table: a team, its members, and the sequence that numbers its tasks."""

from collections.abc import Iterable

from pynamodb.exceptions import PutError

from chalicelib.entities import Member, Team, TeamRole, User
from chalicelib.errors import NotAMember, StaleVersion
from chalicelib.storage import stats, upgrades
from chalicelib.storage.tables import TeamItem, UserItem, membership
from chalicelib.storage.transactions import Transaction

_MEMBER = "member#"


def create_if_absent(team: Team) -> None:
    row = TeamItem(team.key, "team", name=team.name, tasks_schema=upgrades.TASKS)
    try:
        row.save(condition=TeamItem.key.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
    else:
        upgrades.note(team.key)


def get_many(keys: Iterable[str]) -> list[Team]:
    """The teams of these keys that exist, ordered by key."""
    items = TeamItem.batch_get([(key, "team") for key in keys], consistent_read=True)
    return sorted((Team(item.key, str(item.name)) for item in items), key=lambda team: team.key)


def members(key: str) -> list[Member]:
    """Everyone in the team, by name; strongly consistent, at most the 1 MB of one query page."""
    items = TeamItem.query(key, TeamItem.item.startswith(_MEMBER), consistent_read=True)
    people = [
        Member(
            id=item.item.removeprefix(_MEMBER),
            name=str(item.name),
            email=str(item.email),
            role=TeamRole(str(item.role)),
        )
        for item in items
    ]
    return sorted(people, key=lambda member: (member.name.casefold(), member.id))


def next_number(key: str) -> int:
    """A number no task of the team has; a lost answer leaves a gap, never a double."""
    item = TeamItem(key, "sequence")
    item.update([TeamItem.last_number.add(1)])
    return int(item.last_number or 0)


def add_member(transaction: Transaction, key: str, user: User, role: TeamRole) -> None:
    transaction.put(
        TeamItem(key, _MEMBER + user.id, name=user.name, email=user.email, role=role.value)
    )


def rename_member(transaction: Transaction, key: str, user_id: str, name: str) -> None:
    """Raises StaleVersion, as the transaction commits, for someone who is no member by then."""
    transaction.update(
        TeamItem(key, _MEMBER + user_id),
        [TeamItem.name.set(name)],
        condition=TeamItem.key.exists(),
        otherwise=StaleVersion,
    )


def set_role(key: str, user_id: str, role: TeamRole) -> None:
    """Change a member's role in the membership and in the user who is authorised by it."""
    transaction = Transaction()
    transaction.update(
        UserItem(user_id),
        [membership(key).set(role.value)],
        condition=membership(key).exists(),
        otherwise=NotAMember,
    )
    transaction.update(TeamItem(key, _MEMBER + user_id), [TeamItem.role.set(role.value)])
    transaction.commit()


def remove_member(key: str, user_id: str) -> None:
    """End a membership; tasks assigned to the person stay theirs until someone reassigns them."""
    transaction = Transaction()
    transaction.update(
        UserItem(user_id),
        [membership(key).remove()],
        condition=membership(key).exists(),
        otherwise=NotAMember,
    )
    transaction.delete(
        TeamItem(key, _MEMBER + user_id), condition=TeamItem.key.exists(), otherwise=NotAMember
    )
    stats.count_member(transaction, key, -1)
    transaction.commit()


def check_member(transaction: Transaction, key: str, user_id: str) -> None:
    """Let the transaction fail with NotAMember unless the person is in the team as it commits."""
    transaction.check(UserItem, user_id, condition=membership(key).exists(), otherwise=NotAMember)
