"""Each thing people do, while each call that it makes to DynamoDB and each table is failing.

What a thing asks of DynamoDB is recorded when it goes well, and then fails call by call and table
by table: a new table or call is tried without being named here. A new route has to be.
"""

import itertools
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import app
from chalicelib.delivery import clients
from chalicelib.entities import Status, Task, User
from chalicelib.errors import Unavailable
from chalicelib.services import changes, sockets, tasks
from chalicelib.services.tasks import Draft
from chalicelib.storage import activity, tables, users
from tests import conftest, events, faults, recount
from tests.conftest import Client, Outbox, Pushed, Reply, Time
from tests.faults import Asked, Kind

Wanted = Callable[[int, Asked], bool]
# What these answer depends on no table; health asks by a client of its own, which does not repeat.
STATIC = {
    "/health",
    "/",
    "/logout",
    "/api/openapi.json",
    "/api/docs",
    "/static/{version}/{path}",
    "/manifest.webmanifest",
    "/sw.js",
}


@dataclass
class World:
    """A team with two people in it, who do things anew each time."""

    aws: Any
    time: Time
    pushed: Pushed
    outbox: Outbox
    alice: Client
    bob: Client
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def author(self) -> User:
        assert self.alice.user is not None
        return self.alice.user

    @property
    def other(self) -> User:
        assert self.bob.user is not None
        return self.bob.user

    def title(self) -> str:
        return f"Task {next(self.numbers)}"

    def task(self) -> Task:
        return tasks.create(self.author, Draft(self.title()))

    def stranger(self) -> tuple[str, Client]:
        """Somebody new, and their email address."""
        client = conftest.registered(f"Person {next(self.numbers)}")
        assert client.user is not None
        return client.user.email, client


@dataclass(frozen=True)
class Case:
    """A route, how it is asked something new each time, and what it answers.

    `again` is what a repetition may be told when the first request was carried out and nobody
    could say so.
    """

    name: str
    route: str
    arrange: Callable[[World], Callable[[], Reply]]
    again: frozenset[int] = frozenset()


def read(name: str, target: str, route: str | None = None) -> Case:
    return Case(name, f"GET {route or target}", lambda world: lambda: world.alice.get(target))


def case(name: str, route: str, *again: int) -> Callable[[Any], Case]:
    return lambda arrange: Case(name, route, arrange, frozenset(again))


@case("register", "POST /api/auth/register", 409)
def register(world: World) -> Callable[[], Reply]:
    number = next(world.numbers)
    body = {
        "name": "Carol",
        "email": f"carol{number}@example.com",
        "password": conftest.PASSWORD,
    }
    return lambda: Client().post("/api/auth/register", body)


@case("log in", "POST /api/auth/login")
def log_in(world: World) -> Callable[[], Reply]:
    body = {"email": world.author.email, "password": conftest.PASSWORD}
    address = f"198.51.100.{next(world.numbers) % 250}"
    return lambda: Client().post("/api/auth/login", body, address=address)


@case("mistake the password", "POST /api/auth/login")
def mistake_the_password(world: World) -> Callable[[], Reply]:
    body = {"email": world.author.email, "password": "not the one"}
    return lambda: Client().post("/api/auth/login", body)


@case("end a session elsewhere", "DELETE /api/sessions/{id}", 404)
def end_a_session(world: World) -> Callable[[], Reply]:
    email, client = world.stranger()
    Client().post("/api/auth/login", {"email": email, "password": conftest.PASSWORD})
    (elsewhere,) = client.get("/api/sessions").json["sessions"]
    return lambda: client.delete(f"/api/sessions/{elsewhere['id']}")


@case("log out", "POST /api/auth/logout", 401)
def log_out_here(world: World) -> Callable[[], Reply]:
    email, _ = world.stranger()
    body = {"email": email, "password": conftest.PASSWORD}
    token = Client().post("/api/auth/login", body).json["token"]
    return lambda: Client(token=token).post("/api/auth/logout")


@case("log out everywhere", "POST /api/auth/logout", 401)
def log_out(world: World) -> Callable[[], Reply]:
    _, client = world.stranger()
    return lambda: client.post("/api/auth/logout", {"everywhere": True})


