"""What is seen of a running stack: logs with an end, access logs without secrets, alarms to one place."""

import json
from typing import Any

# One JSON line a request. Never the query or a header: a socket's connect carries its ticket in the
# one, every request its session in the other.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
REQUEST = {
    "at": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "address": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "function_milliseconds": "$context.integrationLatency",
    "refused_as": "$context.error.responseType",
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
SOCKET = {
    "at": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "address": "$context.identity.sourceIp",
    "connection_id": "$context.connectionId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "function_milliseconds": "$context.integrationLatency",
    "refused_as": "$context.error.responseType",
}
# How Lambda's Python runtime reports what a function did not catch, and what ended it.
ACCIDENTS = '?"[ERROR]" ?"Task timed out" ?"Runtime exited"'
# What outbox/push.py logs; sockets that are gone are no failure.
REFUSALS = '{ ($.event = "change_pushed") && ($.failed > 0) }'
PUSHING = ("Outbox", "Pusher")


def add(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    _write_access_logs(resources)
    _end_logs(resources)
    _count(resources, functions)
    _tell_of_alarms(resources)


def _write_access_logs(resources: dict[str, Any]) -> None:
    # Without the account's log role a stage with a log is refused. DependsOn must not name what a
    # condition may leave out, but whoever mentions it waits for it as well.
    by = {"Fn::Sub": "TaskFlow, its log written by ${GatewayAccount}"}
    described = {"Fn::If": ["OwnsGatewayLogRole", by, "TaskFlow"]}
    site = resources["RestAPI"]["Properties"]
    site["AccessLogSetting"] = _access_log("RequestLog", REQUEST)
    site["Description"] = described
    sockets = resources["WebsocketAPIStage"]["Properties"]
    sockets["Description"] = described
    sockets["AccessLogSettings"] = _access_log("SocketLog", SOCKET)


def _access_log(group: str, line: dict[str, str]) -> dict[str, Any]:
    # GetAtt's ARN ends in ":*", which is not the group but its streams.
    arn = (
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{group}}}"
    )
    return {"DestinationArn": {"Fn::Sub": arn}, "Format": json.dumps(line)}


def _end_logs(resources: dict[str, Any]) -> None:
    for resource in resources.values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            resource["Properties"]["RetentionInDays"] = {"Ref": "LogDays"}


def _count(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    """One metric for all functions: Lambda's own would be one each, and an alarm is paid by metric."""
    for name in functions:
        resources[f"{name}Accidents"] = _counted(name, ACCIDENTS, "FunctionFailures", "1")
    for name in PUSHING:
        resources[f"{name}Refusals"] = _counted(name, REFUSALS, "PushesFailed", "$.failed")


def _counted(function: str, pattern: str, metric: str, value: str) -> dict[str, Any]:
    # Chalice calls the API's function APIHandler and its group ApiHandlerLogGroup.
    group = f"{function.replace('API', 'Api')}LogGroup"
    transformation = {
        "MetricNamespace": {"Fn::Sub": "TaskFlow/${AWS::StackName}"},
        "MetricName": metric,
        "MetricValue": value,
    }
    return {
        "Type": "AWS::Logs::MetricFilter",
        "Condition": "Watched",
        "Properties": {
            "LogGroupName": {"Ref": group},
            "FilterPattern": pattern,
            "MetricTransformations": [transformation],
        },
    }


def _tell_of_alarms(resources: dict[str, Any]) -> None:
    heard = {"Fn::If": ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], []]}
    for resource in resources.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            resource["Condition"] = "Watched"
            resource["Properties"] |= {
                "TreatMissingData": "notBreaching",
                "AlarmActions": heard,
                "OKActions": heard,
            }
