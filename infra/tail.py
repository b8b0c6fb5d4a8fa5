"""What the functions log, as lines for people: one event a line, newest last."""

import json
import re
import time
from http import HTTPStatus
from typing import Any

from infra.stack import Stack

# Where the emulator unpacks a function; the rest of the path is the repository's.
UNPACKED = re.compile(r"/[^\"]*/ministack-lambda-[^/]+/(code/)?")
# Lambda's own lines around every call.
CHATTER = ("START RequestId:", "END RequestId:", "REPORT RequestId:")
LOOK_BACK_MILLISECONDS = 5_000


class Tail:
    """Reads every function's log group, from the millisecond `since` on or from now.

    With `wanted`, only what has that text in it, in whatever case.
    """

    def __init__(self, stack: Stack, *, since: int | None = None, wanted: str = "") -> None:
        self._logs = stack.client("logs")
        self._groups = {
            f"/aws/lambda/{name}": function for function, name in stack.functions().items()
        }
        self._since = int(time.time() * 1000) if since is None else since
        self._wanted = wanted.lower()
        self._seen: set[tuple[str, int, str]] = set()

    def lines(self) -> list[str]:
        """The lines since the last call. Events arrive late, so it looks back and drops repeats."""
        now = int(time.time() * 1000)
        events = [event for group in self._groups for event in self._events(group)]
        self._since = max(self._since, now - LOOK_BACK_MILLISECONDS)
        self._seen = {key for key in self._seen if key[1] >= self._since}
        events.sort(key=lambda event: event["timestamp"])
        return [event["line"] for event in events]

    def _events(self, group: str) -> list[dict[str, Any]]:
        found = []
        pages = self._logs.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, startTime=self._since):
            for event in page["events"]:
                # The emulator's events have no id of their own.
                key = (event["logStreamName"], event["timestamp"], event["message"])
                if key in self._seen:
                    continue
                self._seen.add(key)
                if self._wanted not in event["message"].lower():
                    continue
                line = readable(event["message"], event["timestamp"], self._groups[group])
                if line:
                    found.append({"timestamp": event["timestamp"], "line": line})
        return found


def readable(message: str, timestamp: int, function: str) -> str:
    """One log message as a line; nothing for what Lambda says by itself."""
    text = message.rstrip()
    if not text or text.startswith(CHATTER):
        return ""
    try:
        event = json.loads(text)
    except ValueError:
        event = text
    sentence = _sentence(event) if isinstance(event, dict) else f"{function}: {text}"
    at = time.strftime("%H:%M:%S", time.localtime(timestamp / 1000))
    return f"{at}  {sentence}" if sentence else ""


def _sentence(event: dict[str, Any]) -> str:
    name = event.get("event", "")
    if name == "request_answered":
        return _request(event)
    if name == "change_pushed" and not event.get("sockets"):
        return ""
    facts = "  ".join(f"{key}={value}" for key, value in event.items() if _is_telling(key))
    level = event.get("level", "info")
    mark = "" if level == "info" else f"{level.upper()}: "
    lines = [f"{mark}{name.replace('_', ' ')}  {facts}".rstrip()]
    trace = event.get("traceback", "").splitlines()
    lines += [f"          {UNPACKED.sub('', line)}" for line in trace]
    return "\n".join(lines)


def _request(event: dict[str, Any]) -> str:
    if event["route"].startswith("/static/") and event["status"] == HTTPStatus.OK:
        return ""
    return (
        f"{event['method']:6} {event['route']}  {event['status']}  {event['milliseconds']:.0f} ms"
    )


def _is_telling(key: str) -> bool:
    return key not in {"at", "level", "event", "traceback"} and not key.endswith("_id")
