"""Why AWS did not do what a command asked of it, as a sentence that says what to do."""

import contextlib
from collections.abc import Iterator
from typing import Any

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from infra.progress import Failure

SIGN_IN = (
    "Sign in (`aws sso login`, or `aws configure`), name the profile by AWS_PROFILE, and try"
    " `aws sts get-caller-identity`"
)
# What is wrong before anybody was asked: no credentials, or a sign-in that is over.
UNSIGNED = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.TokenRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.SSOError,
    exceptions.ProfileNotFound,
    exceptions.ConfigParseError,
)
# How services call credentials that are no good.
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
UNKNOWN = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
FORBIDDEN = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
)
UNREACHED = (exceptions.ConnectionError, exceptions.HTTPClientError)


@contextlib.contextmanager
def told(endpoint: str | None) -> Iterator[None]:
    """Turn what AWS, or the emulator at the endpoint, refuses inside the block into a Failure."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Failure(sentence(error, endpoint)) from error


def sentence(error: BotoCoreError | ClientError, endpoint: str | None) -> str:
    """What is wrong, and what to do about it."""
    if isinstance(error, ClientError):
        return _refused(error)
    said = str(error).rstrip(".")
    if isinstance(error, UNSIGNED):
        return f"{said}. {SIGN_IN}."
    if not isinstance(error, UNREACHED):
        return f"AWS could not be asked: {said}."
    if endpoint:
        return (
            f"Nothing answers at {endpoint} ({said}): start the emulator there, or leave ENDPOINT"
            " and AWS_ENDPOINT_URL out to mean AWS."
        )
    return f"AWS cannot be reached ({said}): look at the network, and at the region's name."


def _refused(error: ClientError) -> str:
    found: Any = error.response.get("Error", {})
    code, message = found.get("Code", ""), str(found.get("Message", "")).rstrip(".")
    said = f"{error.operation_name}: {message or 'no reason given'} ({code})"
    if code in UNKNOWN:
        return f"AWS does not accept these credentials, {said}. {SIGN_IN}."
    if code in FORBIDDEN:
        return (
            f"These credentials may not do that, {said}. Ask for the permission, or name a profile"
            " that has it by AWS_PROFILE."
        )
    return f"AWS refused {said}."
