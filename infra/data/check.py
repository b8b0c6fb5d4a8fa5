"""Whether an installation's data fit together: what would be wrong, in sentences."""

from collections.abc import Iterator, Mapping

from infra.data import rows
from infra.data.books import Books, counted, sums
from infra.data.derived import counters
from infra.data.meter import Meter
from infra.data.tables import Item, Tables, peoples


def problems(tables: Tables, *, counts: Mapping[str, int] | None = None) -> list[str]:
    """What does not fit; `counts` are the items that there should be in each table.

    Reads every table once, and nothing while people work: what one table has already another may
    not have yet.
    """
    with Meter() as meter:
        books = counted(tables, meter)
        found = [*_teams(tables, books), *_accounts(tables, meter), *_members(tables, meter)]
        if counts is not None:
            found += _counts(tables, counts, meter)
    return found


def _teams(tables: Tables, books: Mapping[str, Books]) -> Iterator[str]:
    for team, book in sorted(books.items()):
        kept = sums(counters(tables, team))
        if kept != book.sums():
            yield f"Team {team}: the counters say {dict(kept)}, the tasks {dict(book.sums())}."
        if book.last_number < book.highest:
            yield f"Team {team}: the next number is {book.last_number + 1}, and {book.highest} is taken."


def _accounts(tables: Tables, meter: Meter) -> Iterator[str]:
    """Each credential has its account; where there are as many, each account has its credential."""
    credentials = 0
    for page in rows.pages(tables, "credentials", meter):
        credentials += len(page)
        owners = {item["user_id"]["S"]: item["email"]["S"] for item in page}
        found = rows.get_many(tables, "users", ({"id": {"S": owner}} for owner in owners))
        emails = {item["id"]["S"]: item["email"]["S"] for item in found}
        for owner, email in owners.items():
            if emails.get(owner) != email:
                yield f"The credential of {email} is of an account that has another email or is not there."
    users = sum(len(page) for page in rows.pages(tables, "users", meter))
    if users != credentials:
        yield f"There are {users:,} accounts and {credentials:,} credentials."


def _members(tables: Tables, meter: Meter) -> Iterator[str]:
    """Each row of a member has an account in the team, in the same role, and the other way round."""
    members = 0
    for page in rows.pages(tables, "teams", meter):
        mine = [item for item in page if item["item"]["S"].startswith("member#")]
        members += len(mine)
        ids = {item["item"]["S"].removeprefix("member#") for item in mine}
        found = rows.get_many(tables, "users", ({"id": {"S": each}} for each in sorted(ids)))
        users = {item["id"]["S"]: item for item in found}
        for item in mine:
            user = item["item"]["S"].removeprefix("member#")
            if _role(users.get(user), item["key"]["S"]) != item["role"]["S"]:
                yield f"Team {item['key']['S']}: {user} is a member who is not in the team, or not so."
    listed = sum(
        len(item.get("teams", {}).get("M", {}))
        for page in rows.pages(tables, "users", meter)
        for item in page
    )
    if listed != members:
        yield f"Accounts are in {listed:,} teams, and teams have {members:,} members."


def _role(user: Item | None, team: str) -> str | None:
    role = user and user.get("teams", {}).get("M", {}).get(team, {}).get("S")
    return role or None


def _counts(tables: Tables, counts: Mapping[str, int], meter: Meter) -> Iterator[str]:
    for table in peoples():
        there = sum(len(page) for page in rows.pages(tables, table, meter))
        if there != counts.get(table, 0):
            yield f"Table {table} has {there:,} items, and should have {counts.get(table, 0):,}."
