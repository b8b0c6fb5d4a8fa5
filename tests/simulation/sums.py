"""What has to add up at the end of a day, and what does not."""

from collections import Counter

import pytest

from chalicelib import words
from chalicelib.entities import Action
from chalicelib.services import assignments
from chalicelib.storage import tables
from tests import conftest, recount
from tests.simulation.day import Day, Person, Team

Versions = dict[str, tuple[int, bool]]


def wrong(day: Day) -> list[str]:
    """A sentence for each thing that does not add up."""
    with pytest.MonkeyPatch.context() as patch:
        faults = [_of_mail(day, patch)]
        for team in day.teams:
            patch.setattr(recount, "TEAM", team.key)
            newest = _newest()
            faults.append(_of_books(team))
            faults += [_of_tab(team, person, newest) for person in team.people]
    return [fault for fault in [*faults, _of_index(day)] if fault]


def counted(day: Day) -> dict[str, int]:
    """The day in numbers."""
    feed = sum(1 for _ in tables.ActivityItem.scan())
    head = {"people": day.plan.people, "teams": len(day.teams), "changes": feed}
    return head | {"mails": len(conftest.accepted_mail())} | dict(sorted(day.counts.items()))


def _of_books(team: Team) -> str:
    feed, stored = recount.feed(), recount.stored()
    try:
        replayed = recount.replayed(feed)
    except (AssertionError, KeyError) as error:
        return f"{team.key}: the feed does not tell how the tasks came to be: {error}"
    if replayed != stored:
        return f"{team.key}: the feed tells of other tasks than there are"
    if sorted(task.id for task in stored) != sorted(team.tasks):
        return f"{team.key}: {len(stored)} tasks are there, {len(team.tasks)} were made and kept"
    if recount.kept() != recount.recounted():
        return f"{team.key}: counters {recount.kept()}, recounted {recount.recounted()}"
    if recount.trend_kept() != recount.trend_of(feed):
        return f"{team.key}: the trend is not that of the feed"
    return ""


def _of_mail(day: Day, patch: pytest.MonkeyPatch) -> str:
    """A mail for each assignment of somebody by somebody else, and no other."""
    emails = {each.id: each.client.user.email for each in day.everybody() if each.client.user}
    owed: Counter[tuple[str, str]] = Counter()
    for team in day.teams:
        patch.setattr(recount, "TEAM", team.key)
        for change in filter(assignments.needs_mail, recount.feed()):
            owed[emails[str(change.task.assigned_to)], change.task.title] += 1
    sent = Counter(
        (mail.destinations["ToAddresses"][0], mail.subject.removeprefix("Task assigned: "))
        for mail in conftest.accepted_mail()
    )
    if owed == sent:
        return ""
    return f"mails: {(owed - sent).total()} are missing, {(sent - owed).total()} too many"


def _newest() -> Versions:
    """The newest version of each of the team's tasks, and whether it was deleted then."""
    newest: Versions = {}
    for change in recount.feed():
        version = (change.task.version, change.action is Action.DELETED)
        newest[change.task.id] = max(newest.get(change.task.id, (0, False)), version)
    return newest


def _of_tab(team: Team, person: Person, newest: Versions) -> str:
    """What a tab shows is the newest version of every task of its team."""
    if person.foreign:
        return f"{team.key}: {person.id} was told of {person.foreign} foreign tasks"
    if person.shown != newest:
        return f"{team.key}: the tab of {person.id} is not up to date"
    return ""


def _of_index(day: Day) -> str:
    rows = {(item.bucket, item.place) for item in tables.SearchItem.scan()}
    owed = {
        (f"{item.team}#{word[:3]}", f"{999_999_999_999 - int(item.number):012d}#{word}")
        for item in tables.TaskItem.scan()
        for word in words.distinct(f"{item.title} {item.description or ''}")
    }
    if rows == owed:
        return ""
    return f"search: {len(owed - rows)} words are missing, {len(rows - owed)} are left over"
