"""The emulator's own process: MiniStack, corrected where it differs from AWS in what we rely on."""

import gzip
import json
import os
import signal
import sys
import threading
from typing import Any

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import apigateway_v1, dynamodb, lambda_svc

from infra.emulator import ADDRESS, DECISIONS, DOMAIN

_build_event = apigateway_v1._build_lambda_event_v1  # noqa: SLF001
_describe_continuous_backups = dynamodb._describe_continuous_backups  # noqa: SLF001
_evaluate = iam_evaluator.evaluate
_execute = apigateway_v1.handle_execute
_get_worker = lambda_runtime.get_or_create_worker

# The template's MinimumCompressionSize, in bytes, which the emulator ignores.
_COMPRESSED_FROM = 1024


def main() -> None:
    # It answers /health on every host name, ours included, in place of the app.
    app._HEALTH_PATHS = ("/_ministack/health",)  # noqa: SLF001
    # Nor is there a Cognito here that could take /login and /logout.
    app._handle_cognito_get_request = _not_cognito  # noqa: SLF001
    app._handle_cognito_body_request = _not_cognito  # noqa: SLF001
    apigateway_v1._build_lambda_event_v1 = _event_as_in_aws  # noqa: SLF001
    apigateway_v1.handle_execute = _compressed
    dynamodb._describe_continuous_backups = _recovery_of_a_template  # noqa: SLF001
    lambda_runtime.get_or_create_worker = _LoggedWorker
    iam_evaluator.evaluate = _remembered_decision
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    app.main()


async def _not_cognito(*_: Any) -> None:
    return None


def _event_as_in_aws(*arguments: Any, **options: Any) -> dict[str, Any]:
    event: dict[str, Any] = _build_event(*arguments, **options)
    context = event["requestContext"]
    # The emulator takes the address from a header that anyone can write.
    context["identity"]["sourceIp"] = ADDRESS
    # At a custom domain the path that people see has no stage in front.
    host = event["headers"].get("host", "").partition(":")[0]
    if host == DOMAIN:
        context["path"] = event["path"]
    return event


async def _compressed(
    api_id: str, stage: str, method: str, path: str, headers: dict[str, str], *rest: Any
) -> tuple[int, dict[str, Any], bytes]:
    """The answer, compressed where the gateway would do so."""
    status, answered, body = await _execute(api_id, stage, method, path, headers, *rest)
    content = body if isinstance(body, bytes) else body.encode()
    accepted = next((headers[name] for name in headers if name.lower() == "accept-encoding"), "")
    encoded = any(name.lower() == "content-encoding" for name in answered)
    if "gzip" not in accepted or encoded or len(content) < _COMPRESSED_FROM:
        return status, answered, content
    kept = {name: each for name, each in answered.items() if name.lower() != "content-length"}
    return status, kept | {"Content-Encoding": "gzip"}, gzip.compress(content, 6, mtime=0)


def _recovery_of_a_template(data: dict[str, Any]) -> Any:
    """What the template says of recovery is lost on the emulator; there is no past but the present.

    So each table can be restored to any moment since it was made, as it is now.
    """
    table = dynamodb._tables.get(data["TableName"])  # noqa: SLF001
    if table is None:
        return _describe_continuous_backups(data)
    dynamodb._pitr_settings.setdefault(data["TableName"], True)  # noqa: SLF001
    status, headers, body = _describe_continuous_backups(data)
    answer = json.loads(body)
    described = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    described["EarliestRestorableDateTime"] = table["CreationDateTime"]
    return status, headers, json.dumps(answer).encode()


class _LoggedWorker:
    """A function behind a socket, with its logs, which the emulator would drop."""

    def __init__(self, name: str, config: dict[str, Any], code: bytes, *, qualifier: str) -> None:
        self._config = config
        self._worker = _get_worker(name, config, code, qualifier=qualifier)

    def invoke(self, event: dict[str, Any], request_id: str) -> dict[str, Any]:
        result: dict[str, Any] = self._worker.invoke(event, request_id)
        failed = result.get("status") == "error"
        log = result.get("log", "") + (f"\n{result.get('error')}" if failed else "")
        lambda_svc._emit_lambda_logs(self._config, request_id, log, failed, 0)  # noqa: SLF001
        return result


_decisions: set[str] = set()


def _remembered_decision(context: Any, *policies: Any) -> Any:
    """Write down who asked for what, once: the policies are held against it."""
    result = _evaluate(context, *policies)
    role = context.principal_arn.split("/")[1] if "assumed-role" in context.principal_arn else ""
    decision = json.dumps([role, context.action, context.resource_arn, result.decision])
    if decision not in _decisions:
        _decisions.add(decision)
        with open(os.environ[DECISIONS], "a") as file:  # noqa: PTH123 - a path from the environment
            file.write(decision + "\n")
    return result


def _stop_with_parent() -> None:
    """A parent that was killed closes our input: stop as if it had asked us to."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
