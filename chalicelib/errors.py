"""Everything that can go wrong, as facts; which status code each becomes is api/problems.py's business.

TaskFlowError
├── Invalid              what was sent breaks a rule; carries every fault found
├── Unauthenticated
│   ├── NotSignedIn      no usable credentials were sent
│   ├── SessionEnded     the token is bad, expired or revoked
│   └── BadCredentials   the email and the password do not belong together
├── NotAllowed           visible to the caller, but not theirs to change
├── NotFound             absent, or not the caller's to see
│   ├── SessionNotFound
│   ├── TaskNotFound
│   └── TeamNotFound
├── Conflict
│   ├── EmailTaken
│   ├── StaleVersion     the item changed since it was read
│   ├── VersionMismatch  it is not the version that the caller asked to change
│   ├── Contention       another transaction holds the item; nothing was written
│   ├── Busy             still in contention after every retry
│   ├── KeyReused        the idempotency key belongs to another request
│   └── InFlight         the same request is being answered right now
├── Throttled            too many attempts in too short a time
├── NotAMember           the person is not, or no longer, in the team
├── Undeliverable        this message can never be delivered, so retrying is useless
├── Gone                 the socket is closed
└── Unavailable          a service that TaskFlow needs did not answer
"""

from typing import ClassVar

from msgspec import Struct

from chalicelib.entities import Task
from chalicelib.i18n import Message, message


class Fault(Struct, frozen=True):
    """One thing wrong with one field; `field` is empty when it is the whole body."""

    field: str
    message: Message


class TaskFlowError(Exception):
    """The root; `message` may be said to the caller, `str(error)` is its English for logs."""

    KEY: ClassVar[str] = "error.internal"

    def __init__(self, message: Message | None = None) -> None:
        self.message = message or Message(self.KEY)
        super().__init__(str(self.message))


class Invalid(TaskFlowError):
    def __init__(self, *faults: Fault, summary: Message | None = None) -> None:
        super().__init__(summary or faults[0].message)
        self.faults = faults


class Unauthenticated(TaskFlowError):
    pass


class NotSignedIn(Unauthenticated):
    KEY = "error.not_signed_in"


class SessionEnded(Unauthenticated):
    KEY = "error.session_ended"


class BadCredentials(Unauthenticated):
    KEY = "error.bad_credentials"


class NotAllowed(TaskFlowError):
    KEY = "error.not_allowed"


class NotFound(TaskFlowError):
    KEY = "error.not_found"


class SessionNotFound(NotFound):
    KEY = "error.session_not_found"


class TaskNotFound(NotFound):
    KEY = "error.task_not_found"


class TeamNotFound(NotFound):
    KEY = "error.team_not_found"


class Conflict(TaskFlowError):
    pass


class EmailTaken(Conflict):
    KEY = "error.email_taken"


class StaleVersion(Conflict):
    KEY = "error.stale_version"


class VersionMismatch(Conflict):
    KEY = "error.stale_version"

    def __init__(self, current: Task) -> None:
        super().__init__()
        self.current = current


class Contention(Conflict):
    KEY = "error.contention"


class Busy(Conflict):
    KEY = "error.busy"


class KeyReused(Conflict):
    KEY = "error.key_reused"


class InFlight(Conflict):
    KEY = "error.in_flight"


class Throttled(TaskFlowError):
    """`seconds` from now it may be tried again."""

    def __init__(self, seconds: int) -> None:
        minutes, is_short = -(-seconds // 60), seconds < 60  # noqa: PLR2004 - a minute
        said = (
            message("error.throttled_seconds", count=seconds)
            if is_short
            else message("error.throttled_minutes", count=minutes)
        )
        super().__init__(said)
        self.seconds = seconds


class NotAMember(TaskFlowError):
    KEY = "error.not_a_member"


class Undeliverable(TaskFlowError):
    KEY = "error.undeliverable"


class Gone(TaskFlowError):
    KEY = "error.gone"


class Unavailable(TaskFlowError):
    KEY = "error.unavailable"