@case("change the password", "POST /api/auth/password", 401)
def change_the_password(world: World) -> Callable[[], Reply]:
    _, client = world.stranger()
    body = {"current_password": conftest.PASSWORD, "new_password": "another good one"}
    return lambda: client.post("/api/auth/password", body)


@case("change the name", "PATCH /api/profile")
def change_the_name(world: World) -> Callable[[], Reply]:
    body = {"name": f"Alice the {next(world.numbers)}th"}
    return lambda: world.alice.patch("/api/profile", body)


@case("take a ticket", "POST /api/live/ticket")
def take_a_ticket(world: World) -> Callable[[], Reply]:
    return lambda: world.alice.post("/api/live/ticket")


@case("create", "POST /api/tasks")
def create(world: World) -> Callable[[], Reply]:
    title = world.title()
    body = {"title": title, "assigned_to": world.other.id, "due_date": "2026-12-24"}
    key = {"Idempotency-Key": title.replace(" ", "-")}
    return lambda: world.alice.post("/api/tasks", body, headers=key)


@case("edit", "PATCH /api/tasks/{id}")
def edit(world: World) -> Callable[[], Reply]:
    path = f"/api/tasks/{world.task().id}"
    body = {"status": "completed", "assigned_to": world.other.id}
    return lambda: world.alice.patch(path, body)


@case("edit a version", "PUT /api/tasks/{id}", 412)
def edit_a_version(world: World) -> Callable[[], Reply]:
    path, body = f"/api/tasks/{world.task().id}", {"title": world.title()}
    return lambda: world.alice.put(path, body, headers={"If-Match": '"1"'})


@case("move", "PATCH /api/tasks/{id}")
def move(world: World) -> Callable[[], Reply]:
    moved, above = world.task(), world.task()
    tasks.update(world.author, above.id, {"status": Status.COMPLETED})
    body = {"status": "completed", "after": above.id}
    return lambda: world.alice.patch(f"/api/tasks/{moved.id}", body)


@case("change two", "PATCH /api/tasks")
def change_two(world: World) -> Callable[[], Reply]:
    ids = [world.task().id, world.task().id]
    body = {"ids": ids, "changes": {"priority": "urgent"}}
    return lambda: world.alice.patch("/api/tasks", body)


@case("delete", "DELETE /api/tasks/{id}", 404)
def delete(world: World) -> Callable[[], Reply]:
    path = f"/api/tasks/{world.task().id}"
    return lambda: world.alice.delete(path)


@case("restore", "POST /api/tasks/{id}/restore", 404)
def restore(world: World) -> Callable[[], Reply]:
    task = world.task()
    tasks.delete(world.author, task.id)
    return lambda: world.alice.post(f"/api/tasks/{task.id}/restore")


@case("read a task", "GET /api/tasks/{id}")
def read_a_task(world: World) -> Callable[[], Reply]:
    path = f"/api/tasks/{world.task().id}"
    return lambda: world.alice.get(path)


@case("read a history", "GET /api/tasks/{id}/activity")
def read_a_history(world: World) -> Callable[[], Reply]:
    path = f"/api/tasks/{world.task().id}/activity"
    return lambda: world.alice.get(path)


@case("count", "GET /api/dashboard/stats")
def count(world: World) -> Callable[[], Reply]:
    """After a change, so that they come from the tables, and are kept."""
    world.task()
    return lambda: world.alice.get("/api/dashboard/stats")


@case("look into the trash", "GET /api/trash")
def look_into_the_trash(world: World) -> Callable[[], Reply]:
    tasks.delete(world.author, world.task().id)
    return lambda: world.alice.get("/api/trash")


@case("search", "GET /api/tasks")
def search(world: World) -> Callable[[], Reply]:
    """Beyond the tasks that are looked at whole: the index has to be asked."""
    for _ in range(3):
        world.task()
    return lambda: world.alice.get("/api/tasks?q=task&limit=3")


