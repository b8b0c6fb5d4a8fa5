"""The functions' logs as people read them."""

import json
import time

import pytest

from infra.tail import readable

AT = 1_795_424_400_000
CLOCK = time.strftime("%H:%M:%S", time.localtime(AT / 1000))


def line(**event: object) -> str:
    return readable(json.dumps(event), AT, "Outbox")


def test_request_is_one_short_line() -> None:
    event = {"method": "GET", "route": "/api/tasks/{id}", "status": 404, "milliseconds": 6.71}

    assert line(event="request_answered", request_id="r-1", **event) == (
        f"{CLOCK}  GET    /api/tasks/{{id}}  404  7 ms"
    )


def test_event_reads_as_words_without_its_ids() -> None:
    assert line(event="mail_sent", level="info", user_id="u-1", at="…") == f"{CLOCK}  mail sent"


def test_failure_names_the_place_in_the_repository() -> None:
    trace = 'Traceback:\n  File "/tmp/x/ministack-lambda-api-ab/code/chalicelib/ids.py", line 5'

    text = line(event="request_failed", level="error", path="/", traceback=trace)

    assert text == (
        f"{CLOCK}  ERROR: request failed  path=/\n"
        '          Traceback:\n            File "chalicelib/ids.py", line 5'
    )


def test_what_is_no_event_is_shown_with_its_function() -> None:
    assert readable("Segmentation fault\n", AT, "Mailer") == f"{CLOCK}  Mailer: Segmentation fault"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "START RequestId: 1 Version: $LATEST",
        "END RequestId: 1",
        "REPORT RequestId: 1\tDuration: 5 ms",
        json.dumps({"event": "change_pushed", "sockets": 0}),
        json.dumps(
            {
                "event": "request_answered",
                "method": "GET",
                "route": "/static/{version}/{path}",
                "status": 200,
                "milliseconds": 1.0,
            }
        ),
    ],
)
def test_what_tells_nothing_is_left_out(message: str) -> None:
    assert readable(message, AT, "APIHandler") == ""
