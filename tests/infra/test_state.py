"""What this machine keeps between starts."""

import json
from pathlib import Path

import pytest

from infra import emulator, state
from infra.progress import Failure


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(state, "DIRECTORY", tmp_path / "state")
    monkeypatch.setattr(state, "LOCK", tmp_path / "state" / "lock")


def test_state_belongs_to_one_run_at_a_time() -> None:
    with (
        state.held(7145),
        pytest.raises(Failure, match="already running on port 7145"),
        state.held(7146),
    ):
        pass

    assert state.running_port() is None
    with state.held(7146):
        assert state.running_port() == 7146


def test_reset_refuses_under_a_running_taskflow() -> None:
    with state.held(7145), pytest.raises(Failure, match="running on port 7145; stop it"):
        state.forget()

    assert state.DIRECTORY.exists()


def test_reset_forgets_everything() -> None:
    with state.held(7145):
        (state.DIRECTORY / "demo").touch()

    state.forget()

    assert not state.DIRECTORY.exists()


def test_streams_start_from_their_oldest_record(tmp_path: Path) -> None:
    remembered = tmp_path / "lambda.json"
    positions = {"data": {"account\0region\0mapping": 7}, "scoped": True}
    payload = {"functions": {"a": 1}, "dynamodb_stream_positions": positions}
    remembered.write_text(json.dumps({"format": 2, "payload": payload}))

    emulator.rewind_streams(remembered)

    payload["dynamodb_stream_positions"] = {"data": {}, "scoped": True}
    assert json.loads(remembered.read_text()) == {"format": 2, "payload": payload}


def test_first_start_has_nothing_to_rewind(tmp_path: Path) -> None:
    emulator.rewind_streams(tmp_path / "lambda.json")

    assert not (tmp_path / "lambda.json").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"payload": {}}'])
def test_broken_state_is_said_with_its_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "lambda.json").write_text(content)

    with pytest.raises(Failure, match=r"broken\. `make reset`"):
        emulator.rewind_streams(tmp_path / "lambda.json")
