"""The requests and events that are measured, each arranged anew for every run."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import app
from chalicelib import clock, ids
from chalicelib.entities import Action, Activity, Actor
from chalicelib.services import sockets
from chalicelib.storage import activity, connections, stats, tasks
from chalicelib.storage.connections import Connection
from chalicelib.storage.tables import StatsItem
from chalicelib.storage.transactions import Transaction
from infra.bench import events
from infra.bench.bars import Bars
from infra.bench.meter import Action as Act
from infra.bench.people import PASSWORD, TEAM
from infra.bench.sender import Sender

LISTENERS = 10
DESCRIPTION = (
    "The old one runs out at the end of the month. Ask the hosting team for the new chain, put it"
    " on staging first, and write down the steps so that the next renewal needs no meeting."
)
NEW = {"title": "Renew the certificate of the staging site", "description": DESCRIPTION}
# Reading who is calling is one unit of every request; the bar for statistics leaves it out.
AUTHENTICATION = 1

NO_BARS = Bars()

Arrange = Callable[[Sender], Act]


@dataclass(frozen=True)
class Case:
    """One row of the table; `arrange` prepares a run and returns what is measured."""

    name: str
    arrange: Arrange
    bars: Bars = NO_BARS
    is_slow: bool = False


def _get(target: str) -> Arrange:
    return lambda sender: lambda: sender("GET", target)


def _register(sender: Sender) -> Act:
    email = f"{secrets.token_hex(6)}@example.com"
    body = {"name": "Noor Haddad", "email": email, "password": PASSWORD}
    return lambda: sender("POST", "/api/auth/register", body, expected=201)


def _login(sender: Sender) -> Act:
    body = {"email": sender.person.user.email, "password": PASSWORD}
    # From then on the person is known at this address, which is what most sign-ins are.
    sender("POST", "/api/auth/login", body)
    return lambda: sender("POST", "/api/auth/login", body)


def _task(sender: Sender) -> Act:
    return _get(f"/api/tasks/{sender.newest()}")(sender)


def _cursor(sender: Sender) -> Act:
    cursor = sender("GET", "/api/tasks").json["next_cursor"]
    return lambda: sender("GET", f"/api/tasks?cursor={cursor}")


def _fresh_statistics(sender: Sender) -> Act:
    """A snapshot is there, and out of date: as after any change of the team."""
    sender("GET", "/api/dashboard/stats")
    transaction = Transaction()
    stats.count_member(transaction, TEAM, 0)
    transaction.commit()
    return lambda: sender.statistics("database")


def _cached_statistics(sender: Sender) -> Act:
    sender("GET", "/api/dashboard/stats")
    return lambda: sender.statistics("cache")


def _statistics_that_fold(sender: Sender) -> Act:
    """The first in a new month."""
    act = _fresh_statistics(sender)
    ended = clock.today().replace(day=1) - timedelta(days=1)
    StatsItem(TEAM, stats.due_part(ended, ended), open_tasks=7, changes=7).save()
    return act


def _dashboard(sender: Sender) -> Act:
    _fresh_statistics(sender)
    cookie = {"Cookie": f"__Host-taskflow={sender.person.token}"}
    return lambda: sender("GET", "/admin", headers=cookie)


def _changes(sender: Sender) -> Act:
    """A client that was away for sixty changes reads the first page of them."""
    since = activity.latest(TEAM, 61)[-1].id
    return lambda: sender("GET", f"/api/changes?since={since}")


def _create(sender: Sender) -> Act:
    return lambda: sender("POST", "/api/tasks", {"title": NEW["title"]}, expected=201)


def _create_whole(sender: Sender) -> Act:
    body = {**NEW, "assigned_to": sender.others[0].user.id, "due_date": _day(9)}
    return lambda: sender("POST", "/api/tasks", body, expected=201)


def _create_once(sender: Sender) -> Act:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    return lambda: sender("POST", "/api/tasks", NEW, headers=key, expected=201)


def _create_again(sender: Sender) -> Act:
    act = _create_once(sender)
    act()
    return act


def _update(sender: Sender) -> Act:
    path = sender.create(NEW | {"assigned_to": sender.person.user.id, "due_date": _day(9)})
    return lambda: sender("PATCH", path, {"priority": "high"})


def _update_status(sender: Sender) -> Act:
    path = sender.create(NEW | {"assigned_to": sender.person.user.id, "due_date": _day(9)})
    return lambda: sender("PATCH", path, {"status": "in_progress"})


def _update_much(sender: Sender) -> Act:
    """The new due day is in the month of the old one."""
    return _update_three(sender, _in_two_months(10), _in_two_months(20))


def _update_into_another_month(sender: Sender) -> Act:
    return _update_three(sender, _day(0), _in_two_months(20))


def _update_three(sender: Sender, former: str, due: str) -> Act:
    path = sender.create(NEW | {"assigned_to": sender.person.user.id, "due_date": former})
    other = sender.others[0].user.id
    changes = {"status": "in_progress", "assigned_to": other, "due_date": due}
    return lambda: sender("PATCH", path, changes)


def _update_matching(sender: Sender) -> Act:
    path = sender.create(NEW)
    return lambda: sender("PATCH", path, {"priority": "high"}, headers={"If-Match": '"1"'})


def _delete(sender: Sender) -> Act:
    path = sender.create(NEW | {"assigned_to": sender.person.user.id, "due_date": _day(9)})
    return lambda: sender("DELETE", path, expected=204)


def _ticket(sender: Sender) -> Act:
    return lambda: sender("POST", "/api/live/ticket")


def _connect(sender: Sender) -> Act:
    ticket = sockets.issue_ticket(sender.person.user)
    event = events.socket("$connect", secrets.token_hex(6), ticket=ticket)
    return lambda: app.connect(event, None)


def _hello(sender: Sender) -> Act:
    connection_id = _opened(sender)
    event = events.socket("$default", connection_id, body='{"type":"hello"}')
    return lambda: app.message(event, None)


def _resume(sender: Sender) -> Act:
    """Back after a moment without a network: nothing was missed.

    A minute from now, for the server reads again what may have been in flight, and the bench
    has just changed more than a team does.
    """
    later = clock.now() + timedelta(minutes=1)
    body = f'{{"type":"hello","since":"{ids.first_at(later)}"}}'
    event = events.socket("$default", _opened(sender), body=body)

    def act() -> None:
        with clock.running(lambda: later):
            app.message(event, None)

    return act


def _ping(sender: Sender) -> Act:
    event = events.socket("$default", _opened(sender), body='{"type":"ping"}')
    return lambda: app.message(event, None)


def _disconnect(sender: Sender) -> Act:
    connection_id = _opened(sender)
    app.message(events.socket("$default", connection_id, body='{"type":"hello"}'), None)
    return lambda: app.disconnect(events.socket("$disconnect", connection_id), None)


def _presence(sender: Sender) -> Act:
    """One of ten people who are here, for a minute by now, opens a task."""
    _only_these_listen(sender)
    came_at = clock.milliseconds(clock.now()) - 60_000
    for each in connections.listening(TEAM):
        connections.show(TEAM, each.id, None, came_at)
        connections.open(each)
    body = '{"type":"presence","task":"' + sender.newest() + '"}'
    connection_id = connections.listening(TEAM)[0].id
    event = events.socket("$default", connection_id, body=body)
    return lambda: app.message(event, None)


def _push(sender: Sender) -> Act:
    """Ten people listen; the change gives nobody a task."""
    _only_these_listen(sender)
    record = activity.encode(_change(sender, Action.UPDATED))
    return lambda: app.outbox(events.stream(record), None)


def _index(sender: Sender) -> Act:
    """Nobody listens; the words of a new task are written."""
    _opened(sender)
    change = _change(sender, Action.CREATED)
    task = replace(change.task, title=NEW["title"], description=DESCRIPTION, assigned_to=None)
    record = activity.encode(replace(change, task=task))
    return lambda: app.outbox(events.stream(record), None)


def _mail(sender: Sender) -> Act:
    job = activity.encode(_change(sender, Action.CREATED))
    return lambda: app.mailer(events.queue(job), None)


def _opened(sender: Sender) -> str:
    """A socket of the sender's, the only one there is."""
    for each in connections.listening(TEAM):
        connections.forget(each.id, (TEAM,))
    connection_id = secrets.token_hex(6)
    connections.open(_connection(connection_id, sender.person.user.id))
    return connection_id


