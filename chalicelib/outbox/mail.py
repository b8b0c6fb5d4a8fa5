"""Assignment mail: a job in the queue for each assignment, a mail for each job."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chalicelib import i18n, logs
from chalicelib.config import settings
from chalicelib.delivery import email, queues, templates
from chalicelib.entities import Activity, Priority, User
from chalicelib.errors import TaskFlowError, Unavailable, Undeliverable
from chalicelib.services import assignments, changes, suppressions

Failures = dict[str, list[dict[str, str]]]

_PRIORITIES = {
    Priority.LOW: "priority.low",
    Priority.MEDIUM: "priority.medium",
    Priority.HIGH: "priority.high",
    Priority.URGENT: "priority.urgent",
}


def enqueue(change: Activity) -> None:
    """Queue the mail that a change calls for, if it does; raises Unavailable."""
    if assignments.needs_mail(change):
        queues.send_mail_job(changes.encode(change))


def send_jobs(messages: Iterable[Mapping[str, Any]]) -> Failures:
    """Send the mail of a batch of queue messages; returns those that SQS shall bring again."""
    failed = [str(message["messageId"]) for message in messages if not _is_sent(message)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _is_sent(message: Mapping[str, Any]) -> bool:
    try:
        _send(changes.decode(message["body"]))
    except (TaskFlowError, msgspec.MsgspecError):
        logs.failure("mail_not_sent", message_id=message["messageId"])
        return False
    return True


def _send(change: Activity) -> None:
    """Mail the assignee once, however often the job comes; raises Unavailable, Undeliverable."""
    assignee = assignments.recipient(change)
    if assignee is None:
        logs.event("mail_not_needed", activity_id=change.id)
        return
    if suppressions.is_suppressed(assignee):
        logs.event("mail_suppressed", activity_id=change.id, user_id=assignee.id)
        return
    if not assignments.begin_mail(change):
        if not assignments.is_mailed(change):
            raise Unavailable
        return
    try:
        message_id = email.send(_mail(change, assignee))
    except (Undeliverable, Unavailable):
        assignments.give_back_mail(change)
        raise
    assignments.finish_mail(change)
    logs.event("mail_sent", activity_id=change.id, user_id=assignee.id, message_id=message_id)


def _mail(change: Activity, assignee: User) -> email.Mail:
    """The mail in the assignee's language."""
    task = change.task
    folder = "email/task_assigned"
    with i18n.use(assignee.language or i18n.Language.EN):
        context = {
            "language": i18n.current(),
            "assignee_name": assignee.name,
            "actor_name": change.actor.name,
            "creator_name": task.creator_name,
            "title": task.title,
            "description": task.description,
            "priority": i18n.text(_PRIORITIES[task.priority]),
            "due_date": i18n.day(task.due_date) if task.due_date else "",
            "url": f"{settings().required('public_url')}/admin#task-{task.id}",
        }
        return email.Mail(
            to=assignee.email,
            subject=templates.render(f"{folder}/subject.txt", **context),
            text=templates.render(f"{folder}/body.txt", **context),
            html=templates.render(f"{folder}/body.html", **context),
        )
