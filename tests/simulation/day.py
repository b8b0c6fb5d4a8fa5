"""A busy day of many teams, with faults drawn by lot; what it leaves is added up in sums.py."""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

import app
from chalicelib import clock
from chalicelib.delivery import clients
from chalicelib.services import changes, teams
from chalicelib.storage import tables
from tests import conftest, events, faults
from tests.conftest import Client, Pushed, Time
from tests.faults import Attempted, Kind

Frame = dict[str, Any]
_TEAM = 10
# As often as a client asks before it gives up: far more than the faults that come in a row.
_PATIENCE = 30
# Longer than a lease: whoever was at it is dead.
_LEASE_SECONDS = 130
_VERBS = {"create": 30, "edit": 22, "assign": 16, "move": 10, "complete": 12, "delete": 6}
_WORDS = ("oil", "paint", "order", "call", "check", "the", "door", "gate", "boiler", "caterer")


@dataclass(frozen=True)
class Plan:
    """`faulty` is the share of the calls to DynamoDB whose first attempt goes wrong."""

    people: int
    changes: int
    hours: float = 2.0
    faulty: float = 0.02
    seed: int = 1


@dataclass(eq=False)
class Person:
    """Somebody, with a tab that keeps what it was told as the pages do."""

    client: Client
    team: str
    socket: str = ""
    cursor: str = ""
    seen: set[str] = field(default_factory=set)
    shown: dict[str, tuple[int, bool]] = field(default_factory=dict)
    foreign: int = 0

    @property
    def id(self) -> str:
        assert self.client.user is not None
        return self.client.user.id

    def hear(self, frame: Frame) -> None:
        """Newer versions replace older ones; what was seen before is dropped."""
        if frame["type"] == "connected":
            self.cursor = frame["cursor"]
        for change in frame.get("updates", [frame] if frame["type"] == "task_update" else []):
            task = change["task"]
            self.foreign += task["team"] != self.team
            if change["id"] not in self.seen:
                self.seen.add(change["id"])
                known = self.shown.get(task["id"], (0, False))
                version = (task["version"], change["action"] == "deleted")
                self.shown[task["id"]] = max(known, version)


@dataclass
class Team:
    key: str
    people: list[Person] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    trash: list[str] = field(default_factory=list)
    delivered: int = 0
    is_busy: bool = False