def _only_these_listen(sender: Sender) -> None:
    for each in connections.listening(TEAM):
        connections.forget(each.id, (TEAM,))
    for person in sender.people[:LISTENERS]:
        connections.listen(_connection(secrets.token_hex(6), person.user.id), (TEAM,))


def _connection(connection_id: str, user_id: str) -> Connection:
    now = clock.seconds()
    return Connection(connection_id, user_id, 1, now, now + 3600)


def _change(sender: Sender, action: Action) -> Activity:
    """A change of a task that is another member's, by the sender."""
    task = tasks.get(TEAM, int(sender.newest().partition("-")[2]))
    if task is None:
        raise LookupError("The newest task is gone")
    other = sender.others[0].user
    given = replace(task, assigned_to=other.id, assignee_name=other.name)
    actor = Actor(sender.person.user.id, sender.person.user.name)
    return Activity(ids.new(), action, given, {}, actor, clock.now())


def _day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


def _in_two_months(day: int) -> str:
    """A day of the month after the next."""
    return (clock.today().replace(day=1) + timedelta(days=62)).replace(day=day).isoformat()


CASES = (
    Case("POST /api/auth/register", _register, is_slow=True),
    Case("POST /api/auth/login", _login, Bars(round_trips=2), is_slow=True),
    Case("GET /api/profile", _get("/api/profile")),
    Case("GET /api/tasks/{id}", _task, Bars(round_trips=2)),
    Case("GET /api/tasks", _get("/api/tasks"), Bars(round_trips=2)),
    Case("  ?status=pending", _get("/api/tasks?status=pending"), Bars(round_trips=2)),
    Case("  ?assigned_to=me", _get("/api/tasks?assigned_to=me"), Bars(round_trips=2)),
    Case("  ?priority=high", _get("/api/tasks?priority=high"), Bars(round_trips=2)),
    Case(
        "  ?priority=low&due_before=2020-01-01",
        _get("/api/tasks?priority=low&due_before=2020-01-01"),
        Bars(round_trips=2),
    ),
    Case("  ?sort=due_date", _get("/api/tasks?sort=due_date"), Bars(round_trips=2)),
    Case("  ?q=certificate", _get("/api/tasks?q=certificate"), Bars(round_trips=4)),
    Case("  ?page=2", _get("/api/tasks?page=2"), Bars(round_trips=2)),
    Case("  ?cursor=…", _cursor, Bars(round_trips=2)),
    Case(
        "GET /api/dashboard/stats, tables",
        _fresh_statistics,
        Bars(round_trips=6, reads=3 + AUTHENTICATION),
    ),
    Case("  the first in a month", _statistics_that_fold, Bars(round_trips=6)),
    Case(
        "GET /api/dashboard/stats, cache",
        _cached_statistics,
        Bars(round_trips=2, reads=1 + AUTHENTICATION),
    ),
    Case("GET /admin", _dashboard),
    Case("GET /api/teams", _get("/api/teams")),
    Case("GET /api/teams/{key}/members", _get(f"/api/teams/{TEAM}/members")),
    Case("GET /api/changes", _changes),
    Case("GET /health", _get("/health")),
    Case("POST /api/live/ticket", _ticket),
    Case("POST /api/tasks, title only", _create, Bars(round_trips=4, writes=16)),
    Case("  with assignee and due date", _create_whole, Bars(round_trips=4, writes=16)),
    Case("  with Idempotency-Key", _create_once, Bars(writes=16)),
    Case("  the same again", _create_again),
    Case("PATCH /api/tasks/{id}, priority", _update, Bars(round_trips=4, writes=18)),
    Case("  status", _update_status, Bars(round_trips=4, writes=18)),
    Case("  status, assignee, due date", _update_much, Bars(round_trips=4, writes=18)),
    Case(
        "  and into another month",
        _update_into_another_month,
        Bars(round_trips=4, writes=18),
    ),
    Case("  with If-Match", _update_matching, Bars(round_trips=4, writes=18)),
    Case("DELETE /api/tasks/{id}", _delete, Bars(round_trips=4)),
    Case("socket: connect", _connect),
    Case("socket: hello", _hello),
    Case("socket: hello, nothing missed", _resume),
    Case("socket: ping", _ping),
    Case("socket: presence to 10 sockets", _presence),
    Case("socket: disconnect", _disconnect),
    Case("outbox: push to 10 sockets", _push),
    Case("outbox: index a new task", _index),
    Case("mailer: one mail", _mail),
)
