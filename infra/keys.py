"""`make rotate-key`: a new key signs from now on, and the former one still verifies."""

import json
import os
import time
from typing import Any

from infra import stages
from infra.progress import Failure, run, say, step
from infra.stack import Stack, new_key
from infra.stages import Stage

# config.py's default, for a stack that sets no other.
TOKEN_HOURS = 24


def main() -> None:
    stage = stages.chosen()
    with stages.answers(), step(f"Rotating the signing key of {stage.stack.name}"):
        rotate(stage, int(time.time()))


def rotate(stage: Stage, now: int) -> None:
    """Raises Failure while tokens of the key before the current one may be alive, but for FORCE=1."""
    stack = stage.stack
    ssm = stack.client("ssm")
    try:
        found = ssm.get_parameter(Name=stack.key_parameter, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        raise Failure(
            f"{stack.key_parameter} is not in SSM: `make deploy STAGE={stage.name}` makes the first."
        ) from None
    keys = _keys(stage, found["Value"])
    lifetime = token_hours(stack)
    _require_rest(stage, keys, now, lifetime)
    fresh = {"current": new_key(), "previous": keys["current"], "rotated_at": now}
    stored = ssm.put_parameter(
        Name=stack.key_parameter, Value=json.dumps(fresh), Type="SecureString", Overwrite=True
    )
    if stored["Version"] != found["Version"] + 1:
        raise Failure(
            "Somebody else rotated the key at the same moment. Sessions of the last minutes may"
            " have ended; nothing else is wrong."
        )
    say(
        f"Key {fresh['current']['kid']} signs from now on; every function knows it within 5 minutes."
        f"\nTokens of key {keys['current']['kid']} live until they expire, within {lifetime} hours."
    )


def _keys(stage: Stage, text: str) -> dict[str, Any]:
    try:
        keys: Any = json.loads(text)
        if keys["current"]["kid"]:
            return dict(keys)
    except (KeyError, TypeError, ValueError):
        pass
    name = stage.stack.key_parameter
    raise Failure(
        f"{name} holds no keys as TaskFlow writes them. Delete it (aws ssm delete-parameter --region"
        f" {stage.region} --name {name}), and `make deploy STAGE={stage.name}` makes a new one:"
        " everybody signs in again."
    )


def _require_rest(stage: Stage, keys: dict[str, Any], now: int, lifetime: int) -> None:
    if not keys.get("previous") or os.environ.get("FORCE") == "1":
        return
    left = int(keys.get("rotated_at", 0)) + lifetime * 3600 - now
    if left > 0:
        raise Failure(
            f"The key was rotated less than {lifetime} hours ago, and sessions signed by the one"
            f" before still live. Rotating again ends them: wait {_spelt(left)}, or, if a key has"
            f" leaked, make rotate-key STAGE={stage.name} FORCE=1"
        )


def token_hours(stack: Stack) -> int:
    """How long a token lives at most, as the stack's API function has it."""
    name = stack.functions().get("APIHandler")
    if name is None:
        return TOKEN_HOURS
    found = stack.client("lambda").get_function_configuration(FunctionName=name)
    return int(found.get("Environment", {}).get("Variables", {}).get("TOKEN_HOURS") or TOKEN_HOURS)


def _spelt(seconds: int) -> str:
    hours, minutes = divmod(-(-seconds // 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


if __name__ == "__main__":
    run(main)
