"""The artifact: what the template creates, and what the zip carries and can do by itself."""

import filecmp
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from infra import dependencies, package
from infra.progress import Failure
from tests import events
from tests.conftest import account
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
# What tests/conftest.py sets, and a process of its own needs.
OF_THE_TESTS = SETTINGS.keys() | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "BCRYPT_COST"}
POLICIES = package.ROOT / ".chalice" / "policies"
# What policies allow beside what botocore's clients ask for: what Lambda itself does, what is part
# of a transaction, and what our own sender does (delivery/gateway.py).
NOT_BY_CLIENTS = BY_LAMBDA | {"dynamodb:ConditionCheckItem", "execute-api:ManageConnections"}
# Where the permission is called otherwise than the call.
CALLS = {"lambda:InvokeFunction": "lambda:Invoke", "ses:SendEmail": "sesv2:SendEmail"}
# What an ELF file says of its machine.
ELF_MACHINES = {"arm64": 183, "x86_64": 62}
# The C library of the systems that Lambda runs these on: Amazon Linux 2, and 2023 from 3.12 on.
GLIBC = {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34)}
# What runs in the bare environment: every handler is there, a page is rendered, and every AWS
# service in use has its client with the endpoint of the region.
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

# Somebody registers, signs in, and creates and reads a task: every compiled dependency is in it.
PEOPLE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
register, login, create, read = json.loads(sys.argv[2])
said = [app.app(register, None), app.app(login, None)]
token = json.loads(said[-1]["body"])["token"]
for event in (create, read):
    event["headers"]["Authorization"] = f"Bearer {token}"
    event["multiValueHeaders"]["Authorization"] = [f"Bearer {token}"]
    said.append(app.app(event, None))
print(json.dumps([[each["statusCode"], json.loads(each["body"])] for each in said]))
"""


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> package.Artifact:
    directory = tmp_path_factory.mktemp("artifact")
    return package.build(directory, native=package.for_this_machine())


@pytest.fixture(scope="module", params=dependencies.PYTHONS)
def runtime(request: pytest.FixtureRequest) -> dependencies.Interpreter:
    """Each Python that a stage can choose, where it is on this machine."""
    return _interpreter(request.param)


@pytest.fixture(scope="module")
def built(
    runtime: dependencies.Interpreter,
    artifact: package.Artifact,
    tmp_path_factory: pytest.TempPathFactory,
) -> package.Artifact:
    """The artifact for a runtime; that of the Python which runs this is there already."""
    if runtime == dependencies.interpreter():
        return artifact
    directory = tmp_path_factory.mktemp("built")
    return package.build(directory, python=runtime.version, native=package.for_this_machine())


@pytest.fixture
def aws_settings() -> Iterator[dict[str, str]]:
    """An environment that leads another process to TaskFlow's tables and key, on moto."""
    with account():
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        kept = {name: text for name, text in os.environ.items() if name in OF_THE_TESTS}
        yield kept | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        server.stop()


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
    # The pages' modules, and what others wrote for them, travel together in a few files.
    modules = r"chalicelib/static/js/(vendor/)?\w+\.js"
    wanted = {path for path in wanted if not re.fullmatch(modules, path)}

    assert wanted - carried == set()
    assert {f"chalicelib/static/js/{each}" for each in ("dashboard.js", "entry.js")} < carried
    assert "app.py" in carried


