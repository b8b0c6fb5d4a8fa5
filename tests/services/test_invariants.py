"""The services against a plain model, through whatever order of things Hypothesis thinks of."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib import clock
from chalicelib.entities import Action, Priority, Status, Task, TeamRole, User
from chalicelib.errors import (
    EmailTaken,
    Invalid,
    NotAllowed,
    TaskNotFound,
    TeamNotFound,
    VersionMismatch,
)
from chalicelib.services import accounts, changes, sockets, stats, tasks, teams, trash
from chalicelib.services.tasks import Draft, Place
from chalicelib.storage import users
from tests import conftest, faults, recount
from tests.conftest import Outbox, Time

START = datetime(2026, 11, 30, 23, 59, 40, tzinfo=UTC)
DAYS = [START.date() + timedelta(days=offset) for offset in (-2, -1, 0, 1, 2)]
SOCKET_SECONDS = 7500

people = st.integers(0, 3)
picks = st.integers(0, 1_000)
titles = st.sampled_from(["Write", "Ship", "Rest"])
statuses = st.sampled_from(Status)
due_dates = st.none() | st.sampled_from(DAYS)
expectations = st.sampled_from(["any", "current", "stale"])


@dataclass
class Person:
    """What the model knows of somebody."""

    id: str
    role: TeamRole | None = TeamRole.MEMBER
    epoch: int = 1
    is_disabled: bool = False


@dataclass
class Socket:
    id: str
    owner: Person
    epoch: int
    expires_at: int


@dataclass
class Model:
    """TaskFlow in a few dictionaries."""

    people: dict[int, Person] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    log: list[tuple[Action, Task, str]] = field(default_factory=list)
    generation: int = 0
    sockets: dict[str, Socket] = field(default_factory=dict)
    mail_jobs: dict[tuple[str, str], str] = field(default_factory=dict)
    mailed: dict[tuple[str, str], str] = field(default_factory=dict)
    trash: dict[str, tuple[Task, datetime]] = field(default_factory=dict)
    columns: dict[Status, list[str]] = field(
        default_factory=lambda: {status: [] for status in Status}
    )

    def record(self, action: Action, task: Task, actor: Person, place: int = 0) -> None:
        """A task that enters a column does so at `place`, counted from the top."""
        self.log.append((action, task, actor.id))
        self.generation += 1
        former = self.tasks.pop(task.id, None)
        if action is not Action.DELETED:
            self.tasks[task.id] = task
        if former is None or action is Action.DELETED or former.status is not task.status:
            if former is not None:
                self.columns[former.status].remove(task.id)
            if action is not Action.DELETED:
                self.columns[task.status].insert(place, task.id)

    @property
    def members(self) -> list[Person]:
        return [person for person in self.people.values() if person.role]

    def books(self) -> recount.Books:
        return recount.books_of(list(self.tasks.values()), members=len(self.members))

    def overdue(self, today: date) -> int:
        return sum(1 for task in self.tasks.values() if task.open_due and task.open_due < today)

    def hears(self, socket: Socket) -> bool:
        owner = socket.owner
        return bool(owner.role) and not owner.is_disabled and owner.epoch == socket.epoch


class TaskFlow(RuleBasedStateMachine):
    """Each rule does one thing to TaskFlow and to the model; the invariants compare them."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        aws = self.stack.enter_context(conftest.account())
        self.time = Time(START)
        self.stack.enter_context(clock.running(lambda: self.time.now))
        self.pushed = self.stack.enter_context(conftest.recorded_pushes())
        self.outbox = Outbox(aws)
        self.model = Model()
        self.delivered: set[str] = set()
        self.sockets_opened = 0

    def teardown(self) -> None:
        try:
            if self.model.people:
                self.everything_arrives()
        finally:
            self.stack.close()

    @initialize()
    def somebody(self) -> None:
        self.register(0)
        self.register(1)

    @rule(who=people)
    def register(self, who: int) -> None:
        email = f" Person{who}@example.com"
        if who in self.model.people:
            with pytest.raises(EmailTaken):
                accounts.register("Impostor", email, conftest.PASSWORD)
            return
        user = accounts.register(f"Person {who}", email, conftest.PASSWORD)
        self.model.people[who] = Person(user.id)
        self.model.generation += 1

    @rule(
        who=people,
        assignee=st.none() | people,
        title=titles,
        status=statuses,
        due_date=due_dates,
    )
    def create(
        self, who: int, assignee: int | None, title: str, status: Status, due_date: date | None
    ) -> None:
        person, assigned_to = self.person(who), self.id_of(assignee)
        draft = Draft(title, status=status, due_date=due_date, assigned_to=assigned_to)
        refusal = self.refusal(person, assigned_to)
        if refusal:
            with pytest.raises(refusal):
                tasks.create(self.user(person), draft)
            return

        task = tasks.create(self.user(person), draft)

        assert task.id not in {change.id for _, change, _ in self.model.log}
        self.model.record(Action.CREATED, self.as_drafted(task, person, draft), person)

    @precondition(lambda self: self.model.tasks)
    @rule(
        who=people,
        pick=picks,
        wanted=st.fixed_dictionaries(
            {},
            optional={
                "title": titles,
                "status": statuses,
                "due_date": due_dates,
                "assigned_to": st.none() | people,
                "priority": st.sampled_from(Priority),
            },
        ),
        expecting=expectations,
    )
    def edit(self, who: int, pick: int, wanted: dict[str, Any], expecting: str) -> None:
        person, task, values = self.person(who), self.task(pick), self.values(wanted)
        expected = self.expected(task, expecting)
        if refusal := self.refusal_of_edit(person, task, values, expected):
            with pytest.raises(refusal) as raised:
                tasks.update(self.user(person), task.id, values, expected=expected)
            if isinstance(raised.value, VersionMismatch):
                assert plain(raised.value.current) == task
            return

        updated = tasks.update(self.user(person), task.id, values, expected=expected)

        after = self.after_edit(task, values)
        assert plain(updated) == after
        if after != task:
            self.model.record(Action.UPDATED, after, person)

    @precondition(lambda self: self.model.tasks)
    @rule(pick=picks, first=titles, second=statuses, expecting=expectations)
    def edit_while_somebody_else_edits(
        self, pick: int, first: str, second: Status, expecting: str
    ) -> None:
        """Somebody reads the task, somebody else changes it, and then the first one writes."""
        editors = [person for person in self.model.members if self.may_edit(person)]
        if not editors:
            return
        person, task = editors[0], self.task(pick)
        between = self.after_edit(task, {"status": second})
        expected = self.expected(task, expecting)
        user = self.user(person)

        def meanwhile() -> None:
            assert plain(tasks.update(user, task.id, {"status": second})) == between

        is_written = task.title != first and expecting != "stale"
        with faults.meanwhile("TransactWriteItems", meanwhile):
            if expecting == "any" or not is_written or between == task:
                self.update_leniently(user, task, first, expected)
            else:
                with pytest.raises(VersionMismatch) as raised:
                    tasks.update(user, task.id, {"title": first}, expected=expected)
                assert plain(raised.value.current) == between

        if is_written:
            if between != task:
                self.model.record(Action.UPDATED, between, person)
            if expecting == "any" or between == task:
                after = self.after_edit(between, {"title": first})
                self.model.record(Action.UPDATED, after, person)

    @precondition(lambda self: self.model.tasks)
    @rule(pick=picks, status=statuses, at=picks, sides=st.sampled_from(["after", "before", "both"]))
    def move(self, pick: int, status: Status, at: int, sides: str) -> None:
        """Put a task between two neighbours, of which one or both are named."""
        editors = [person for person in self.model.members if self.may_edit(person)]
        task = self.task(pick)
        others = [each for each in self.model.columns[status] if each != task.id]
        if not editors or not others:
            return
        index = at % (len(others) + 1)
        above = others[index - 1] if index > 0 and sides != "before" else None
        below = others[index] if index < len(others) and sides != "after" else None
        if above is None and below is None:
            return
        place = Place(after=above, before=below)

        moved = tasks.update(self.user(editors[0]), task.id, {"status": status}, place=place)

        after = self.after_edit(task, {"status": status})
        column = [*others[:index], task.id, *others[index:]]
        if after == task and column != self.model.columns[status]:
            after = replace(task, updated_at=clock.now(), version=task.version + 1)
        assert plain(moved) == after
        if after != task:
            self.model.record(Action.UPDATED, after, editors[0])
            self.model.columns[status] = column

    @precondition(lambda self: self.model.tasks)
    @rule(who=people, pick=picks, expecting=expectations)
    def delete(self, who: int, pick: int, expecting: str) -> None:
        person, task = self.person(who), self.task(pick)
        expected = self.expected(task, expecting)
        if refusal := self.refusal_of_edit(person, task, {}, expected):
            with pytest.raises(refusal):
                tasks.delete(self.user(person), task.id, expected=expected)
            return

        tasks.delete(self.user(person), task.id, expected=expected)

        self.model.record(Action.DELETED, task, person)
        self.model.trash[task.id] = (task, clock.now() + trash.KEPT)
        with pytest.raises(TaskNotFound):
            tasks.get(self.user(person), task.id)

    @precondition(lambda self: self.model.trash)
    @rule(who=people, pick=picks)
    def restore(self, who: int, pick: int) -> None:
        person = self.person(who)
        task, expires_at = list(self.model.trash.values())[pick % len(self.model.trash)]
        is_gone = expires_at <= clock.now() or not person.role
        if is_gone or not self.may_edit(person):
            with pytest.raises(TaskNotFound if is_gone else NotAllowed):
                trash.restore(self.user(person), task.id)
            return

        restored = trash.restore(self.user(person), task.id)

        del self.model.trash[task.id]
        if task.assigned_to and not self.is_member(task.assigned_to):
            task = replace(task, assigned_to=None, assignee_name=None)
        after = replace(task, version=task.version + 1, updated_at=clock.now())
        assert plain(restored) == after
        column = [each for each in recount.stored() if each.status is task.status]
        place = sorted(column, key=_rank).index(restored)
        self.model.record(Action.RESTORED, after, person, place)

    @rule()
    def look_into_the_trash(self) -> None:
        caller = self.user(self.model.members[0])
        found, cursor = [], None
        while True:
            page = trash.find(caller, team=None, limit=2, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        kept = {task.id: task for task, until in self.model.trash.values() if until > clock.now()}
        assert {each.task.id: plain(each.task) for each in found} == kept
        assert found == sorted(found, key=lambda each: each.deleted_at, reverse=True)

    @rule(who=people, role=st.sampled_from(TeamRole))
    def change_role(self, who: int, role: TeamRole) -> None:
        person = self.person(who)
        if person.role:
            teams.set_role("TF", person.id, role)
            person.role = role

    @rule(who=people)
    def remove_member(self, who: int) -> None:
        """Anyone but the first, who has to read the statistics."""
        person = self.person(who)
        if person.role and person is not self.person(0):
            teams.remove_member("TF", person.id)
            person.role = None
            self.model.generation += 1

    @rule(who=people)
    def log_out_everywhere(self, who: int) -> None:
        person = self.person(who)
        accounts.log_out_everywhere(self.user(person))
        person.epoch += 1

    @rule(who=people)
    def disable_or_enable(self, who: int) -> None:
        person = self.person(who)
        person.is_disabled = not person.is_disabled
        users.set_disabled(person.id, disabled=person.is_disabled)

    @rule(who=people)
    def open_socket(self, who: int) -> None:
        person = self.person(who)
        if not person.role or person.is_disabled:
            return
        self.sockets_opened += 1
        connection_id = f"socket-{self.sockets_opened}"
        sockets.open_with(sockets.issue_ticket(self.user(person)), connection_id)
        sockets.listen(connection_id)
        self.model.sockets[connection_id] = Socket(
            connection_id, person, person.epoch, clock.seconds() + SOCKET_SECONDS
        )

    @precondition(lambda self: self.model.sockets)
    @rule(pick=picks)
    def close_socket(self, pick: int) -> None:
        connection_id = list(self.model.sockets)[pick % len(self.model.sockets)]
        sockets.forget(connection_id)
        del self.model.sockets[connection_id]

    @precondition(lambda self: self.model.log)
    @rule(order=st.lists(picks, min_size=1, max_size=6))
    def deliver(self, order: list[int]) -> None:
        """Stream records come in any order, and more than once."""
        records = self.outbox.records()
        feed = recount.feed()
        for pick in order:
            at = pick % len(records)
            self.deliver_one(records[at], feed[at])

    @rule()
    def run_mailer(self) -> None:
        assert self.outbox.run_mail() == {"batchItemFailures": []}
        allowed = {person.id for person in self.model.members if not person.is_disabled}
        for delivery, task_id in self.model.mail_jobs.items():
            if delivery[1] in allowed:
                self.model.mailed[delivery] = task_id
        self.model.mail_jobs.clear()

    @rule(seconds=st.sampled_from([0.4, 5, 20, 31, 24 * 3600, 20 * 24 * 3600]))
    def wait(self, seconds: float) -> None:
        self.time.advance(seconds=seconds)

    @rule()
    def read_statistics(self) -> None:
        self.assert_statistics()

    @rule(who=people, title=titles, due_date=due_dates, query=st.integers(1, 4))
    def write_while_statistics_are_read(
        self, who: int, title: str, due_date: date | None, query: int
    ) -> None:
        """The reader has some numbers, then somebody writes, then the reader stores a snapshot."""
        operation = "PutItem" if query == 4 else "Query"

        def write() -> None:
            self.create(who, None, title, Status.PENDING, due_date)

        nth = 1 if query == 4 else query
        with faults.meanwhile(operation, write, nth=nth):
            self.statistics()
        self.assert_statistics()

    @invariant()
    def tables_are_as_modelled(self) -> None:
        """Invariants 1, 3 and 5; the order of two changes of one instant is anyone's."""
        stored, feed = recount.stored(), recount.feed()
        assert list(map(plain, stored)) == sorted(self.model.tasks.values(), key=_number)
        assert recount.kept() == self.model.books()
        assert recount.replayed(feed) == stored
        for status, column in self.model.columns.items():
            shown = sorted((task for task in stored if task.status is status), key=_rank)
            assert [task.id for task in shown] == column
        recorded = [(change.action, plain(change.task), change.actor.id) for change in feed]
        assert Counter(map(repr, recorded)) == Counter(map(repr, self.model.log))

    def everything_arrives(self) -> None:
        """Whatever came before: what is delivered at the end has reached everyone."""
        for record, change in zip(self.outbox.records(), recount.feed(), strict=True):
            if change.id not in self.delivered:
                self.deliver_one(record, change)
        self.run_mailer()
        emails = {person.id: users.get(person.id) for person in self.model.people.values()}
        sent = Counter(
            (mail.destinations["ToAddresses"][0], mail.body.partition("#task-")[2].split('"')[0])
            for mail in conftest.accepted_mail()
        )
        assert sent == Counter(
            (emails[recipient].email, task_id)  # type: ignore[union-attr] # nobody is deleted
            for (_, recipient), task_id in self.model.mailed.items()
        )
        self.assert_statistics()
        recount.assert_consistent()
        assert {each.id for each in self.walked()} == {each.id for each in recount.feed()}

    def deliver_one(self, record: Mapping[str, Any], change: Any) -> None:
        frames = len(self.pushed.frames)
        assert self.outbox.consume([dict(record)]) == {"batchItemFailures": []}
        self.delivered.add(change.id)

        live = {
            socket.id: self.model.hears(socket)
            for socket in self.model.sockets.values()
            if socket.expires_at > clock.seconds()
        }
        got = [(target, frame["id"]) for target, frame in self.pushed.frames[frames:]]
        assert sorted(got) == [(target, change.id) for target in sorted(live) if live[target]]
        for target, is_allowed in live.items():
            if not is_allowed:
                assert target in self.pushed.closed
                del self.model.sockets[target]
        task = change.task
        is_assigned = change.action is Action.CREATED or "assigned_to" in change.before
        if is_assigned and change.action is not Action.DELETED and task.assigned_to:
            delivery = (change.id, task.assigned_to)
            if task.assigned_to != change.actor.id and delivery not in self.model.mailed:
                self.model.mail_jobs[delivery] = task.id

    def statistics(self) -> stats.Answer:
        return stats.of_team(self.user(self.model.members[0]))

    def assert_statistics(self) -> None:
        """Invariants 3 and 4: cached or not, the answer is what counting gives now."""
        answer = self.statistics()

        books, newest = self.model.books(), sorted(self.model.tasks.values(), key=_number)[::-1]
        assert replace(answer.stats, recent=tuple(map(plain, answer.stats.recent))) == replace(
            answer.stats,
            by_status=books.by_status,
            members=books.members,
            overdue=self.model.overdue(clock.today()),
            recent=tuple(newest[:10]),
        )
        assert clock.now() - answer.stats.generated_at < timedelta(seconds=31)

    def walked(self) -> list[Any]:
        """The feed, as a client reads it in pages."""
        caller, since, found = self.user(self.model.members[0]), None, []
        while True:
            page = changes.read(caller, team=None, since=since, limit=7)
            found, since = [*found, *page.changes], page.cursor
            if not page.has_more:
                return found

    def person(self, who: int) -> Person:
        known = list(self.model.people.values())
        return known[who % len(known)]

    def user(self, person: Person) -> User:
        user = users.get(person.id)
        assert user is not None
        return user

    def id_of(self, who: int | None) -> str | None:
        return None if who is None else self.person(who).id

    def task(self, pick: int) -> Task:
        return list(self.model.tasks.values())[pick % len(self.model.tasks)]

    def values(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if "assigned_to" not in wanted:
            return wanted
        return {**wanted, "assigned_to": self.id_of(wanted["assigned_to"])}

    def expected(self, task: Task, expecting: str) -> list[int] | None:
        return {"any": None, "current": [task.version], "stale": [task.version - 1]}[expecting]

    def may_edit(self, person: Person) -> bool:
        return person.role is TeamRole.MEMBER

    def is_member(self, user_id: str) -> bool:
        return any(person.id == user_id for person in self.model.members)

    def refusal(self, person: Person, assigned_to: str | None) -> type[Exception] | None:
        if not person.role:
            return TeamNotFound
        if not self.may_edit(person):
            return NotAllowed
        return Invalid if assigned_to and not self.is_member(assigned_to) else None

    def refusal_of_edit(
        self,
        person: Person,
        task: Task,
        values: Mapping[str, Any],
        expected: list[int] | None,
    ) -> type[Exception] | None:
        if not person.role:
            return TaskNotFound
        if not self.may_edit(person):
            return NotAllowed
        if expected is not None and task.version not in expected:
            return VersionMismatch
        assigned_to = values.get("assigned_to")
        if assigned_to and assigned_to != task.assigned_to and not self.is_member(assigned_to):
            return Invalid
        return None

    def update_leniently(
        self, user: User, task: Task, title: str, expected: list[int] | None
    ) -> None:
        if expected is not None and task.version not in expected:
            with pytest.raises(VersionMismatch):
                tasks.update(user, task.id, {"title": title}, expected=expected)
        else:
            tasks.update(user, task.id, {"title": title}, expected=expected)

    def as_drafted(self, task: Task, person: Person, draft: Draft) -> Task:
        """The task that the draft asks for, under the number that was given out."""
        now = clock.now()
        return Task(
            team="TF",
            number=task.number,
            title=draft.title,
            description="",
            status=draft.status,
            priority=Priority.MEDIUM,
            created_by=person.id,
            creator_name=self.user(person).name,
            assigned_to=draft.assigned_to,
            assignee_name=self.name_of(draft.assigned_to),
            due_date=draft.due_date,
            completed_at=now if draft.status is Status.COMPLETED else None,
            created_at=now,
            updated_at=now,
            version=1,
            rank="",
        )

    def after_edit(self, task: Task, values: Mapping[str, Any]) -> Task:
        after = replace(task, **values)
        if after == task:
            return task
        if after.status is not task.status:
            is_completed = after.status is Status.COMPLETED
            after = replace(after, completed_at=clock.now() if is_completed else None)
        if after.assigned_to != task.assigned_to:
            after = replace(after, assignee_name=self.name_of(after.assigned_to))
        return replace(after, updated_at=clock.now(), version=task.version + 1)

    def name_of(self, user_id: str | None) -> str | None:
        user = users.get(user_id) if user_id else None
        return user.name if user else None


def plain(task: Task) -> Task:
    """Without what is drawn by lot."""
    return replace(task, rank="", trail=b"")


def _number(task: Task) -> int:
    return task.number


def _rank(task: Task) -> str:
    return task.rank


@pytest.mark.slow
class TestTaskFlow(TaskFlow.TestCase):  # type: ignore[name-defined,misc] # made by Hypothesis
    settings = settings(
        max_examples=16,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        # Shrinking would take minutes; without, the failing steps are printed at once.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
