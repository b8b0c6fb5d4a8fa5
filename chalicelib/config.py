"""Settings: read once from the environment, into a frozen object."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


class BadSetting(Exception):
    """A setting is missing or unusable; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment decides.

    The last seven are empty on the functions that do not need them; `required` fails by
    name where one is needed and empty. `throttle_factor` multiplies every limit of
    services/throttles.py: 1 for people, more where programs try TaskFlow out.
    """

    stage: str
    region: str
    table_prefix: str
    jwt_key_parameter: str
    token_hours: int
    bcrypt_cost: int
    throttle_factor: int
    socket_url: str
    socket_endpoint: str
    public_url: str
    mail_queue_url: str
    failed_queue_url: str
    push_function: str
    mail_from: str
    mail_configuration: str

    def required(self, name: str) -> str:
        """The value of the setting `name`, or BadSetting if this function was given none."""
        value = str(getattr(self, name))
        if not value:
            raise BadSetting(f"The environment variable {name.upper()} is missing")
        return value


@cache
def settings() -> Settings:
    """The settings of this process; raises BadSetting by name."""
    return read(os.environ)


def read(environment: Mapping[str, str]) -> Settings:
    return Settings(
        stage=_text(environment, "TASKFLOW_STAGE"),
        region=_text(environment, "AWS_REGION"),
        table_prefix=_text(environment, "TABLE_PREFIX"),
        jwt_key_parameter=_text(environment, "JWT_KEY_PARAMETER"),
        token_hours=_number(environment, "TOKEN_HOURS", default=24, lowest=1, highest=24 * 30),
        bcrypt_cost=_number(environment, "BCRYPT_COST", default=12, lowest=4, highest=16),
        throttle_factor=_number(
            environment, "THROTTLE_FACTOR", default=1, lowest=1, highest=10_000
        ),
        socket_url=environment.get("SOCKET_URL", ""),
        socket_endpoint=environment.get("SOCKET_ENDPOINT", ""),
        public_url=environment.get("PUBLIC_URL", "").rstrip("/"),
        mail_queue_url=environment.get("MAIL_QUEUE_URL", ""),
        failed_queue_url=environment.get("FAILED_QUEUE_URL", ""),
        push_function=environment.get("PUSH_FUNCTION", ""),
        mail_from=environment.get("MAIL_FROM", ""),
        mail_configuration=environment.get("MAIL_CONFIGURATION", ""),
    )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise BadSetting(f"The environment variable {name} is missing")
    return value


def _number(
    environment: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int
) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise BadSetting(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}")
    return int(text)
