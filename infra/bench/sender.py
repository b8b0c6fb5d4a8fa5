"""Requests to the app in this process, as one of the team and as API Gateway sends them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import app
from infra.bench import events
from infra.bench.people import Person
from infra.progress import Failure


@dataclass(frozen=True)
class Reply:
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Sender:
    """Sends as the first of the people; an unexpected answer ends the bench."""

    people: Sequence[Person]

    @property
    def person(self) -> Person:
        return self.people[0]

    @property
    def others(self) -> Sequence[Person]:
        return self.people[1:]

    def __call__(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        expected: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        identity = headers if headers and "Cookie" in headers else self._bearer(headers)
        answer = app.app(events.http(method, target, body, identity), None)
        if answer["statusCode"] != expected:
            raise Failure(
                f"{method} {target} answered {answer['statusCode']}, not {expected}:"
                f" {answer['body'][:300]}"
            )
        return Reply(answer["headers"], answer["body"])

    def create(self, body: object) -> str:
        """Create a task and return its path."""
        return self("POST", "/api/tasks", body, expected=201).headers["Location"]

    def newest(self) -> str:
        """The id of the newest task."""
        task_id: str = self("GET", "/api/tasks?limit=1").json["tasks"][0]["id"]
        return task_id

    def statistics(self, source: str) -> Any:
        """The statistics, which must come from where they are expected to come from."""
        answer = self("GET", "/api/dashboard/stats").json
        if answer["source"] != source:
            raise Failure(f"Statistics came from the {answer['source']}, not from the {source}.")
        return answer

    def _bearer(self, headers: Mapping[str, str] | None) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.person.token}", **(headers or {})}