def test_every_module_is_compiled_and_used_without_a_look_at_its_source(
    built: package.Artifact, runtime: dependencies.Interpreter
) -> None:
    with zipfile.ZipFile(built.code) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    tag, magic = _bytecode(runtime)
    modules = [Path(name) for name in contents if name.endswith(".py")]

    compiled = {
        (module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc").as_posix()
        for module in modules
    }
    assert compiled == {name for name in contents if name.endswith(".pyc")}
    beginnings = {contents[name][:8] for name in compiled}
    assert beginnings == {magic + struct.pack("<I", UNCHECKED_HASH)}


@pytest.mark.parametrize("architecture", ELF_MACHINES)
def test_compiled_dependencies_are_of_the_runtime_and_its_processor(
    runtime: dependencies.Interpreter, architecture: str
) -> None:
    layer = dependencies.layer(
        package.ROOT / "requirements.txt",
        package.BUILD / "cache",
        architecture=architecture,
        interpreter=runtime,
        native=False,
    )
    with zipfile.ZipFile(layer) as archive:
        libraries = {
            Path(name).name: archive.read(name) for name in archive.namelist() if ".so" in name
        }

    assert {name.split(".")[0] for name in libraries} == {"_bcrypt", "_core", "_speedups"}
    own = f"cpython-{runtime.version.replace('.', '')}-"
    assert [name for name in libraries if own not in name and ".abi3." not in name] == []
    machines = {struct.unpack_from("<H", content, 18)[0] for content in libraries.values()}
    assert machines == {ELF_MACHINES[architecture]}
    wanted = {
        (int(major), int(minor))
        for content in libraries.values()
        for major, minor in re.findall(rb"\0GLIBC_(\d+)\.(\d+)", content)
    }
    assert max(wanted) <= GLIBC[runtime.version]


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


def test_every_function_has_the_runtime_that_its_bytecode_is_for(
    built: package.Artifact, runtime: dependencies.Interpreter
) -> None:
    template = json.loads(built.template.read_text())

    runtimes = {function["Runtime"] for function in package.functions(template).values()}

    assert runtimes == {f"python{runtime.version}"}


def test_zip_is_small(built: package.Artifact) -> None:
    assert built.code.stat().st_size <= 10 * MEGABYTE


def test_two_builds_are_the_same_bytes(
    built: package.Artifact, runtime: dependencies.Interpreter, tmp_path: Path
) -> None:
    native = package.for_this_machine()
    second = package.build(tmp_path, python=runtime.version, native=native)
    fresh = dependencies.layer(
        package.ROOT / "requirements.txt",
        tmp_path / "cache",
        architecture=package.MACHINES[os.uname().machine],
        interpreter=runtime,
        native=native,
    )
    (cached,) = (package.BUILD / "cache").glob(fresh.name)

    assert filecmp.cmp(built.code, second.code, shallow=False)
    assert filecmp.cmp(built.template, second.template, shallow=False)
    assert filecmp.cmp(fresh, cached, shallow=False)


def test_zip_works_with_only_what_lambda_has(
    built: package.Artifact, runtime: dependencies.Interpreter, template: Any, tmp_path: Path
) -> None:
    handlers = [
        function["Handler"].removeprefix("app.")
        for function in package.functions(template).values()
    ]
    arguments = [events.http("GET", "/login"), sorted(dependencies.OPERATIONS), handlers]

    result = _alone(BARE, built, runtime, tmp_path, SETTINGS, *arguments)

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


def test_zip_serves_people_with_only_what_lambda_has(
    built: package.Artifact,
    runtime: dependencies.Interpreter,
    aws_settings: dict[str, str],
    tmp_path: Path,
) -> None:
    keys = {"email": "mary@example.com", "password": "wind tunnel at dawn"}
    asked = [
        events.http("POST", "/api/auth/register", body=keys | {"name": "Mary"}),
        events.http("POST", "/api/auth/login", body=keys),
        events.http("POST", "/api/tasks", body={"title": "Fly"}),
        events.http("GET", "/api/tasks"),
    ]

    said = _alone(PEOPLE, built, runtime, tmp_path, aws_settings, asked)

    assert [status for status, _ in said] == [201, 200, 201, 200]
    assert [task["title"] for task in said[-1][1]["tasks"]] == ["Fly"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _interpreter(version: str) -> dependencies.Interpreter:
    try:
        return dependencies.interpreter(version)
    except Failure as failure:
        pytest.skip(str(failure))


def _bytecode(runtime: dependencies.Interpreter) -> tuple[str, bytes]:
    """The tag and the magic number of what a Python compiles."""
    asked = (
        "import sys, importlib.util as i; print(sys.implementation.cache_tag, i.MAGIC_NUMBER.hex())"
    )
    tag, magic = subprocess.check_output([runtime.path, "-I", "-S", "-c", asked], text=True).split()
    return tag, bytes.fromhex(magic)


def _alone(
    program: str,
    built: package.Artifact,
    runtime: dependencies.Interpreter,
    directory: Path,
    settings: dict[str, str],
    *arguments: Any,
) -> Any:
    """What a program prints that has nothing but that Python, the unpacked zip and settings."""
    with zipfile.ZipFile(built.code) as archive:
        archive.extractall(directory)
    outcome = subprocess.run(
        [runtime.path, "-I", "-S", "-c", program, str(directory), *map(json.dumps, arguments)],
        capture_output=True,
        text=True,
        env=settings,
        cwd="/",
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")
    return json.loads(outcome.stdout.splitlines()[-1])