CASES = [
    register,
    log_in,
    mistake_the_password,
    end_a_session,
    log_out_here,
    log_out,
    change_the_password,
    change_the_name,
    take_a_ticket,
    create,
    edit,
    edit_a_version,
    move,
    change_two,
    delete,
    restore,
    read_a_task,
    read_a_history,
    count,
    look_into_the_trash,
    search,
    read("read the profile", "/api/profile"),
    read("list the sessions", "/api/sessions"),
    read("list", "/api/tasks"),
    read("list mine", "/api/tasks?assigned_to=me", "/api/tasks"),
    read("list a page", "/api/tasks?page=1&sort=due_date", "/api/tasks"),
    read("read the trend", "/api/dashboard/trend"),
    read("read the teams", "/api/teams"),
    read("read the members", "/api/teams/TF/members", "/api/teams/{key}/members"),
    read("read the changes", "/api/changes?limit=5", "/api/changes"),
]


def open_a_socket(world: World) -> Callable[[], bool]:
    ticket = sockets.issue_ticket(world.author)
    event = events.socket("CONNECT", f"socket-{next(world.numbers)}", ticket=ticket)
    return lambda: app.connect(event, None)["statusCode"] == 200


def say_hello(world: World) -> Callable[[], bool]:
    return _frame(world, {"type": "hello", "since": changes.settled()}, "connected")


def show_a_task(world: World) -> Callable[[], bool]:
    return _frame(world, {"type": "presence", "task": world.task().id}, "presence", listens=True)


def close_a_socket(world: World) -> Callable[[], bool]:
    socket = _socket(world, listens=True)

    def close() -> bool:
        try:
            app.disconnect(events.socket("DISCONNECT", socket), None)
        except Unavailable:
            return False
        return True

    return close


def deliver_a_change(world: World) -> Callable[[], bool]:
    tasks.create(world.author, Draft(world.title(), assigned_to=world.other.id))
    batch = world.outbox.records()[-1:]
    return lambda: world.outbox.consume(batch) == {"batchItemFailures": []}


def mail_an_assignment(world: World) -> Callable[[], bool]:
    """The clock goes on, so that a lease is over when the queue brings the job again."""
    tasks.create(world.author, Draft(world.title(), assigned_to=world.other.id))
    job = events.queue_message(activity.encode(recount.feed()[-1]))

    def send() -> bool:
        world.time.advance(minutes=3)
        return bool(app.mailer({"Records": [job]}, None) == {"batchItemFailures": []})

    return send


def suppress_an_address(world: World) -> Callable[[], bool]:
    message = json.dumps(
        {
            "eventType": "Complaint",
            "complaint": {"complainedRecipients": [{"emailAddress": "nobody@example.com"}]},
        }
    )

    def receive() -> bool:
        try:
            app.mail_feedback(events.mail_feedback(message), None)
        except Unavailable:
            return False
        return True

    return receive


EVENTS = [
    open_a_socket,
    say_hello,
    show_a_task,
    close_a_socket,
    deliver_a_change,
    mail_an_assignment,
    suppress_an_address,
]
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
kinds = pytest.mark.parametrize(
    "kind",
    [
        Kind.LOST,
        pytest.param(Kind.THROTTLED, marks=pytest.mark.slow),
        pytest.param(Kind.UNREACHABLE, marks=pytest.mark.slow),
    ],
    ids=lambda kind: kind.name.lower(),
)


@pytest.fixture
def world(
    now: Time, aws: Any, pushed: Pushed, outbox: Outbox, naps: list[float], monkeypatch: Any
) -> World:
    """A small window, so that a search needs its index."""
    monkeypatch.setattr("chalicelib.storage.listing.WINDOW", 2)
    alice, bob = conftest.registered("Alice"), conftest.registered("Bob")
    return World(aws, now, pushed, outbox, alice, bob)


def test_every_route_that_asks_dynamodb_is_tried() -> None:
    tried = {each.route for each in CASES}
    pages = {each.path for each in app.app.operations if not each.path.startswith("/api/")}
    routes = {
        f"{each.method} {each.path}"
        for each in app.app.operations
        if each.path not in STATIC and each.path not in pages
    }

    assert tried == routes


@pytest.mark.slow
@cases
def test_call_that_goes_through_at_the_second_attempt_is_no_fault(case: Case, world: World) -> None:
    expected, calls = recorded(case, world)

    for number in range(1, len(calls) + 1):
        ask = case.arrange(world)
        with faults.failing(Kind.LOST, lambda n, _, number=number: n == number, attempts=1) as hit:
            reply = ask()

        assert (hit.happened, reply.status) == (True, expected)
        assert statuses(reply) == {200}

    assert_nothing_is_doubled()


