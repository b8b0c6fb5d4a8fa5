"""How large pages and catalogues are on the wire, with a team of ten; as JSON for sizes.mjs."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from chalicelib import VERSION, i18n
from chalicelib.api import static_files
from chalicelib.delivery import templates

HASH = "0123456789abcdef"
STATUSES = ("pending", "in_progress", "completed", "cancelled")
NOW = "2026-11-23T08:00:00.000Z"


def main(shipped: Path) -> None:
    static_files._FOLDER = shipped  # noqa: SLF001 - as it ships, which is not as it is written
    form = {"next": "", "email": "", "name": "", "errors": {}, "message": ""}
    boot = _boot()
    pages: dict[str, dict[str, Any]] = {
        "dashboard": {
            "boot": boot,
            "user": boot["user"],
            "view": "board",
            "modules": static_files.modules("js/dashboard.js", "js/boardview.js"),
        },
        "login": form,
        "register": form,
    }
    texts = [static_files.read(f"locales/{language}.json") or "" for language in i18n.Language]
    sizes = {
        "pages": {name: _size(name, context) for name, context in pages.items()},
        "sheets": {name: _zipped(static_files.read(name) or "") for name in static_files.sheets()},
        "texts": max(_zipped(each) for each in texts),
    }
    print(json.dumps(sizes))


def _size(name: str, context: dict[str, Any]) -> int:
    html = templates.render(
        f"{name}.html",
        link=str,
        static=lambda path: f"/static/{HASH}/{path}",
        theme="",
        language="en",
        version=VERSION,
        **context,
    )
    return _zipped(html)


def _zipped(text: str) -> int:
    return len(gzip.compress(text.encode(), 6))


def _boot() -> dict[str, Any]:
    people = [_person(number) for number in range(10)]
    tasks = [_task(number, people[number % 10]["id"]) for number in range(48)]
    counts = ("total_tasks", "pending", "in_progress", "completed", "cancelled", "overdue")
    return {
        "base": "",
        "version": VERSION,
        "user": people[0] | {"created_at": NOW, "language": "en", "time_zone": None, "theme": None},
        "team": {"key": "TF", "name": "TaskFlow", "role": "member"},
        "members": people,
        "stats": dict.fromkeys(counts, 1234) | {"total_users": 10},
        "tasks": tasks,
        "first": 12,
        "changes": [_change(task, people[0]) for task in tasks[:10]],
        "cursor": people[0]["id"],
    }


def _person(number: int) -> dict[str, str]:
    # As unlike each other as ids of real people are: what repeats would compress away.
    id_ = f"01a2079a-{number * 40503 % 65536:04x}-7a29-8cce-{hash(number * 7919) * 104729:012x}"
    return {
        "id": id_,
        "name": f"Person {number}",
        "email": f"p{number}@example.com",
        "role": "member",
    }


def _task(number: int, person: str) -> dict[str, Any]:
    return {
        "id": f"TF-{number}",
        "team": "TF",
        "title": f"A title of the usual length, number {number * 7919}",
        "status": STATUSES[number % 4],
        "priority": "medium",
        "created_by": person,
        "assigned_to": person,
        "due_date": f"2026-12-{number % 20 + 10}",
        "completed_at": None,
        "created_at": f"2026-11-{number % 28 + 1:02}T{number * 7919 % 86400 // 3600:02}:00:00.{number * 131:03}Z",
        "updated_at": f"2026-11-{number % 28 + 1:02}T{number * 104729 % 86400 // 3600:02}:30:00.{number * 17:03}Z",
        "version": number,
        "rank": f"{number * 7919:08x}",
    }


def _change(task: dict[str, Any], actor: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "task_update",
        "action": "updated",
        "task": task,
        "actor": {"id": actor["id"], "name": actor["name"]},
        "changed": ["status"],
        "id": task["assigned_to"],
        "at": NOW,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
