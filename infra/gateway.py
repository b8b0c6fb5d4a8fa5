"""What API Gateway is told: everything goes to one function, and its own failures look like ours."""

from typing import Any

# Chalice would list every route. Forwarding everything keeps 404, 405 and 415 in the application,
# in one shape, and a new route needs no new deployment of the gateway.
PATHS = ("/", "/{proxy+}")
# One by one, because the emulator does not read `x-amazon-apigateway-any-method`.
METHODS = ("delete", "get", "head", "options", "patch", "post", "put")

INTEGRATION = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "passthroughBehavior": "when_no_match",
    "uri": {
        "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${APIHandler.Arn}/invocations"
    },
}

# Failures that never reach the function. The two defaults speak for every other kind.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
FAILURES = {
    # What the gateway calls any method that is not in the list above.
    "MISSING_AUTHENTICATION_TOKEN": (405, "Method Not Allowed", "Method not allowed"),
    "BAD_REQUEST_BODY": (400, "Bad Request", "The request could not be read"),
    "REQUEST_TOO_LARGE": (413, "Content Too Large", "The request is too large"),
    "THROTTLED": (429, "Too Many Requests", "Too many requests, try again in a moment"),
    "QUOTA_EXCEEDED": (429, "Too Many Requests", "Too many requests, try again later"),
    "INTEGRATION_FAILURE": (502, "Bad Gateway", "The service did not answer, try again"),
    "INTEGRATION_TIMEOUT": (504, "Gateway Timeout", "The service did not answer in time"),
    "DEFAULT_4XX": (400, "Bad Request", "The request was refused"),
    "DEFAULT_5XX": (500, "Internal Server Error", "Something went wrong on our side"),
}

HEADERS = {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


def description() -> dict[str, Any]:
    """The OpenAPI document that becomes `DefinitionBody` of the REST API."""
    return {
        "swagger": "2.0",
        # The name that metrics are kept under: one stack's alarms must not ring for another.
        "info": {"version": "1.0", "title": {"Ref": "AWS::StackName"}},
        "schemes": ["https"],
        "paths": {path: dict.fromkeys(METHODS, _method(path)) for path in PATHS},
        "x-amazon-apigateway-gateway-responses": {
            kind: _problem(*failure) for kind, failure in FAILURES.items()
        },
    }


def _method(path: str) -> dict[str, Any]:
    method: dict[str, Any] = {"responses": {}, "x-amazon-apigateway-integration": INTEGRATION}
    if "{" in path:
        method["parameters"] = [{"name": "proxy", "in": "path", "required": True, "type": "string"}]
    return method


def _problem(status: int, title: str, detail: str) -> dict[str, Any]:
    # The gateway fills in its variables by text substitution, so the body is text, not JSON.
    body = (
        f'{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}",'
        f'"error":"{detail}","request_id":"$context.requestId"}}'
    )
    headers = HEADERS | ({"Retry-After": "5"} if status == 429 else {})  # noqa: PLR2004
    # API Gateway takes a literal in single quotes, and has no way to write a quote inside one.
    parameters = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()}
    parameters["gatewayresponse.header.X-Request-Id"] = "context.requestId"
    return {
        "statusCode": status,
        "responseParameters": parameters,
        "responseTemplates": {"application/json": body},
    }
