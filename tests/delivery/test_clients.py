"""What leaves TaskFlow does not wait long, and what fails is ours to name."""

from typing import Any

import pytest

from chalicelib.delivery import clients, email, push, queues
from chalicelib.errors import Gone, Unavailable, Undeliverable
from chalicelib.storage import connection
from tests import faults
from tests.conftest import Pushed

MAIL = email.Mail(to="bob@example.com", subject="Hello", text="Hello", html="<p>Hello</p>")
# A Lambda has 30 s or more; API Gateway gives a request 29.
MOST_SECONDS = 15


def test_no_client_waits_longer_than_its_function(aws: Any) -> None:
    for client in (
        connection.shared().client,
        clients.mail(),
        clients.queues(),
    ):
        config = client.meta.config
        attempts = config.retries["total_max_attempts"]
        assert (config.connect_timeout + config.read_timeout) * attempts <= MOST_SECONDS


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("MessageRejected", Undeliverable),
        ("BadRequestException", Undeliverable),
        ("TooManyRequestsException", Unavailable),
        ("SendingPausedException", Unavailable),
        ("InternalFailure", Unavailable),
    ],
)
def test_refusal_of_a_mail_says_whether_to_try_again(
    code: str, error: type[Exception], aws: Any
) -> None:
    with faults.refused("SendEmail", code), pytest.raises(error):
        email.send(MAIL)


def test_address_that_ses_cannot_read_fails_that_mail_alone(aws: Any) -> None:
    with pytest.raises((Unavailable, Undeliverable)):
        email.send(email.Mail(to=None, subject="x", text="x", html="x"))  # type: ignore[arg-type]


@pytest.mark.parametrize("act", [queues.send_mail_job, queues.set_aside])
def test_queue_that_does_not_answer_is_unavailable(act: Any, aws: Any) -> None:
    with faults.refused("SendMessage", "ServiceUnavailable"), pytest.raises(Unavailable):
        act("{}")


def test_socket_is_gone_or_unavailable(pushed: Pushed) -> None:
    pushed.gone.add("gone")
    pushed.broken.add("broken")

    with pytest.raises(Gone):
        push.send("gone", b"{}")
    with pytest.raises(Unavailable):
        push.send("broken", b"{}")


def test_fan_out_reports_each_socket_that_did_not_take_it(pushed: Pushed) -> None:
    sockets = [f"socket-{number}" for number in range(100)]
    pushed.gone.update(sockets[::10])
    pushed.broken.update(sockets[5::10])

    report = push.send_all(sockets, b'{"type":"pong"}')

    assert (report.gone, report.failed) == (sockets[::10], sockets[5::10])
    assert {target for target, _ in pushed.frames} == set(sockets) - pushed.gone - pushed.broken


def test_fan_out_to_nobody_asks_nobody(aws: Any) -> None:
    assert push.send_all([], b"{}") == push.Report()


def test_closing_a_socket_that_cannot_be_reached_is_no_failure(aws: Any) -> None:
    with faults.refused("DeleteConnection", "ServiceUnavailable") as refused:
        assert push.close(["somewhere"]) == ["somewhere"]

    assert refused.names == ["DeleteConnection"]


def test_closing_a_socket_that_is_closed_is_done(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients.sockets(), "exchange", lambda *_: [410, 204])

    assert push.close(["closed", "open"]) == []
