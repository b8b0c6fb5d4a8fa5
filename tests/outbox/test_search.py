"""The index of words follows the texts of tasks."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import words
from chalicelib.entities import Filters, Priority, Status, Task, User
from chalicelib.services import search, tasks, trash
from chalicelib.services.tasks import Draft
from chalicelib.storage import listing, tables
from chalicelib.storage import search as index
from tests import faults, recount
from tests.conftest import Client, Outbox, Pushed, account, registered


@pytest.fixture
def author(alice: Client) -> User:
    assert alice.user is not None
    return alice.user


def test_words_are_indexed_as_they_are_searched(author: User, outbox: Outbox) -> None:
    tasks.create(author, Draft("Größe: 7 m², ﬁx STRASSE-straße", description="A b42_c, größe!"))
    outbox.run()

    place = "999999999998#"
    assert rows() == {
        (f"TF#{word[:3]}", place + word)
        for word in ("grösse", "7", "m2", "fix", "strasse", "a", "b42_c")
    }


def test_first_words_of_a_long_description_are_indexed(author: User, outbox: Outbox) -> None:
    title = " ".join(f"t{number}" for number in range(50))
    description = " ".join(f"w{number}" for number in range(2_000))
    tasks.create(author, Draft(title, description=f"{description} t0"))
    outbox.run()

    assert len(rows()) == 50 + search.DESCRIPTION_WORDS
    assert len(rows()) < index.WINDOW


def test_endless_word_is_indexed_by_its_beginning(
    author: User, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WINDOW", 1)
    tasks.create(
        author, Draft("Endless", description="\U00020000" * 5000 + " " + "\U00020000" * 90)
    )
    tasks.create(author, Draft("Newest"))
    outbox.run()

    assert max(len(place.encode()) for _, place in rows()) < 1024
    for query in ("\U00020000" * 3, "\U00020000" * 60):
        found = tasks.find(author, Filters(text=query), team=None, limit=5, cursor=None)
        assert [task.title for task in found.items] == ["Endless"]


def test_index_follows_every_change(author: User, outbox: Outbox) -> None:
    task = tasks.create(author, Draft("Oil the door", description="and the gate"))
    other = tasks.create(author, Draft("Oil the hinge"))
    outbox.run()
    tasks.update(author, task.id, {"title": "Paint the door", "description": ""})
    tasks.update(author, other.id, {"description": "of the door"})
    outbox.run()

    assert rows() == expected_rows(recount.stored())
    tasks.delete(author, task.id)
    outbox.run()
    assert rows() == expected_rows(recount.stored())
    trash.restore(author, task.id)
    outbox.run()
    assert rows() == expected_rows(recount.stored())
    tasks.delete(author, task.id)
    tasks.delete(author, other.id)
    outbox.run()
    assert rows() == set()


def test_change_of_other_fields_leaves_the_index_alone(author: User, outbox: Outbox) -> None:
    task = tasks.create(author, Draft("Oil the door"))
    outbox.run()
    tasks.update(author, task.id, {"status": Status.COMPLETED, "priority": Priority.HIGH})
    tasks.update(author, task.id, {"title": "OIL the Door!"})

    with faults.observed() as calls:
        outbox.run()

    assert "BatchWriteItem" not in [name for name, _ in calls]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                ["create", "title", "description", "delete", "restore", "deliver", "again"]
            ),
            st.sampled_from(["Oil the door", "oil", "", "Paint the gate 42", "the DOOR"]),
            st.integers(0, 9),
        ),
        max_size=12,
    )
)
def test_index_is_right_whenever_all_is_delivered(steps: list[tuple[str, str, int]]) -> None:
    """Whatever was delivered twice: the stream brings a team's records in order, from anywhere."""
    with account() as aws:
        author = registered("Alice").user
        assert author is not None
        outbox = Outbox(aws)
        deleted: list[str] = []
        for step, text, pick in steps:
            known = recount.stored()
            task = known[pick % len(known)] if known else None
            if step == "create":
                tasks.create(author, Draft(text or "Empty"))
            elif step == "deliver":
                outbox.run()
            elif step == "again":
                outbox.consume(outbox.records()[: outbox.delivered][-pick:] if pick else [])
            elif task and step == "delete":
                tasks.delete(author, task.id)
                deleted.append(task.id)
            elif step == "restore":
                if deleted:
                    trash.restore(author, deleted.pop())
            elif task and text:
                tasks.update(author, task.id, {step: text})
        outbox.run()

        assert rows() == expected_rows(recount.stored())


def test_failure_is_told_and_delays_neither_push_nor_mail(
    author: User,
    bob: Client,
    outbox: Outbox,
    sent_mail: Callable[[], list[Any]],
) -> None:
    assert bob.user is not None
    tasks.create(author, Draft("Oil the door", assigned_to=bob.user.id))
    records = outbox.records()

    with faults.refused("BatchWriteItem", "ProvisionedThroughputExceededException"):
        failures = outbox.consume(records)
    outbox.run_mail()
    assert failures == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert len(sent_mail()) == 1

    assert outbox.consume(records) == {"batchItemFailures": []}
    outbox.run_mail()
    assert rows() == expected_rows(recount.stored())
    assert len(sent_mail()) == 1


@pytest.mark.parametrize("operation", ["Query", "SendMessage"])
def test_index_follows_though_push_or_mail_fails(
    author: User, bob: Client, outbox: Outbox, pushed: Pushed, operation: str
) -> None:
    assert bob.user is not None
    tasks.create(author, Draft("Oil the door", assigned_to=bob.user.id))
    records = outbox.records()

    with faults.refused(operation, "ServiceUnavailable"):
        failures = outbox.consume(records)

    assert failures == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert rows() == expected_rows(recount.stored())


def rows() -> set[tuple[str, str]]:
    return {(item.bucket, item.place) for item in tables.SearchItem.scan()}


def expected_rows(stored: list[Task]) -> set[tuple[str, str]]:
    return {
        (f"TF#{word[:3]}", f"{999_999_999_999 - task.number:012d}#{word}")
        for task in stored
        for word in words.distinct(f"{task.title} {task.description}")
    }
