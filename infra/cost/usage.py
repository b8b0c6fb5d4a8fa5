"""The model of use: what a person does on a working day, and what that makes of AWS in a month."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import msgspec

from infra.package import ROOT
from infra.progress import Failure

UNITS = ROOT / "docs" / "units.json"
WORKING_DAYS = 21
# Of a team of ten, how many have a socket open when something changes.
LISTENING = 8
SOCKET_MINUTES = 360
PING_MINUTES = 4
MONTHS_OF_DATA = 12

# How often a person does what in a day: the row of docs/units.json, and the number.
DAY = {
    "POST /api/auth/login": 1.0,
    "GET /admin": 5.0,
    "GET /api/tasks": 12.0,
    "GET /api/tasks ?status=pending": 8.0,
    "GET /api/tasks ?assigned_to=me": 5.0,
    "GET /api/tasks ?q=certificate": 2.0,
    "GET /api/tasks/{id}": 12.0,
    "GET /api/dashboard/stats, tables": 4.0,
    "GET /api/dashboard/stats, cache": 4.0,
    "GET /api/changes": 2.0,
    "GET /api/teams/{key}/members": 4.0,
    "POST /api/live/ticket": 5.0,
    "POST /api/tasks with assignee and due date": 3.0,
    "PATCH /api/tasks/{id} status": 5.0,
    "PATCH /api/tasks/{id} status, assignee, due date": 2.0,
    "DELETE /api/tasks/{id}": 0.2,
    "socket: connect": 5.0,
    "socket: hello, nothing missed": 5.0,
    "socket: ping": SOCKET_MINUTES / PING_MINUTES,
    "socket: presence to 10 sockets": 20.0,
    "socket: disconnect": 5.0,
    "mailer: one mail": 2.0,
}
CHANGES = (
    "POST /api/tasks with assignee and due date",
    "PATCH /api/tasks/{id} status",
    "PATCH /api/tasks/{id} status, assignee, due date",
    "DELETE /api/tasks/{id}",
)
CREATED = CHANGES[0]
# Scripts and styles are fetched once after a deployment, and kept.
FILES_A_DAY = 1.0
METHODS = ("GET", "POST", "PATCH", "DELETE")
PRESENCE, SOCKETS_MEASURED = "socket: presence to 10 sockets", 10
# What a change makes the outbox do: tell the sockets, and with a new task write its words.
PUSH, INDEX = "outbox: push to 10 sockets", "outbox: index a new task"

# Of functions: memory in GB; how long DynamoDB takes to answer a call, which is waited for. CPU was
# measured on a whole core, which 1,769 MB have, and less has in proportion.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
API_GB, OTHER_GB = 1769 / 1024, 512 / 1024
TRIP_MS = 4.0
# Starts of functions: one invocation in so many, at so much CPU.
STARTS_EVERY, START_MS = 500, 260.0

# Bytes: what an answer has with its headers, and a frame; what Lambda and the gateway log of an
# invocation; what a month leaves behind. A task stands in its table and in three indexes.
ANSWER_BYTES, FRAME_BYTES = 6_000, 1_000
LOG_BYTES = 900
TASK_BYTES, TASK_COPIES = 700, 4
ACTIVITY_BYTES = 1_000
WORDS_BYTES = 1_500
GB = 1024**3
ARTIFACTS_BYTES = 10 * 4 * 1024**2
LOGS_KEPT_MONTHS = 1

ALARMS = 10
# Lambda asks an empty queue with five pollers that wait for 20 s.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
REQUESTS_A_MAIL = 2
POLLS = 5 * 3 * 60 * 730


class Row(msgspec.Struct, frozen=True):
    """One request: round trips to DynamoDB, its units, and milliseconds of CPU."""

    round_trips: int
    reads: float
    writes: float
    cpu: float


@dataclass(frozen=True)
class Month:
    """What AWS counts in a month; the names are those of the price list."""

    reads: float = 0.0
    writes: float = 0.0
    stored_gb: float = 0.0
    pitr_gb: float = 0.0
    gb_seconds: float = 0.0
    invocations: float = 0.0
    requests: float = 0.0
    messages: float = 0.0
    socket_minutes: float = 0.0
    mails: float = 0.0
    log_gb: float = 0.0
    log_stored_gb: float = 0.0
    alarms: float = 0.0
    queue_requests: float = 0.0
    notices: float = 0.0
    out_gb: float = 0.0
    artifact_gb: float = 0.0


def measured() -> Mapping[str, Row]:
    """The units that `make bench` wrote; raises Failure when a row of the model is missing."""
    try:
        rows = msgspec.json.decode(UNITS.read_bytes(), type=dict[str, Row])
    except (OSError, msgspec.MsgspecError) as error:
        raise Failure(f"docs/units.json cannot be used; run `make bench`: {error}") from error
    missing = {*DAY, PUSH, INDEX} - rows.keys()
    if missing:
        raise Failure(f"docs/units.json lacks {', '.join(sorted(missing))}: run `make bench`.")
    return rows


def month(people: int, rows: Mapping[str, Row]) -> Month:
    """A month of so many people in teams of ten, with the data of a year."""
    listening = min(people, LISTENING)
    done = _done(people, listening)
    created, changed = done[CREATED], sum(done[name] for name in CHANGES)
    requests = sum(times for name, times in done.items() if name.startswith(METHODS))
    requests += FILES_A_DAY * people * WORKING_DAYS
    others = sum(times for name, times in done.items() if name.startswith(("socket", "mailer")))
    invocations = requests + others + changed
    frames = _frames(done, changed, listening)
    logged = invocations * LOG_BYTES / GB
    starts = invocations / STARTS_EVERY * START_MS / 1000 * API_GB
    kept = created * TASK_BYTES + changed * ACTIVITY_BYTES
    copied = created * (TASK_BYTES * TASK_COPIES + WORDS_BYTES) + changed * ACTIVITY_BYTES
    return Month(
        reads=sum(rows[name].reads * times for name, times in done.items()),
        writes=sum(rows[name].writes * times for name, times in done.items()),
        stored_gb=copied * MONTHS_OF_DATA / GB,
        pitr_gb=kept * MONTHS_OF_DATA / GB,
        gb_seconds=_gb_seconds(done, rows) + starts,
        invocations=invocations,
        requests=requests,
        messages=frames,
        socket_minutes=SOCKET_MINUTES * people * WORKING_DAYS,
        mails=done["mailer: one mail"],
        log_gb=logged,
        log_stored_gb=logged * LOGS_KEPT_MONTHS,
        alarms=ALARMS,
        queue_requests=POLLS + REQUESTS_A_MAIL * done["mailer: one mail"],
        out_gb=(requests * ANSWER_BYTES + frames * FRAME_BYTES) / GB,
        artifact_gb=ARTIFACTS_BYTES / GB,
    )


def _done(people: int, listening: int) -> dict[str, float]:
    """How often a month each row of the units happens."""
    daily = {name: times * people for name, times in DAY.items()}
    # These rows are for ten sockets; what is read goes with how many there are.
    share = listening / SOCKETS_MEASURED
    daily[PUSH] = sum(daily[name] for name in CHANGES) * share
    daily[PRESENCE] *= share
    daily[INDEX] = daily[CREATED]
    return {name: times * WORKING_DAYS for name, times in daily.items()}


def _frames(done: Mapping[str, float], changed: float, listening: int) -> float:
    """Frames in either direction. Who comes, goes or opens a task is told to all who listen."""
    hellos, byes = done["socket: hello, nothing missed"], done["socket: disconnect"]
    shown = done[PRESENCE] * SOCKETS_MEASURED / max(1, listening)
    return (
        done["socket: ping"] * 2
        + hellos * (2 + listening)
        + byes * max(0, listening - 1)
        + shown * (1 + listening)
        + changed * listening
    )


def without_allowances_that_stand(used: Month) -> Month:
    """Less what AWS gives each account every month for good: ten alarms, a million queue requests.

    https://aws.amazon.com/cloudwatch/pricing/ and https://aws.amazon.com/sqs/pricing/
    """
    values = {each.name: getattr(used, each.name) for each in fields(Month)}
    values["alarms"] = max(0.0, values["alarms"] - 10)
    values["queue_requests"] = max(0.0, values["queue_requests"] - 1_000_000)
    return Month(**values)


def memory(name: str) -> float:
    """Of the function that does it, in GB."""
    return OTHER_GB if name.startswith(("socket", "outbox", "mailer")) else API_GB


def milliseconds(row: Row, gigabytes: float) -> float:
    """How long a request takes in a function of that size: its CPU's share, and the answers."""
    return row.cpu / min(1.0, gigabytes * 1024 / 1769) + row.round_trips * TRIP_MS


def _gb_seconds(done: Mapping[str, float], rows: Mapping[str, Row]) -> float:
    total = 0.0
    for name, times in done.items():
        gigabytes = memory(name)
        total += times * milliseconds(rows[name], gigabytes) / 1000 * gigabytes
    return total
