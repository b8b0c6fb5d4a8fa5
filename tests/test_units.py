"""Ids, clock, settings and logs."""

import json
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import clock, config, ids, logs
from tests.conftest import Time

ENVIRONMENT = {
    "TASKFLOW_STAGE": "dev",
    "AWS_REGION": "eu-central-1",
    "TABLE_PREFIX": "taskflow-",
    "JWT_KEY_PARAMETER": "/taskflow/jwt-keys",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 253_370_764_800_000_000).map(lambda us: EPOCH + timedelta(microseconds=us))


def test_ids_are_uuid7_and_ascend_within_one_millisecond(now: Time) -> None:
    made = [ids.new() for _ in range(1000)]

    assert all(map(ids.is_uuid7, made))
    assert made == sorted(set(made))
    assert {uuid.UUID(each).int >> 80 for each in made} == {clock.milliseconds(now.now)}


def test_ids_go_on_ascending_when_the_clock_moves(now: Time) -> None:
    earlier = ids.new()
    now.advance(milliseconds=1)

    assert earlier < ids.first_at(now.now) <= ids.new()


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "01934b5e-0000-4000-8000-000000000000", "01934B5E-0000-7000-8000-00000000000A"),
        *("01934b5e000070008000000000000000", "{01934b5e-0000-7000-8000-000000000000}"),
        *(
            "01934b5e-0000-7000-8000-000000000000\n",
            "urn:uuid:01934b5e-0000-7000-8000-000000000000",
        ),
    ],
)
def test_other_texts_are_no_uuid7(text: str) -> None:
    assert not ids.is_uuid7(text)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("TF-1", ("TF", 1)),
        ("OPS2-999999999999", ("OPS2", 999_999_999_999)),
        *((text, None) for text in ("TF-0", "TF-01", "tf-1", "TF-", "-1", "T-1", "TF-1\n", "2F-1")),
        *((text, None) for text in ("TF-1000000000000", "TF-٣", "TF--1", "TF-1.0", "", "TF 1")),
    ],
)
def test_task_id_is_a_team_and_a_number(text: str, parsed: tuple[str, int] | None) -> None:
    assert ids.parse_task(text) == parsed


@given(moment=MOMENTS)
def test_milliseconds_and_moments_are_inverse(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    assert clock.moment(clock.milliseconds(moment)) == whole


def test_time_is_in_whole_milliseconds_and_can_be_set() -> None:
    moment = datetime(2026, 11, 23, 23, 59, 59, 999_999, tzinfo=UTC)
    with clock.running(lambda: moment):
        assert clock.now().microsecond == 999_000
        assert (clock.today().isoformat(), clock.seconds()) == ("2026-11-23", 1_795_478_399)

    assert clock.now().tzinfo is UTC


def test_settings_have_defaults_where_a_deployment_need_not_decide() -> None:
    settings = config.read(ENVIRONMENT | {"PUBLIC_URL": "https://taskflow.test/"})

    assert (settings.token_hours, settings.bcrypt_cost) == (24, 12)
    assert settings.public_url == "https://taskflow.test"


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_setting_is_named(name: str, value: str | None) -> None:
    environment = {key: text for key, text in ENVIRONMENT.items() if key != name}
    if value is not None:
        environment[name] = value

    with pytest.raises(config.BadSetting, match=name):
        config.read(environment)


@pytest.mark.parametrize("name", ["TOKEN_HOURS", "BCRYPT_COST"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "99999"])
def test_unusable_number_is_named(name: str, value: str) -> None:
    with pytest.raises(config.BadSetting, match=f"{name} must be a whole number"):
        config.read(ENVIRONMENT | {name: value})


def test_setting_that_one_function_needs_is_named_when_it_is_missing() -> None:
    with pytest.raises(config.BadSetting, match="MAIL_QUEUE_URL"):
        config.read(ENVIRONMENT).required("mail_queue_url")


def test_event_is_one_line_of_json(log: Callable[[], list[dict[str, Any]]], now: Time) -> None:
    logs.event("task_renamed", task_id="TF-1", title="two\nlines")

    assert log() == [
        {
            "at": "2026-11-23T12:00:00.000Z",
            "level": "info",
            "event": "task_renamed",
            "task_id": "TF-1",
            "title": "two\nlines",
        }
    ]


def test_failure_carries_the_traceback(log: Callable[[], list[dict[str, Any]]]) -> None:
    with pytest.raises(ZeroDivisionError):
        _divide_and_tell()

    (line,) = log()
    assert (line["level"], line["event"], line["task_id"]) == ("error", "task_not_renamed", "TF-1")
    assert line["traceback"].endswith("ZeroDivisionError: division by zero")


def test_configured_log_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("taskflow")
    former = logger.handlers[:], logger.propagate, logger.level
    try:
        logs.configure()
        logs.event("something_happened")
    finally:
        logger.handlers[:], logger.propagate = former[:2]
        logger.setLevel(former[2])

    assert json.loads(capsys.readouterr().out)["event"] == "something_happened"


def _divide_and_tell() -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logs.failure("task_not_renamed", task_id="TF-1")
        raise
