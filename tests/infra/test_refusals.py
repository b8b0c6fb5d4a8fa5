"""What a person reads when AWS does not do what a command asked of it."""

from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra import refusals
from infra.progress import Failure
from tests.stack import free_port

AT_ONCE = Config(retries={"total_max_attempts": 1})


def refused(code: str, message: str = "so it is") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutParameter")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell without credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("nobody")
def test_whoever_is_not_signed_in_is_told_how() -> None:
    client = boto3.Session(region_name="eu-central-1").client("sts", config=AT_ONCE)

    with (
        pytest.raises(Failure, match=r"Unable to locate credentials\. Sign in .*aws sso login"),
        refusals.told(None),
    ):
        client.get_caller_identity()


def test_emulator_that_is_not_there_is_named() -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    client = boto3.Session("a", "b", region_name="eu-central-1").client(
        "sts", endpoint_url=endpoint, config=AT_ONCE
    )

    with (
        pytest.raises(Failure, match=f"Nothing answers at {endpoint} .*: start the emulator"),
        refusals.told(endpoint),
    ):
        client.get_caller_identity()


def test_network_that_is_down_is_told_from_missing_credentials() -> None:
    session = boto3.Session("a", "b", region_name="eu-central-1")
    client = session.client("sts", endpoint_url=f"http://127.0.0.1:{free_port()}", config=AT_ONCE)

    with (
        pytest.raises(Failure, match=r"AWS cannot be reached .*: look at the network"),
        refusals.told(None),
    ):
        client.get_caller_identity()


@pytest.mark.parametrize("code", sorted(refusals.UNKNOWN))
def test_sign_in_that_is_over_is_begun_anew(code: str) -> None:
    said = refusals.sentence(refused(code), None)

    assert said.startswith(
        f"AWS does not accept these credentials, PutParameter: so it is ({code}). Sign in"
    )


@pytest.mark.parametrize("code", sorted(refusals.FORBIDDEN))
def test_missing_permission_is_named_by_its_call(code: str) -> None:
    said = refusals.sentence(refused(code, "not authorized to perform: ssm:PutParameter."), None)

    assert said == (
        "These credentials may not do that, PutParameter: not authorized to perform:"
        f" ssm:PutParameter ({code}). Ask for the permission, or name a profile that has it by"
        " AWS_PROFILE."
    )


def test_any_other_refusal_is_told_as_it_is() -> None:
    assert refusals.sentence(refused("Odd", ""), None) == (
        "AWS refused PutParameter: no reason given (Odd)."
    )
