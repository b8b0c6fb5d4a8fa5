"""`make mail`: what SES would have delivered, as a person would read it."""

import json
import time
import urllib.request
from typing import Any

from infra import state
from infra.emulator import ADDRESS
from infra.progress import Failure, run, say

RULE = "─" * 72


def captured(port: int) -> list[dict[str, Any]]:
    """Everything sent since the emulator started, oldest first."""
    address = f"http://{ADDRESS}:{port}/_ministack/ses/messages"
    with urllib.request.urlopen(address, timeout=5) as answer:
        accounts: dict[str, list[dict[str, Any]]] = json.load(answer)["messages"]
    return [message for messages in accounts.values() for message in messages]


def main() -> None:
    port = state.running_port()
    if port is None:
        raise Failure("TaskFlow is not running; start it with `make run` in another terminal.")
    messages = captured(port)
    for message in messages:
        say(_letter(message))
    say(f"{RULE}\n{len(messages)} sent since the start.")


def _letter(message: dict[str, Any]) -> str:
    sent = time.strftime("%H:%M:%S", time.localtime(message["Timestamp"]))
    head = f"{RULE}\n{sent}  To: {', '.join(message['To'])}\nSubject: {message['Subject']}\n"
    return f"{head}\n{message['BodyText'].strip()}\n"


if __name__ == "__main__":
    run(main)
