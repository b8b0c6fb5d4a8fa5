"""The keys that sign tokens, from SSM: a SecureString that the deployment created."""

import json
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import errors, logs
from chalicelib.config import BadSetting, settings


def document() -> Any:
    """The parameter's JSON, freshly read.

    Raises Unavailable when SSM does not answer or has no such parameter: without keys nothing
    can be signed or verified. Raises BadSetting when it is not JSON.
    """
    name = settings().jwt_key_parameter
    try:
        answer = _client().get_parameter(Name=name, WithDecryption=True)
    except (ClientError, BotoCoreError) as error:
        logs.failure("signing_keys_unreadable", parameter=name)
        raise errors.Unavailable from error
    try:
        return json.loads(answer["Parameter"]["Value"])
    except ValueError as error:
        raise BadSetting(f"The parameter {name} is not JSON") from error


@cache
def _client() -> Any:
    session = botocore.session.get_session()
    config = Config(
        connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return session.create_client("ssm", settings().region, config=config)
