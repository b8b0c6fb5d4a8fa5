"""Everything that can go wrong, as facts; which status code each becomes is api/problems.py's business.

TaskFlowError
├── Invalid              what was sent breaks a rule; carries every fault found
├── Unauthenticated
│   ├── NotSignedIn      no usable credentials were sent
│   ├── SessionEnded     the token is bad, expired or revoked
│   └── BadCredentials   the email and the password do not belong together
├── NotAllowed           visible to the caller, but not theirs to change
├── NotFound             absent, or not the caller's to see
│   ├── TaskNotFound
│   └── TeamNotFound
├── Conflict
│   ├── EmailTaken
│   ├── StaleVersion     the item changed since it was read
│   ├── VersionMismatch  it is not the version that the caller asked to change
│   ├── Contention       another transaction holds the item; nothing was written
│   └── Busy             still in contention after every retry
├── NotAMember           the person is not, or no longer, in the team
├── Undeliverable        this message can never be delivered, so retrying is useless
├── Gone                 the socket is closed
└── Unavailable          a service that TaskFlow needs did not answer
"""

from dataclasses import dataclass

from chalicelib.entities import Task


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field; `field` is empty when it is the whole body."""

    field: str
    message: str


class TaskFlowError(Exception):
    """The root; `str(error)` is a sentence that may be shown to the caller."""


class Invalid(TaskFlowError):
    def __init__(self, *faults: Fault, summary: str = "") -> None:
        super().__init__(summary or faults[0].message)
        self.faults = faults


class Unauthenticated(TaskFlowError):
    pass


class NotSignedIn(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("Authentication required")


class SessionEnded(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("Invalid or expired token")


class BadCredentials(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("Invalid credentials")


class NotAllowed(TaskFlowError):
    def __init__(self, message: str = "Not allowed") -> None:
        super().__init__(message)


class NotFound(TaskFlowError):
    def __init__(self, message: str = "Not found") -> None:
        super().__init__(message)


class TaskNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("Task not found")


class TeamNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("Team not found")


class Conflict(TaskFlowError):
    pass


class EmailTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("Email already registered")


class StaleVersion(Conflict):
    def __init__(self) -> None:
        super().__init__("The task was changed by someone else")


class VersionMismatch(Conflict):
    def __init__(self, current: Task) -> None:
        super().__init__("The task was changed by someone else")
        self.current = current


class Contention(Conflict):
    def __init__(self) -> None:
        super().__init__("Someone else is changing this right now")


class Busy(Conflict):
    def __init__(self) -> None:
        super().__init__("Too many people are changing this at once. Please try again")


class NotAMember(TaskFlowError):
    def __init__(self) -> None:
        super().__init__("Assignee must be a member of the team")


class Undeliverable(TaskFlowError):
    pass


class Gone(TaskFlowError):
    def __init__(self) -> None:
        super().__init__("The socket is closed")


class Unavailable(TaskFlowError):
    def __init__(self) -> None:
        super().__init__("Temporarily unavailable. Please try again")
