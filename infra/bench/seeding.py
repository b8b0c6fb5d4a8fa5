"""A team's tasks at any size: written in bulk, the rows and counters that the app itself would leave."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from pynamodb.models import Model

from chalicelib import clock, ids
from chalicelib.entities import Action, Activity, Actor, Priority, Status, Task, User
from chalicelib.storage import activity, connection, stats, tasks
from chalicelib.storage.tables import ActivityItem, StatsItem, TeamItem
from infra.bench.people import TEAM
from infra.progress import HEARTBEAT_SECONDS, say, step

HISTORY = timedelta(days=365)
SHARDS = 8
# DynamoDB's limit for one BatchWriteItem.
BATCH = 25
WRITERS = 4
# One task in ten is overdue, so the overdue days are spread over the whole history.
OVERDUE_EVERY = 10
_VOCABULARY = (
    "about account add address agree allow announce answer api archive ask assign audit backup"
    " badge before behind board book both broken browser budget build button calendar call cannot"
    " certificate change check choose clean clear close colour column compare contract copy correct"
    " count customer daily dark dashboard data date deadline decide delete deploy describe design"
    " detail digest document domain draft each edit email empty error every example expire explain"
    " export failed faster field file filter find finish first fix follow font form from full gather"
    " guide handle header help home icon image import improve index install interview invoice issue"
    " keyboard label language large last later launch layout legal letter limit link list load local"
    " log login longer look mail make market measure meeting member menu message metric migrate"
    " mobile month move name network next night note notice number offer office often old only open"
    " order outage owner page panel partner password payment people phone pick plan policy press"
    " price print privacy project publish quarter question queue quote rate read reason recent"
    " record release reminder remove rename renew repair replace reply report request restore retry"
    " review role rotate rule safari sample save schedule screen script search second secret"
    " section send server session settings share shorter show sign sketch slow small socket sort"
    " source staging start status step stop storage style summary support survey switch table"
    " target task team template tenant test text thank theme ticket time title token tool training"
    " translate try twice update upload usage user vendor version visit volume wait warn week when"
    " where which without work write wrong year zone"
)
WORDS = tuple(_VOCABULARY.split())


def fill(size: int, people: Sequence[User]) -> None:
    """Write `size` tasks with their activity records, and the counters that match them."""
    with step(f"Inventing {size:,} tasks"):
        made = [_task(age, size, people) for age in range(size)]
    _write(f"{size:,} tasks", (tasks.item_of(task) for task in made), size)
    _write(f"{size:,} activity records", map(_creation, made), size)
    counters = [*_shards(made), *_due_months(made)]
    _write(f"{len(counters)} counters", counters, len(counters))
    TeamItem(TEAM, "sequence", last_number=size).save()


def _task(age: int, size: int, people: Sequence[User]) -> Task:
    """The task that `age` others were created after.

    Texts, people and states depend on the age only: the newest hundred are alike at every
    size, so that a difference in cost comes from the size and not from the luck of the draw.
    """
    draw = random.Random(age)  # noqa: S311 - invented data, the same at every run
    creator, assignee = draw.choice(people), _assignee(draw, people)
    created = clock.now() - timedelta(days=2) - HISTORY * (age / size)
    status, due = _state(age, created.date(), draw)
    return Task(
        team=TEAM,
        number=size - age,
        title=_words(draw, 3, 9).capitalize(),
        description=_description(age, draw),
        status=status,
        priority=draw.choice(list(Priority)),
        created_by=creator.id,
        creator_name=creator.name,
        assigned_to=assignee.id if assignee else None,
        assignee_name=assignee.name if assignee else None,
        due_date=due,
        completed_at=created + timedelta(hours=30) if status is Status.COMPLETED else None,
        created_at=created,
        updated_at=created + timedelta(hours=draw.randint(0, 40)),
        version=draw.randint(1, 6),
        rank=f"B{age:08d}",
    )


def _assignee(draw: random.Random, people: Sequence[User]) -> User | None:
    """The one who sends the requests has three in ten tasks, nobody has one in ten."""
    lot = draw.random()
    if lot < 0.1:  # noqa: PLR2004 - the shares of the sentence above
        return None
    return people[0] if lot < 0.4 else draw.choice(people[1:])  # noqa: PLR2004


def _state(age: int, created: date, draw: random.Random) -> tuple[Status, date | None]:
    is_open = draw.choice((Status.PENDING, Status.PENDING, Status.IN_PROGRESS))
    if age % OVERDUE_EVERY == 0:
        return is_open, created + timedelta(days=1)
    if draw.random() < 0.5:  # noqa: PLR2004 - half of the others is done
        status = draw.choice((Status.COMPLETED, Status.COMPLETED, Status.CANCELLED))
        return status, created + timedelta(days=draw.randint(1, 30))
    has_date = draw.random() < 0.6  # noqa: PLR2004 - six in ten open tasks have a date
    return is_open, clock.today() + timedelta(days=draw.randint(0, 60)) if has_date else None


def _description(age: int, draw: random.Random) -> str:
    """Of ten neighbours four have none, four a sentence or two, two some paragraphs."""
    kind = (age * 7 + age // OVERDUE_EVERY) % 10
    if kind < 4:  # noqa: PLR2004 - the shares of the sentence above
        return ""
    short, long = (8, 30), (40, 180)
    return _words(draw, *(short if kind < 8 else long)).capitalize() + "."  # noqa: PLR2004


def _words(draw: random.Random, fewest: int, most: int) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(fewest, most)))


def _creation(task: Task) -> ActivityItem:
    actor = Actor(task.created_by, task.creator_name)
    change = Activity(_id_at(task.created_at), Action.CREATED, task, {}, actor, task.created_at)
    return ActivityItem(TEAM, change.id, record=activity.encode(change))


def _id_at(moment: datetime) -> str:
    """An activity id of that moment; no two seeded tasks are of one."""
    return ids.first_at(moment)


def _shards(made: Sequence[Task]) -> Iterator[StatsItem]:
    """The counters of tasks; those of members come when people register."""
    for shard in range(SHARDS):
        share = made[shard::SHARDS]
        counts: dict[str, Any] = Counter(task.status.value for task in share)
        yield StatsItem(TEAM, f"shard#{shard}", changes=len(share), **counts)


def _due_months(made: Sequence[Task]) -> Iterator[StatsItem]:
    """Open tasks by due day, a month in one row, and the past in another."""
    days = sorted(task.open_due for task in made if task.open_due)
    today = clock.today()
    for part, group in groupby(days, key=lambda day: stats.due_part(day, today)):
        counts: dict[str, Any] = Counter(f"day_{day.day}" for day in group)
        by_day = {} if part == stats.PAST else counts
        total = sum(counts.values())
        yield StatsItem(TEAM, part, open_tasks=total, changes=total, **by_day)


def _write(what: str, items: Iterable[Model], total: int) -> None:
    client = connection.shared().client
    started = heard = time.monotonic()
    say(f"· Writing {what}")
    rows = iter(items)
    batches = iter(lambda: list(islice(rows, BATCH)), [])

    def put(batch: list[Model]) -> int:
        _put(client, batch)
        return len(batch)

    with ThreadPoolExecutor(WRITERS) as pool:
        done = 0
        for written in pool.map(put, batches):
            done += written
            if time.monotonic() - heard > HEARTBEAT_SECONDS:
                heard = time.monotonic()
                say(f"  … {done:,} of {total:,}, {heard - started:.0f} s")


def _put(client: Any, batch: list[Model]) -> None:
    table = batch[0].Meta.table_name
    requests = [{"PutRequest": {"Item": item.to_dynamodb_dict()}} for item in batch]
    answer = client.batch_write_item(RequestItems={table: requests})
    if answer["UnprocessedItems"]:
        raise RuntimeError("DynamoDB Local left items unwritten")