@cases
@kinds
def test_call_that_fails_is_told_and_can_be_repeated(case: Case, kind: Kind, world: World) -> None:
    expected, calls = recorded(case, world)

    for number in range(1, len(calls) + 1):
        assert_told_and_repeated(case, kind, world, expected, lambda n, _, at=number: n == at)

    assert_nothing_is_doubled()


@pytest.mark.slow
@cases
@kinds
def test_table_that_is_away_is_told_and_what_it_delayed_can_be_repeated(
    case: Case, kind: Kind, world: World
) -> None:
    expected, calls = recorded(case, world)

    for table in sorted({table for call in calls for table in call.tables}):
        assert_told_and_repeated(
            case, kind, world, expected, lambda _, call, table=table: table in call.tables
        )

    assert_nothing_is_doubled()


@pytest.mark.parametrize(
    "code",
    [
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    ],
)
def test_every_code_that_asks_for_patience_is_told_as_that(code: str, world: World) -> None:
    for each in (read_a_task, create, CASES[-1]):
        ask = each.arrange(world)
        with faults.failing(code, lambda number, _: number > 1):
            refusal = ask()

        assert_refused(refusal)
        assert ask().status < 300
    assert_nothing_is_doubled()


def test_every_table_is_tried(world: World) -> None:
    seen: Counter[str] = Counter()
    for each in CASES:
        for call in recorded(each, world)[1]:
            seen.update(call.tables)
    for each in EVENTS:
        do = each(world)
        with faults.asked() as calls:
            do()
        for call in calls:
            seen.update(call.tables)

    prefix = os.environ["TABLE_PREFIX"]
    assert set(seen) == {table.Meta.table_name.removeprefix(prefix) for table in tables.ALL}


@pytest.mark.parametrize("event", EVENTS)
@kinds
def test_event_that_fails_can_be_repeated(
    event: Callable[[World], Callable[[], bool]], kind: Kind, world: World
) -> None:
    """A client says it anew, with a new ticket where it needs one; a stream or a queue repeats."""
    is_new = event in {open_a_socket, say_hello, show_a_task}
    do = event(world)
    with faults.asked() as calls:
        assert do()

    for number in range(1, len(calls) + 1):
        do = event(world)
        with faults.failing(kind, lambda n, _, number=number: n == number) as hit:
            do()

        assert hit.happened
        assert event(world)() if is_new else do()

    recount.assert_consistent()


def recorded(case: Case, world: World) -> tuple[int, list[Asked]]:
    """What the case answers when nothing fails, and what it asks of DynamoDB."""
    ask = case.arrange(world)
    with faults.asked() as calls:
        reply = ask()
    assert calls
    return reply.status, list(calls)


def assert_told_and_repeated(
    case: Case, kind: Kind, world: World, expected: int, wanted: Wanted
) -> None:
    ask = case.arrange(world)
    with faults.failing(kind, wanted) as hit:
        reply = ask()
    assert hit.happened
    if reply.status == expected and statuses(reply) == {200}:
        return

    assert_refused(reply)
    repeated = ask()
    if repeated.status == 409 and case is create:
        # It may be carried out by a process that lives; when its lease is over, it does not.
        assert_refused(repeated)
        world.time.advance(seconds=26)
        repeated = ask()
    assert repeated.status == expected or repeated.status in case.again
    assert statuses(repeated) == {200}


def statuses(reply: Reply) -> set[int]:
    """Of a batch those of its results, of anything else one that is good."""
    if '"results"' not in reply.text:
        return {200}
    return {each["status"] for each in reply.json["results"]}


def assert_refused(reply: Reply) -> None:
    """It is said that nothing can be said now, and when to ask again."""
    if '"results"' in reply.text:
        assert statuses(reply) <= {200, 409, 503}
        return
    assert reply.status in {409, 503}, reply.text
    if reply.headers["content-type"].startswith("application/json"):
        assert reply.json["status"] == "degraded"
        return
    assert reply.headers["content-type"] == "application/problem+json"
    assert int(reply.headers["retry-after"]) >= 1
    problem = reply.json
    assert problem["status"] == reply.status
    assert problem["error"] == problem["detail"] != ""
    assert problem["request_id"]


