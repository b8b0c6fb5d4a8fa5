"""Which stage a command acts on."""

from typing import Any

import pytest

from infra import artifact, package, stages
from infra.progress import Failure


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAIL_FROM", "PUBLIC_URL", "STAGE", "ENDPOINT", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["", "production", "../dev", "dev/", "dev.json"])
def test_stage_must_be_one_of_the_files(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("STAGE", name)

    with pytest.raises(Failure, match="give STAGE=dev or STAGE=prod"):
        stages.chosen()


def test_command_line_adds_to_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("MAIL_FROM", "flow@example.org")

    stage = stages.chosen()

    assert (stage.stack.name, stage.region) == ("taskflow-prod", "eu-central-1")
    assert stage.parameters == {"Stage": "prod", "MailFrom": "flow@example.org"}
    assert stage.stack.endpoint is None


def test_emulator_never_sees_a_persons_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")

    session = stages.chosen().stack.session

    assert session.get_credentials().access_key == "test"


def test_local_stage_needs_a_running_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr("infra.state.running_port", lambda: None)

    with pytest.raises(Failure, match="make run"):
        stages.chosen()


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:7145", "http://", "http://a b"])
def test_emulators_address_must_be_one(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("ENDPOINT", address)

    with pytest.raises(Failure, match=r"such as http://127\.0\.0\.1:7145, not"):
        stages.chosen()


def test_profile_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(Failure, match=r"\(nobody\) could not be found\. Sign in"):
        stages.chosen()


@pytest.mark.parametrize(
    ("stage", "built_for"),
    [("", {}), ("prod", {"architecture": "arm64", "python": "3.11"})],
)
def test_package_is_that_of_the_stage(
    monkeypatch: pytest.MonkeyPatch, stage: str, built_for: dict[str, str]
) -> None:
    asked: list[Any] = []
    here = package.ROOT / "pyproject.toml"
    monkeypatch.setenv("STAGE", stage)
    monkeypatch.setattr(
        package, "build", lambda **options: asked.append(options) or package.Artifact(here, here)
    )

    artifact.main()

    assert asked == [built_for]