class Day:
    """TaskFlow on moto, people who work, and a stream and a queue that bring what they owe."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lot = random.Random(plan.seed)
        self.time = Time(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
        self.counts: Counter[str] = Counter()
        self.teams: list[Team] = []
        self.is_mail_down = False
        self._rate = 0.0
        self._is_hopeless = False
        self._only_once = False
        self._sequence = 0
        self._waiting: list[str] = []
        self._former: list[Frame] = []
        self._sockets: dict[str, Person] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """AWS in this process, and the faults in front of it."""
        with ExitStack() as stack:
            stack.enter_context(conftest.account())
            stack.enter_context(clock.running(lambda: self.time.now))
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(clock, "sleep", lambda seconds: self.time.advance(seconds=seconds))
            self._pushed: Pushed = stack.enter_context(conftest.recorded_pushes())
            teams.ensure_first()
            stack.enter_context(faults.around(self._mail_weather))
            stack.enter_context(faults.answering(self._weather))
            yield

    def begin(self, say: Callable[[str], None]) -> None:
        """Everybody comes, and opens a tab; nothing fails yet."""
        for number in range(self.plan.people):
            if number % _TEAM == 0:
                self.teams.append(Team(f"T{number // _TEAM}"))
            team = self.teams[-1]
            person = Person(conftest.member_of(team.key, f"Person{number}"), team.key)
            person.cursor = changes.settled()
            team.people.append(person)
            self.connect(person)
            if (number + 1) % 100 == 0:
                say(f"  {number + 1:,} people have come")

    def work(self, say: Callable[[str], None]) -> None:
        """The changes of the day; mail is down for an eighth of it."""
        self._rate = self.plan.faulty
        total = self.plan.changes
        for number in range(total):
            self.is_mail_down = total * 3 // 8 <= number < total // 2
            self._act(self.lot.choice(self.teams))
            self.time.advance(seconds=self.plan.hours * 3600 / total)
            if self.lot.random() < 0.02:
                self._pushed.gone.add(self.lot.choice(list(self._sockets)))
            # The last of the changes while mail is down is one of those times.
            if self.lot.random() < 0.05 or number == total // 2 - 1:
                self._stream()
                self._mail()
            if (number + 1) % 100 == 0:
                say(f"  {number + 1:,} changes were asked for")

    def end(self) -> None:
        """Everything fails no more, and what is owed arrives."""
        self._rate, self.is_mail_down = 0.0, False
        self._stream()
        while self._mail():
            self.time.advance(seconds=_LEASE_SECONDS)
        for person in self.everybody():
            if person.socket in self._pushed.gone:
                self.connect(person)

    def everybody(self) -> list[Person]:
        return [person for team in self.teams for person in team.people]

    def connect(self, person: Person) -> None:
        """A tab opens a socket and says from where on it missed what happened."""
        self._sockets.pop(person.socket, None)
        for _ in range(_PATIENCE):
            person.socket = f"s{self.counts['sockets']}"
            self.counts["sockets"] += 1
            self._sockets[person.socket] = person
            if self._opens(person) and self._is_welcome(person):
                return
            del self._sockets[person.socket]
            self.time.advance(seconds=1)
        raise AssertionError(f"no socket for {person.id}")

    def _opens(self, person: Person) -> bool:
        ticket = self._ask(person, "POST", "/api/live/ticket").json["ticket"]
        event = events.socket("CONNECT", person.socket, ticket=ticket)
        return bool(app.connect(event, None)["statusCode"] == 200)

    def _is_welcome(self, person: Person) -> bool:
        body = json.dumps({"type": "hello", "since": person.cursor})
        app.message(events.socket("MESSAGE", person.socket, body=body), None)
        return any(frame["type"] == "connected" for frame in self._hear(person.socket))

    def _hear(self, socket: str = "") -> list[Frame]:
        """Let everybody hear what was pushed; returns what the socket heard."""
        heard = []
        for target, frame in self._pushed.frames:
            self.counts["frames"] += 1
            if person := self._sockets.get(target):
                person.hear(frame)
            if target == socket:
                heard.append(frame)
        self.counts["presence frames"] += len(self._pushed.presences)
        self._pushed.frames.clear()
        self._pushed.presences.clear()
        return heard

    def _act(self, team: Team) -> None:
        team.is_busy = True
        person = self.lot.choice(team.people)
        if team.trash and self.lot.random() < 0.04:
            task = team.trash.pop(self.lot.randrange(len(team.trash)))
            self._ask(person, "POST", f"/api/tasks/{task}/restore", also=(404,))
            team.tasks.append(task)
            return
        verb = self.lot.choices(list(_VERBS), list(_VERBS.values()))[0] if team.tasks else "create"
        if verb == "create":
            self._create(team, person)
            return
        task = self.lot.choice(team.tasks)
        if verb == "delete":
            self._ask(person, "DELETE", f"/api/tasks/{task}", also=(404,))
            team.tasks.remove(task)
            team.trash.append(task)
            return
        self._ask(person, "PATCH", f"/api/tasks/{task}", self._changes(verb, team, task))

    def _create(self, team: Team, person: Person) -> None:
        body = {"title": self._text(), "team": team.key}
        if self.lot.random() < 0.4:
            body["assigned_to"] = self.lot.choice(team.people).id
        if self.lot.random() < 0.5:
            body["due_date"] = f"2026-{self.lot.choice((10, 11, 12))}-{self.lot.randint(1, 28):02d}"
        key = {"Idempotency-Key": f"day-{self.counts['requests']}"}
        team.tasks.append(self._ask(person, "POST", "/api/tasks", body, headers=key).json["id"])

    def _changes(self, verb: str, team: Team, task: str) -> dict[str, Any]:
        if verb == "edit":
            return {"title": self._text(), "priority": self.lot.choice(["low", "urgent"])}
        if verb == "assign":
            return {"assigned_to": self.lot.choice([None, *(each.id for each in team.people)])}
        if verb == "complete":
            return {"status": "completed"}
        others = [each for each in team.tasks if each != task]
        place = {"after": self.lot.choice(others)} if others else {}
        return {"status": self.lot.choice(["pending", "in_progress"]), **place}

    def _text(self) -> str:
        return " ".join(self.lot.sample(_WORDS, 4))

    def _ask(
        self,
        person: Person,
        method: str,
        path: str,
        body: object = None,
        *,
        also: tuple[int, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> conftest.Reply:
        """Ask until there is an answer, as the pages do; `also` may be told to a repetition."""
        for attempt in range(_PATIENCE):
            reply = person.client(method, path, body, headers=headers or {})
            self.counts["requests"] += 1
            if reply.status < 300 or (attempt and reply.status in also):
                return reply
            assert reply.status in {409, 503}, f"{method} {path}: {reply.status} {reply.text}"
            self.counts[f"requests told to come again ({reply.status})"] += 1
            self.time.advance(seconds=int(reply.headers["retry-after"]))
        raise AssertionError(f"{method} {path} came to nothing: {reply.text}")

    def _weather(self, request: Attempted, attempt: Callable[[], Any]) -> Any:
        """Some calls fail at the first attempt, a fifth as many at every one."""
        if request.attempt == 1:
            self._is_hopeless = self.lot.random() < self._rate / 5 and not self._only_once
        is_first = request.attempt == 1 and self.lot.random() < self._rate
        if not is_first and not self._is_hopeless:
            return attempt()
        kind = self.lot.choice((Kind.THROTTLED, Kind.UNREACHABLE, Kind.LOST))
        self.counts[f"DynamoDB: {kind}"] += 1
        return faults.spoilt(kind, attempt)

    def _mail_weather(self, operation: str, call: Callable[[], Any]) -> Any:
        """SES is down, or throttles; the queue refuses now and then."""
        is_throttled = self.lot.random() < self._rate
        if operation == "SendEmail" and (self.is_mail_down or is_throttled):
            self.counts["SES: refused"] += 1
            raise faults.refusal(operation, "TooManyRequestsException")
        if operation == "SendMessage" and is_throttled:
            self.counts["SQS: refused"] += 1
            raise faults.refusal(operation, "ServiceUnavailable")
        if operation == "PostToConnection" and is_throttled:
            self.counts["sockets: refused"] += 1
            raise faults.refusal(operation, "LimitExceededException")
        return call()

    def _stream(self) -> None:
        """What happened since, team by team in order, at times twice or with what was before."""
        fresh = self._fresh()
        if self._former and self.lot.random() < self._rate * 2:
            self.counts["stream: batches brought again with the one before"] += 1
            self._deliver([*self._former, *fresh])
        for start in range(0, len(fresh), 100):
            batch = fresh[start : start + 100]
            self._deliver(batch)
            if self.lot.random() < self._rate * 2:
                self.counts["stream: batches brought twice"] += 1
                self._deliver(batch)
            self._former = batch

    def _deliver(self, batch: list[Frame]) -> None:
        """As Lambda does: from the first record that failed, everything comes again."""
        for _ in range(_PATIENCE):
            failed = app.outbox({"Records": batch}, None)["batchItemFailures"]
            self.counts["stream: batches"] += 1
            self._reconnect()
            if not failed:
                return
            self.counts["stream: batches brought again after a failure"] += 1
            first = min(int(each["itemIdentifier"]) for each in failed)
            batch = [each for each in batch if int(each["dynamodb"]["SequenceNumber"]) >= first]
        raise AssertionError("a batch was never delivered")

    def _reconnect(self) -> None:
        """Whose socket died, or was closed, comes back."""
        self._hear()
        over = self._pushed.gone.union(self._pushed.closed)
        for socket in sorted(over.intersection(self._sockets)):
            self.counts["sockets that died or were closed"] += 1
            self.connect(self._sockets[socket])

    def _fresh(self) -> list[Frame]:
        """Of the teams by lot, each one's records in order."""
        rate, self._rate = self._rate, 0.0
        queues = [queue for team in self.teams if (queue := self._records(team))]
        self._rate = rate
        records = []
        while queues:
            queue = self.lot.choice(queues)
            self._sequence += 1
            records.append(events.stream_record(queue.pop(0), sequence_number=str(self._sequence)))
            queues = [each for each in queues if each]
        return records

    def _records(self, team: Team) -> list[str]:
        if not team.is_busy:
            return []
        team.is_busy = False
        items = list(tables.ActivityItem.query(team.key, consistent_read=True))
        fresh = [item.record for item in items[team.delivered :]]
        team.delivered = len(items)
        return fresh

    def _mail(self) -> int:
        """Bring every job that waits, some twice; returns how many wait on."""
        self._waiting += _taken_jobs()
        jobs, self._waiting = self._waiting, []
        twice = [job for job in jobs if self.lot.random() < self._rate * 2]
        self.counts["queue: jobs brought twice"] += len(twice)
        # SES cannot be asked what it took: whose note of it fails at every attempt mails again.
        self._only_once = True
        for job in [*jobs, *twice]:
            record = events.queue_message(job)
            if app.mailer({"Records": [record]}, None)["batchItemFailures"]:
                self.counts["queue: jobs brought again after a failure"] += 1
                self._waiting.append(job)
        self._only_once = False
        return len(self._waiting)


def _taken_jobs() -> list[str]:
    queue, url = clients.queues(), os.environ["MAIL_QUEUE_URL"]
    jobs = []
    while found := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in found:
            queue.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            jobs.append(each["Body"])
    return jobs
