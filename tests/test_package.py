"""The artifact: what the template creates, and what the zip carries and can do by itself."""

import filecmp
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import dependencies, package
from tests import events
from tests.test_permissions import BY_LAMBDA

pytestmark = pytest.mark.package

MEGABYTE = 1_000_000
UNCHECKED_HASH = 0b01
# Everything here is paid by use, or free.
PAID_BY_USE = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Budgets::Budget",
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Route53::RecordSet",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::Serverless::Api",
    "AWS::Serverless::Function",
}
# Resources that end in a star, and why nothing narrower can be said.
WILDCARDS = {
    "ses:SendEmail": "the sender may be registered by address or by domain; the emulator knows no less",
    "logs:CreateLogStream": "a function's name ends in what CloudFormation makes up",
    "logs:PutLogEvents": "the same",
    "dynamodb:ListStreams": "a stream's name is the time of its making",
    "dynamodb:Query": "every index of one table",
    "execute-api:ManageConnections": "every connection of one API",
}
SETTINGS = {
    "AWS_REGION": "eu-west-1",
    "AWS_LAMBDA_FUNCTION_NAME": "taskflow-APIHandler",
    "JWT_KEY_PARAMETER": "/taskflow/jwt-keys",
    "SOCKET_URL": "wss://sockets.example",
    "TABLE_PREFIX": "taskflow-",
    "TASKFLOW_STAGE": "prod",
}
POLICIES = package.ROOT / ".chalice" / "policies"
# What policies allow beside what botocore's clients ask for: what Lambda itself does, what is part
# of a transaction, and what our own sender does (delivery/gateway.py).
NOT_BY_CLIENTS = BY_LAMBDA | {"dynamodb:ConditionCheckItem", "execute-api:ManageConnections"}
# Where the permission is called otherwise than the call.
CALLS = {"lambda:InvokeFunction": "lambda:Invoke", "ses:SendEmail": "sesv2:SendEmail"}
# What runs in the bare environment: every handler is there, a page is rendered, a file is served,
# and every AWS service in use has its client with the endpoint of the region.
BARE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
import botocore.session
page = app.app(json.loads(sys.argv[2]), None)
session = botocore.session.get_session()
session.set_credentials("key", "secret")
clients = {name: session.create_client(name, "eu-west-1") for name in json.loads(sys.argv[3])}
operations = {
    name: sorted(client.meta.service_model.operation_names) for name, client in clients.items()
}
handlers = [name for name in json.loads(sys.argv[4]) if callable(getattr(app, name))]
print(json.dumps({
    "status": page["statusCode"],
    "body": page["body"],
    "handlers": handlers,
    "operations": operations,
    "endpoints": sorted(client.meta.endpoint_url for client in clients.values()),
    "outside": sorted(
        name for name, module in sys.modules.items()
        if "site-packages" in (getattr(module, "__file__", None) or "")
    ),
}))
"""


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> package.Artifact:
    directory = tmp_path_factory.mktemp("artifact")
    return package.build(directory, native=package.for_this_machine())


@pytest.fixture(scope="module")
def template(artifact: package.Artifact) -> Any:
    return json.loads(artifact.template.read_text())


@pytest.fixture(scope="module")
def resources(template: Any) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]
    return found


@pytest.fixture(scope="module")
def contents(artifact: package.Artifact) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(artifact.code) as archive:
        yield archive


def test_every_resource_has_a_type_without_an_hourly_price(resources: dict[str, Any]) -> None:
    untyped = [name for name, resource in resources.items() if "Type" not in resource]
    types = {resource.get("Type") for resource in resources.values()}

    assert untyped == []
    assert types - PAID_BY_USE == set()


def test_tables_are_paid_by_request_and_kept_in_production(resources: dict[str, Any]) -> None:
    tables = {name: it for name, it in resources.items() if it["Type"] == "AWS::DynamoDB::Table"}
    precious = {name for name, table in tables.items() if table["DeletionPolicy"] != "Delete"}
    expiring = {
        name for name, it in tables.items() if "TimeToLiveSpecification" in it["Properties"]
    }

    assert {table["Properties"]["BillingMode"] for table in tables.values()} == {"PAY_PER_REQUEST"}
    assert precious == {
        "UsersTable",
        "CredentialsTable",
        "TeamsTable",
        "TasksTable",
        "ActivityTable",
        "StatsTable",
        "SuppressionsTable",
        "TrendTable",
        "TrashTable",
    }
    assert expiring == {"StatsTable", "ConnectionsTable", "EphemeralTable", "TrashTable"}
    for name in precious:
        properties = tables[name]["Properties"]
        assert tables[name]["DeletionPolicy"] == {"Fn::If": ["Production", "Retain", "Delete"]}
        assert tables[name]["UpdateReplacePolicy"] == tables[name]["DeletionPolicy"]
        assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["Production", True, False]}
        assert properties["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True
        }


def test_every_event_source_reports_partial_failures_and_ends_in_a_queue(template: Any) -> None:
    sources = {
        name: source
        for function in package.functions(template).values()
        for name, source in function.get("Events", {}).items()
    }

    stream, queue = sources["OutboxDynamodbEventSource"], sources["MailerSqsEventSource"]
    mail = template["Resources"]["MailQueue"]["Properties"]
    assert sources.keys() - {"FeedbackSnsSubscription"} == {
        "OutboxDynamodbEventSource",
        "MailerSqsEventSource",
    }
    for source in (stream, queue):
        assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["Properties"]["StartingPosition"] == "TRIM_HORIZON"
    assert stream["Properties"]["BisectBatchOnFunctionError"] is True
    assert 1 <= stream["Properties"]["MaximumRetryAttempts"] <= 10
    assert 60 <= stream["Properties"]["MaximumRecordAgeInSeconds"] <= 86_400
    assert stream["Properties"]["DestinationConfig"] == {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["FailedQueue", "Arn"]}}
    }
    assert queue["Properties"]["Queue"] == {"Fn::GetAtt": ["MailQueue", "Arn"]}
    assert mail["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["FailedQueue", "Arn"]}
    # AWS asks for six times the function's timeout, so that a running batch is not handed out again.
    timeout = template["Resources"]["Mailer"]["Properties"]["Timeout"]
    assert mail["VisibilityTimeout"] >= 6 * timeout
    # SES may be away for hours before a mail is set aside for a person to look at.
    assert mail["VisibilityTimeout"] * mail["RedrivePolicy"]["maxReceiveCount"] >= 12 * 3600


def test_tables_and_stream_of_a_restore_are_switched_to_by_parameter(template: Any) -> None:
    roles = [it for it in template["Resources"].values() if it["Type"] == "AWS::IAM::Role"]
    arns = [
        resource
        for role in roles
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in _listed(statement["Resource"])
        if "Table" in json.dumps(resource)
    ]
    stream = template["Resources"]["Outbox"]["Properties"]["Events"]["OutboxDynamodbEventSource"]

    assert all(resource["Fn::If"][0].startswith("Has") for resource in arns)
    assert {
        "Fn::If": [
            "HasDataPrefix",
            {
                "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}"
                ":table/${DataPrefix}tasks/index/*"
            },
            {"Fn::Sub": "${TasksTable.Arn}/index/*"},
        ]
    } in arns
    assert stream["Properties"]["Stream"] == {
        "Fn::If": [
            "HasActivityStream",
            {"Ref": "ActivityStream"},
            {"Fn::GetAtt": ["ActivityTable", "StreamArn"]},
        ]
    }
    for name in ("DataPrefix", "ActivityStream"):
        assert template["Parameters"][name]["Default"] == ""


def test_share_of_a_push_is_tried_again_a_few_times_and_ends_in_a_queue(template: Any) -> None:
    retries = template["Resources"]["Pusher"]["Properties"]["EventInvokeConfig"]

    assert 1 <= retries["MaximumRetryAttempts"] <= 2
    assert retries["MaximumEventAgeInSeconds"] <= 3600
    assert retries["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": ["FailedQueue", "Arn"]},
    }


def test_every_function_has_a_role_of_its_own(template: Any) -> None:
    roles = [
        json.dumps(function["Role"], sort_keys=True)
        for function in package.functions(template).values()
    ]

    assert len(roles) == len(set(roles)) == 8


def test_policies_name_actions_and_resources(resources: dict[str, Any]) -> None:
    roles = [it for it in resources.values() if it["Type"] == "AWS::IAM::Role"]
    statements = [
        statement
        for role in roles
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    wide = {
        action
        for statement in statements
        for action in statement["Action"]
        if '*"' in json.dumps(statement["Resource"])
    }
    assert all("*" not in action for statement in statements for action in statement["Action"])
    assert wide == WILDCARDS.keys()


def test_functions_get_every_setting_and_no_secret(template: Any) -> None:
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = {
        name: set(function.get("Environment", {}).get("Variables", {}))
        for name, function in package.functions(template).items()
    }

    assert shared.keys() == {
        "JWT_KEY_PARAMETER",
        "MAIL_FROM",
        "SOCKET_ENDPOINT",
        "SOCKET_URL",
        "TABLE_PREFIX",
        "TASKFLOW_STAGE",
        "THROTTLE_FACTOR",
    }
    assert own.pop("APIHandler") == set()  # it cannot refer to RestAPI, which refers to it
    assert all("PUBLIC_URL" in settings for settings in own.values())
    assert {"MAIL_QUEUE_URL", "FAILED_QUEUE_URL", "PUSH_FUNCTION"} <= own["Outbox"]
    assert "MAIL_CONFIGURATION" in own["Mailer"]


def test_gateway_sends_everything_to_the_app_and_fails_in_its_shape(
    resources: dict[str, Any],
) -> None:
    body = resources["RestAPI"]["Properties"]["DefinitionBody"]

    assert set(body["paths"]) == {"/", "/{proxy+}"}
    responses = body["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "REQUEST_TOO_LARGE", "THROTTLED"} <= responses.keys()
    for response in responses.values():
        problem = json.loads(response["responseTemplates"]["application/json"])
        assert problem["status"] == response["statusCode"]
        assert problem["error"] == problem["detail"]
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"


def test_sockets_deploy_themselves(resources: dict[str, Any]) -> None:
    stage = resources["WebsocketAPIStage"]["Properties"]

    assert stage["AutoDeploy"] is True
    assert "DeploymentId" not in stage


def test_template_is_valid(artifact: package.Artifact) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")

    outcome = subprocess.run(
        [str(linter), "--include-checks", "W", "--", str(artifact.template)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_zip_carries_everything_the_app_reads(contents: zipfile.ZipFile) -> None:
    carried = set(contents.namelist())
    wanted = {
        path.relative_to(package.ROOT).as_posix()
        for folder in ("templates", "chalicelib")
        for path in (package.ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name[0] != "."
    }
    # The pages' own modules travel together, in a few files.
    wanted = {path for path in wanted if not re.fullmatch(r"chalicelib/static/js/\w+\.js", path)}

    assert wanted - carried == set()
    assert {f"chalicelib/static/js/{each}" for each in ("dashboard.js", "entry.js")} < carried
    assert "app.py" in carried


def test_every_module_is_compiled_and_used_without_a_look_at_its_source(
    contents: zipfile.ZipFile,
) -> None:
    names = set(contents.namelist())
    tag = sys.implementation.cache_tag
    modules = [Path(name) for name in names if name.endswith(".py")]

    compiled = {
        module: module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc" for module in modules
    }
    missing = [module for module, pyc in compiled.items() if pyc.as_posix() not in names]
    assert missing == []
    for pyc in compiled.values():
        assert contents.read(pyc.as_posix())[4] == UNCHECKED_HASH


def test_zip_describes_the_operations_that_the_policies_allow() -> None:
    """What the policies allow is what the functions were seen to do (tests/test_permissions.py)."""
    policies = [json.loads(path.read_text()) for path in POLICIES.glob("*.json")]
    allowed = {
        action
        for policy in policies
        for statement in policy["Statement"]
        for action in statement["Action"]
    }
    called = {CALLS.get(action, action) for action in allowed - NOT_BY_CLIENTS}

    described = {
        f"{service}:{operation}"
        for service, operations in dependencies.OPERATIONS.items()
        for operation in operations
    }
    # Transactions need no permission of their own, but those of what they do.
    assert described == called | {"dynamodb:TransactWriteItems"}


def test_every_function_has_the_runtime_that_its_bytecode_is_for(template: Any) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    runtimes = {function["Runtime"] for function in package.functions(template).values()}

    assert runtimes == {f"python{version}"}


def test_zip_is_small(artifact: package.Artifact) -> None:
    assert artifact.code.stat().st_size <= 10 * MEGABYTE


def test_two_builds_are_the_same_bytes(artifact: package.Artifact, tmp_path: Path) -> None:
    native = package.for_this_machine()
    second = package.build(tmp_path, native=native)
    fresh = dependencies.layer(
        package.ROOT / "requirements.txt",
        tmp_path / "cache",
        architecture=package.MACHINES[os.uname().machine],
        interpreter=dependencies.interpreter(),
        native=native,
    )
    (cached,) = (package.BUILD / "cache").glob(fresh.name)

    assert filecmp.cmp(artifact.code, second.code, shallow=False)
    assert filecmp.cmp(artifact.template, second.template, shallow=False)
    assert filecmp.cmp(fresh, cached, shallow=False)


def test_zip_works_with_only_what_lambda_has(
    artifact: package.Artifact, template: Any, tmp_path: Path
) -> None:
    with zipfile.ZipFile(artifact.code) as archive:
        archive.extractall(tmp_path)
    handlers = [
        function["Handler"].removeprefix("app.")
        for function in package.functions(template).values()
    ]
    arguments = [events.http("GET", "/login"), sorted(dependencies.OPERATIONS), handlers]

    outcome = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, str(tmp_path), *map(json.dumps, arguments)],
        capture_output=True,
        text=True,
        env=SETTINGS,
        cwd="/",
        check=False,
    )

    assert (outcome.returncode, outcome.stderr) == (0, "")
    result = json.loads(outcome.stdout.splitlines()[-1])
    assert result["outside"] == []
    assert sorted(result["handlers"]) == sorted(handlers)
    assert result["status"] == 200
    assert "<form" in result["body"]
    assert result["operations"] == {
        name: sorted(operations) for name, operations in dependencies.OPERATIONS.items()
    }
    assert result["endpoints"] == [
        "https://dynamodb.eu-west-1.amazonaws.com",
        "https://email.eu-west-1.amazonaws.com",
        "https://lambda.eu-west-1.amazonaws.com",
        "https://sqs.eu-west-1.amazonaws.com",
        "https://ssm.eu-west-1.amazonaws.com",
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
