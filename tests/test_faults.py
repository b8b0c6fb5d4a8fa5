"""Each thing people do, while each call that it makes to DynamoDB and each table is failing.

What a thing asks of DynamoDB, and of SSM for the signing keys, is recorded when it goes well in a
process that has just started, and then fails call by call and table by table, in each way that
there is: a new table or call is tried without being named here. A new route has to be.
"""

import itertools
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

import app
from chalicelib import clock
from chalicelib.delivery import clients
from chalicelib.entities import Status, Task, User
from chalicelib.errors import Unavailable
from chalicelib.services import changes, sockets, tasks, tokens
from chalicelib.services.tasks import Draft
from chalicelib.storage import activity, connections, tables, users
from tests import conftest, events, faults, recount
from tests.conftest import Client, Outbox, Pushed, Reply, Time
from tests.faults import Asked, Kind

Wanted = Callable[[int, Asked], bool]
# What these answer depends on no table.
ASK_NOTHING = {
    "GET /",
    "GET /api/docs",
    "GET /api/openapi.json",
    "GET /login",
    "GET /manifest.webmanifest",
    "GET /register",
    "GET /static/{version}/{path}",
    "GET /sw.js",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


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

    def browser(self, client: Client | None = None) -> Client:
        """Somebody's browser, Alice's where nobody else is named."""
        cookie = f"__Host-taskflow={(client or self.alice).token}"
        return Client(headers={**FORM, "Cookie": cookie, "Sec-Fetch-Site": "same-origin"})

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
    could say so. `keeps` is what a form still holds after a refusal.
    """

    name: str
    route: str
    arrange: Callable[[World], Callable[[], Reply]]
    again: frozenset[int] = frozenset()
    keeps: tuple[str, ...] = ()

    def asked_with_a_key(self) -> "Case":
        """The same with an Idempotency-Key, so that every repetition is answered alike."""

        def arrange(world: World) -> Callable[[], Reply]:
            ask, key = self.arrange(world), f"key-{next(world.numbers)}"

            def with_key() -> Reply:
                world.alice.headers["Idempotency-Key"] = key
                try:
                    return ask()
                finally:
                    del world.alice.headers["Idempotency-Key"]

            return with_key

        return Case(f"{self.name} with a key", self.route, arrange)


def read(name: str, target: str, route: str | None = None) -> Case:
    return Case(name, f"GET {route or target}", lambda world: lambda: world.alice.get(target))


def look(name: str, target: str, route: str | None = None) -> Case:
    """Look at a page after a change, so that its counts come from the tables, and are kept."""

    def arrange(world: World) -> Callable[[], Reply]:
        world.task()
        return lambda: world.browser().get(target)

    return Case(name, f"GET {route or target}", arrange)


def case(name: str, route: str, *again: int, keeps: tuple[str, ...] = ()) -> Callable[[Any], Case]:
    return lambda arrange: Case(name, route, arrange, frozenset(again), keeps)


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
    body = {"title": world.title(), "assigned_to": world.other.id, "due_date": "2026-12-24"}
    return lambda: world.alice.post("/api/tasks", body)


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


@case("sign in on the page", "POST /login", keeps=('value="alice@example.com"', "/admin/list"))
def sign_in(world: World) -> Callable[[], Reply]:
    fields = {"email": world.author.email, "password": conftest.PASSWORD, "next": "/admin/list"}
    address = f"203.0.113.{next(world.numbers) % 250}"
    return lambda: submit(Client(), "/login", fields, address=address)


@case("register on the page", "POST /register", 409, keeps=('value="dora',))
def sign_up(world: World) -> Callable[[], Reply]:
    number = next(world.numbers)
    fields = {
        "name": "Dora",
        "email": f"dora{number}@example.com",
        "password": conftest.PASSWORD,
    }
    return lambda: submit(Client(), "/register", fields)


@case("sign out on the page", "POST /logout")
def sign_out(world: World) -> Callable[[], Reply]:
    browser = world.browser(signed_in(world))
    return lambda: submit(browser, "/logout", {})


@case("save the profile", "POST /admin/settings", keeps=('value="Alice the',))
def save_the_profile(world: World) -> Callable[[], Reply]:
    fields = {"name": f"Alice the {next(world.numbers)}th", "theme": "dark"}
    return lambda: submit(world.browser(), "/admin/settings", fields)


@case("save a password", "POST /admin/settings/password")
def save_a_password(world: World) -> Callable[[], Reply]:
    browser = world.browser(world.stranger()[1])
    fields = {"current_password": conftest.PASSWORD, "new_password": "another good one"}
    return lambda: submit(browser, "/admin/settings/password", fields)


@case("end every session", "POST /admin/settings/sessions")
def end_every_session(world: World) -> Callable[[], Reply]:
    browser = world.browser(world.stranger()[1])
    return lambda: submit(browser, "/admin/settings/sessions", {})


@case("end a session on the page", "POST /admin/settings/sessions/{id}")
def end_one_session(world: World) -> Callable[[], Reply]:
    email, client = world.stranger()
    Client().post("/api/auth/login", {"email": email, "password": conftest.PASSWORD})
    (elsewhere,) = client.get("/api/sessions").json["sessions"]
    path = f"/admin/settings/sessions/{elsewhere['id']}"
    return lambda: submit(world.browser(client), path, {})


@case("watch the health", "GET /health")
def watch_the_health(_: World) -> Callable[[], Reply]:
    return lambda: Client().get("/health")


def submit(browser: Client, path: str, fields: dict[str, str], **options: Any) -> Reply:
    return browser.post(path, raw=urlencode(fields), headers=FORM, **options)


def signed_in(world: World) -> Client:
    """Somebody new, in a session of their own."""
    email, _ = world.stranger()
    body = {"email": email, "password": conftest.PASSWORD}
    return Client(token=Client().post("/api/auth/login", body).json["token"])


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
    create.asked_with_a_key(),
    edit,
    edit_a_version,
    move,
    change_two,
    delete,
    restore,
    restore.asked_with_a_key(),
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
    watch_the_health,
    sign_in,
    sign_up,
    sign_out,
    look("look at the board", "/admin"),
    look("look at my tasks", "/admin/mine", "/admin/{view}"),
    look("look at the calendar", "/admin/calendar", "/admin/{view}"),
    look("look at the settings", "/admin/settings"),
    save_the_profile,
    save_a_password,
    end_every_session,
    end_one_session,
]


def open_a_socket(world: World) -> Callable[[], bool]:
    ticket = sockets.issue_ticket(world.author)
    event = events.socket("CONNECT", f"socket-{next(world.numbers)}", ticket=ticket)
    return lambda: app.connect(event, None)["statusCode"] == 200


def say_hello(world: World) -> Callable[[], bool]:
    return _frame(world, {"type": "hello", "since": changes.settled()}, "connected")


def show_a_task(world: World) -> Callable[[], bool]:
    """While somebody else does, too, so that a turn to tell of it is taken."""
    connections.show("TF", _socket(world, listens=True), None, clock.milliseconds(clock.now()))
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


@pytest.fixture
def world(
    now: Time, aws: Any, pushed: Pushed, outbox: Outbox, naps: list[float], monkeypatch: Any
) -> World:
    """A small window, so that a search needs its index."""
    monkeypatch.setattr("chalicelib.storage.listing.WINDOW", 2)
    alice, bob = conftest.registered("Alice"), conftest.registered("Bob")
    return World(aws, now, pushed, outbox, alice, bob)


def test_every_route_is_tried() -> None:
    tried = {each.route for each in CASES}
    routes = {f"{each.method} {each.path}" for each in app.app.operations}

    assert tried == routes - ASK_NOTHING


def test_every_route_that_takes_an_idempotency_key_is_tried_with_one() -> None:
    keyed = {each.route for each in CASES if each.name.endswith("with a key")}
    taking = {f"{o.method} {o.path}" for o in app.app.operations if o.is_idempotent}

    assert keyed == taking


@pytest.mark.parametrize("route", sorted(ASK_NOTHING))
def test_what_asks_nothing_asks_nothing(route: str, world: World) -> None:
    path = route.removeprefix("GET ").replace("{version}", "0123456789abcdef")

    with faults.asked() as calls:
        reply = world.browser().get(path.replace("{path}", "css/base.css"))

    assert (calls, reply.status < 500) == ([], True)


@pytest.mark.slow
@cases
def test_call_that_goes_through_at_the_second_attempt_is_no_fault(case: Case, world: World) -> None:
    """But for what is not tried again: by botocore a transaction that is throttled, and health."""
    expected, _ = recorded(case, world)

    for kind in Kind:
        ask = case.arrange(world)
        with faults.failing(kind, lambda _, call: is_tried_again(call, kind), attempts=1) as hit:  # noqa: B023 - called in this round
            reply = in_a_new_process(ask)

        assert hit.happened
        if case is watch_the_health:
            assert_refused(case, reply)
        else:
            assert (reply.status, statuses(reply)) == (expected, {200}), kind

    assert_nothing_is_doubled()


def is_tried_again(call: Asked, kind: Kind) -> bool:
    return (call.operation, kind) != ("TransactWriteItems", Kind.THROTTLED)


@pytest.mark.slow
@cases
def test_call_that_fails_is_told_and_the_request_can_be_repeated(case: Case, world: World) -> None:
    """Whatever the kind, a write was carried out or it was not."""
    expected, calls = recorded(case, world)

    kinds = [Kind.LOST] if case.route.startswith("GET ") else [Kind.LOST, Kind.TIMED_OUT]
    for kind, wanted in itertools.product(kinds, each_call(calls)):
        assert_told_and_repeated(case, kind, world, expected, wanted)

    assert_nothing_is_doubled()


@pytest.mark.slow
@cases
def test_table_that_fails_in_any_way_is_told_and_the_request_can_be_repeated(
    case: Case, world: World
) -> None:
    expected, calls = recorded(case, world)

    is_read = case.route.startswith("GET ")
    for kind, wanted in itertools.product(Kind, each_table(calls)):
        # What reads is asked again once; nothing but a write can have been done already.
        is_last = kind is [*Kind][-1]
        assert_told_and_repeated(case, kind, world, expected, wanted, again=is_last or not is_read)

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

        assert_refused(each, refusal)
        assert ask().status < 400
    assert_nothing_is_doubled()


def test_every_table_is_tried(world: World) -> None:
    seen: Counter[str] = Counter()
    for each in CASES:
        for call in recorded(each, world)[1]:
            seen.update(call.tables)
    for event in EVENTS:
        do = event(world)
        with faults.asked() as calls:
            do()
        for call in calls:
            seen.update(call.tables)

    prefix = os.environ["TABLE_PREFIX"]
    names = {table.Meta.table_name.removeprefix(prefix) for table in tables.ALL}
    assert set(seen) == names | {faults.SIGNING_KEYS}


@pytest.mark.parametrize("kind", Kind)
def test_keys_that_were_read_before_serve_while_ssm_is_away(kind: Kind, world: World) -> None:
    world.alice.get("/api/profile")
    world.time.advance(minutes=6)

    with faults.failing(kind, lambda _, call: faults.SIGNING_KEYS in call.tables) as hit:
        replies = [world.alice.get("/api/profile"), log_in.arrange(world)()]

    assert ([reply.status for reply in replies], len(hit.names) > 0) == ([200, 200], True)


def test_who_cannot_be_signed_in_for_want_of_keys_has_no_session_more(world: World) -> None:
    before = users.get(world.author.id)

    with faults.failing(Kind.REFUSED, lambda _, call: faults.SIGNING_KEYS in call.tables):
        replies = [in_a_new_process(each.arrange(world)) for each in (log_in, sign_in)]

    assert [reply.status for reply in replies] == [503, 503]
    assert users.get(world.author.id) == before


def test_who_is_registered_and_could_not_be_signed_in_is_told_that(world: World) -> None:
    ask = sign_up.arrange(world)

    session = Asked("UpdateItem", frozenset({"users"}))
    with faults.failing(Kind.BROKEN, lambda _, call: call == session):
        refusal = ask()

    assert refusal.status == 503
    assert "Your account is ready, but signing in did not work just now" in refusal.text
    assert 'action="/login"' in refusal.text
    assert 'value="dora' in refusal.text


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "kind",
    [each if each is Kind.LOST else pytest.param(each, marks=pytest.mark.slow) for each in Kind],
)
def test_event_that_fails_can_be_repeated(
    event: Callable[[World], Callable[[], bool]], kind: Kind, world: World
) -> None:
    """A client says it anew, with a new ticket where it needs one; a stream or a queue repeats."""
    is_new = event in {open_a_socket, say_hello, show_a_task}
    do = event(world)
    with faults.asked() as calls:
        assert do()

    for wanted in (*(each_call(calls) if kind is Kind.LOST else ()), *each_table(calls)):
        do = event(world)
        with faults.failing(kind, wanted) as hit:
            do()

        assert hit.happened
        world.time.advance(seconds=3)  # a turn to say who is here may not have been given back
        assert event(world)() if is_new else do()

    recount.assert_consistent()


def each_call(calls: list[Asked]) -> list[Wanted]:
    """One call after the other fails, and whatever is asked in its place does not."""
    numbers = range(1, len(calls) + 1)
    return [lambda n, _, number=number: n == number for number in numbers]


def each_table(calls: list[Asked]) -> list[Wanted]:
    """One table after the other fails, for all that is asked of it."""
    names = sorted({table for call in calls for table in call.tables})
    return [lambda _, call, name=name: name in call.tables for name in names]


def recorded(case: Case, world: World) -> tuple[int, list[Asked]]:
    """What the case answers when nothing fails, and what it asks of DynamoDB and SSM."""
    ask = case.arrange(world)
    with faults.asked() as calls:
        reply = in_a_new_process(ask)
    assert calls
    assert reply.status < 400 or case is mistake_the_password
    return reply.status, list(calls)


def in_a_new_process(ask: Callable[[], Reply]) -> Reply:
    """As asked of a process that has not read the signing keys yet."""
    tokens.forget_keys()
    return ask()


def assert_told_and_repeated(
    case: Case, kind: Kind, world: World, expected: int, wanted: Wanted, *, again: bool = True
) -> None:
    ask = case.arrange(world)
    with faults.failing(kind, wanted) as hit:
        reply = in_a_new_process(ask)
    assert hit.happened
    if reply.status == expected and statuses(reply) == {200}:
        return

    assert_refused(case, reply)
    if not again:
        return
    repeated = ask()
    if repeated.status == 409 and case.name.endswith("with a key"):
        # It may be carried out by a process that lives; when its lease is over, it does not.
        assert_refused(case, repeated)
        world.time.advance(seconds=26)
        repeated = ask()
    assert repeated.status == expected or repeated.status in case.again
    assert statuses(repeated) == {200}


def statuses(reply: Reply) -> set[int]:
    """Of a batch those of its results, of anything else one that is good."""
    if '"results"' not in reply.text:
        return {200}
    return {each["status"] for each in reply.json["results"]}


def assert_refused(case: Case, reply: Reply) -> None:
    """It is said that nothing can be said now, and when to ask again."""
    if '"results"' in reply.text:
        assert statuses(reply) <= {200, 409, 503}
        return
    assert reply.status in {409, 503}, reply.text
    if case is watch_the_health:
        assert (reply.json["status"], reply.json["database"]) == ("degraded", "unreachable")
        return
    assert int(reply.headers["retry-after"]) >= 1
    if reply.headers["content-type"].startswith("text/html"):
        assert_page_says_it(case, reply)
        return
    assert case.route.partition(" ")[2].startswith("/api/")
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json
    assert problem["status"] == reply.status
    assert problem["error"] == problem["detail"] != ""
    assert problem["request_id"]


def assert_page_says_it(case: Case, reply: Reply) -> None:
    """A form again with what was typed into it, or the page for failures.

    That comes in a form's place where it is not known whose page it would be.
    """
    is_form = 'role="alert"' in reply.text
    assert is_form or "TaskFlow cannot answer right now" in reply.text
    assert is_form or case not in {sign_in, sign_up}
    if is_form:
        assert all(kept in reply.text for kept in case.keeps)
        assert conftest.PASSWORD not in reply.text


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