def assert_nothing_is_doubled() -> None:
    """Each case changes a task of its own, or two, once."""
    recount.assert_consistent()
    feed = recount.feed()
    changes = Counter((change.task.number, change.action) for change in feed)
    created = Counter(change.task.title for change in feed if change.action == "created")
    assert set(changes.values()) <= {1}
    assert set(created.values()) <= {1}


def _socket(world: World, *, listens: bool) -> str:
    socket = f"socket-{next(world.numbers)}"
    sockets.open_with(sockets.issue_ticket(world.author), socket)
    if listens:
        sockets.listen(socket)
    return socket


def _frame(
    world: World, frame: dict[str, Any], answer: str, *, listens: bool = False
) -> Callable[[], bool]:
    """Whether the frame, said on a new socket, is answered by one of that type."""
    socket = _socket(world, listens=listens)

    def is_answer(told: tuple[str, dict[str, Any]]) -> bool:
        return told[0] == socket and told[1]["type"] == answer

    def say() -> bool:
        told = [*world.pushed.frames, *world.pushed.presences]
        app.message(events.socket("MESSAGE", socket, body=json.dumps(frame)), None)
        fresh = [*world.pushed.frames, *world.pushed.presences]
        return sum(map(is_answer, fresh)) > sum(map(is_answer, told))

    return say


@pytest.mark.parametrize("times", [1, 4])
def test_keys_that_a_batch_leaves_out_are_asked_for_again_after_pauses(
    times: int, world: World, naps: list[float]
) -> None:
    ids = {world.author.id, world.other.id}

    with faults.answering(faults.leaving_keys_out(times)):
        found = users.get_many(ids)

    assert set(found) == ids
    assert len(naps) == times


def test_keys_that_are_left_out_again_and_again_are_unavailable(
    world: World, naps: list[float]
) -> None:
    with (
        faults.answering(faults.leaving_keys_out(1_000)) as calls,
        pytest.raises(Unavailable),
    ):
        users.get_many([world.author.id, world.other.id])

    assert len(calls) == 5
    assert [nap < longest for nap, longest in zip(naps, (0.05, 0.1, 0.2, 0.4), strict=True)]


def test_mail_that_is_down_for_an_hour_delays_no_request_and_is_sent_once(world: World) -> None:
    titles = [world.title() for _ in range(3)]
    jobs: list[dict[str, Any]] = []

    with faults.refused("SendEmail", "TooManyRequestsException") as refusals:
        for title in titles:
            body = {"title": title, "assigned_to": world.other.id}
            assert world.alice.post("/api/tasks", body).status == 201
            jobs.append(events.queue_message(activity.encode(recount.feed()[-1]), message_id=title))
        for _ in range(12):
            failed = app.mailer({"Records": jobs}, None)["batchItemFailures"]
            assert [each["itemIdentifier"] for each in failed] == titles
            world.time.advance(minutes=5)
    assert len(refusals.names) == 36
    assert conftest.accepted_mail() == []

    for _ in range(3):
        assert app.mailer({"Records": [*jobs, *reversed(jobs)]}, None) == {"batchItemFailures": []}
    assert sorted(mail.subject for mail in conftest.accepted_mail()) == [
        f"Task assigned: {title}" for title in titles
    ]


def test_poison_amid_a_batch_is_set_aside_and_its_neighbours_are_told_once(world: World) -> None:
    socket = _socket(world, listens=True)
    for _ in range(4):
        tasks.create(world.author, Draft(world.title(), assigned_to=world.other.id))
    records = world.outbox.records()
    poison = events.stream_record('{"not": "an activity"}', sequence_number="2.5")
    batch = [*records[:2], poison, *records[2:]]

    for again in (batch, [*reversed(batch)], batch + batch):
        assert world.outbox.consume(again) == {"batchItemFailures": []}
        world.outbox.run_mail()

    told = {each["task"]["id"] for each in world.pushed.changes(socket)}
    assert told == {task.id for task in recount.stored()}
    assert len(conftest.accepted_mail()) == 4
    aside = clients.queues().receive_message(
        QueueUrl=os.environ["FAILED_QUEUE_URL"], MaxNumberOfMessages=10
    )
    assert {"an activity" in each["Body"] for each in aside["Messages"]} == {True}
