"""AWS in this process: moto, tables from the real template, and people to act as."""

import copy
import dataclasses
import gc
import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

# Before anything of TaskFlow is imported: settings are read once.
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_REGION="eu-central-1",
    AWS_DEFAULT_REGION="eu-central-1",
    TASKFLOW_STAGE="test",
    TABLE_PREFIX="taskflow-test-",
    JWT_KEY_PARAMETER="/taskflow/test/jwt-keys",
    SOCKET_URL="wss://sockets.test/test",
    SOCKET_ENDPOINT="https://sockets.test/test",
    PUBLIC_URL="https://taskflow.test",
    MAIL_FROM="TaskFlow <taskflow@example.com>",
    MAIL_CONFIGURATION="taskflow-test",
    MAIL_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/mail",
    FAILED_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/failed",
    PUSH_FUNCTION="taskflow-test-Pusher",
    BCRYPT_COST="4",
    # Accounts that many tests share are asked more often than people are; `limits` sets it to 1.
    THROTTLE_FACTOR="100",
)
os.environ.pop("AWS_ENDPOINT_URL", None)

import botocore.session
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

from chalicelib import clock, ids, logs
from chalicelib.delivery import clients, gateway
from chalicelib.entities import Credential, Role, Team, TeamRole, User
from chalicelib.outbox import push
from chalicelib.services import accounts, passwords, presence, teams, throttles, tokens
from chalicelib.storage import connection, probe, tables, upgrades, users
from chalicelib.storage import teams as storage
from tests import events, quick_moto

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
KEYS = {"current": {"kid": "k1", "key": "dGhlLWtleS10aGF0LW9ubHktdGhlLXRlc3RzLXNpZ24td2l0aA=="}}


def pytest_collection_finish() -> None:
    """What is imported stays; looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _transactions_are_atomic() -> Iterator[None]:
    """Moto's TransactWriteItems is not, across threads; one lock around every call makes it so."""
    lock = threading.RLock()
    original = DynamoHandler.call_action

    def locked(self: DynamoHandler) -> Any:
        with lock:
            return original(self)

    DynamoHandler.call_action = locked  # type: ignore[method-assign]
    yield
    DynamoHandler.call_action = original  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def _moto_is_quick() -> Iterator[None]:
    with quick_moto.quick():
        yield


@pytest.fixture(scope="session", autouse=True)
def _clients_share_models() -> Iterator[None]:
    """A session of its own per client would read AWS's service models and rules again for every test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pynamodb.connection.base.get_session", _session)
        patch.setattr("botocore.session.create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture
def aws(request: pytest.FixtureRequest) -> Iterator[Any]:
    """An empty AWS account with TaskFlow's tables, queues, key and mail identity.

    Where the clock stands still, it does so before anybody signs in: tokens are of its time.
    """
    if "now" in request.fixturenames:
        request.getfixturevalue("now")
    with account() as session:
        yield session


@contextmanager
def account() -> Iterator[Any]:
    """What `aws` gives to one test, for modules whose tests may share their data."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway.Gateway, "exchange", _taken)
        patch.setattr(push, "APART_SECONDS", 0.0)
        patch.setattr(presence, "APART_SECONDS", 0.0)
        _forget_process()
        _lay_tables()
        for name in ("mail", "failed"):
            _client("sqs").create_queue(QueueName=name)
        _client("ssm").put_parameter(
            Name=os.environ["JWT_KEY_PARAMETER"], Value=json.dumps(KEYS), Type="SecureString"
        )
        _client("sesv2").create_email_identity(EmailIdentity="taskflow@example.com")
        yield _session()
        _forget_process()


@pytest.fixture
def now() -> Iterator["Time"]:
    """A clock that stands still until a test moves it."""
    time = Time(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    with clock.running(lambda: time.now):
        yield time


@dataclass
class Time:
    now: datetime

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Reply:
    """An HTTP answer, its JSON read when asked for."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Client:
    """Sends requests to the app as API Gateway does, as somebody or as nobody."""

    token: str | None = None
    user: User | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, target: str, body: object = None, **options: Any) -> Reply:
        import app  # noqa: PLC0415 - after the environment is set

        headers = {**self.headers, **options.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        event = events.http(method, target, body=body, headers=headers, **options)
        answer = app.app(event, None)
        return Reply(
            status=answer["statusCode"],
            headers={name.lower(): value for name, value in answer["headers"].items()},
            cookies=answer.get("multiValueHeaders", {}).get("Set-Cookie", []),
            text=answer["body"],
        )

    def get(self, target: str, **options: Any) -> Reply:
        return self("GET", target, **options)

    def post(self, target: str, body: object = None, **options: Any) -> Reply:
        return self("POST", target, body, **options)

    def patch(self, target: str, body: object = None, **options: Any) -> Reply:
        return self("PATCH", target, body, **options)

    def put(self, target: str, body: object = None, **options: Any) -> Reply:
        return self("PUT", target, body, **options)

    def delete(self, target: str, **options: Any) -> Reply:
        return self("DELETE", target, **options)


@pytest.fixture
def anonymous(aws: Any) -> Client:
    return Client()


@pytest.fixture
def sign_up(aws: Any) -> Callable[[str], Client]:
    """Makes an account and returns a client that acts as it."""
    return registered


def registered(name: str) -> Client:
    """A new member of the first team."""
    email = f"{name.lower().replace(' ', '.')}@example.com"
    user = accounts.register(name, email, PASSWORD)
    return Client(token=tokens.issue(user), user=user)


def member_of(team: str, name: str) -> Client:
    """A member of another team, which nothing but storage can make yet."""
    storage.create_if_absent(Team(team, team.title()))
    email = f"{name.lower()}@{team.lower()}.example.com"
    teams = {team: TeamRole.MEMBER}
    user = User(ids.new(), name, email, Role.USER, teams, 1, False, clock.now())
    users.register(user, Credential(email, user.id, passwords.hashed(PASSWORD)))
    return Client(token=tokens.issue(user), user=user)


@pytest.fixture
def alice(sign_up: Callable[[str], Client]) -> Client:
    return sign_up("Alice")


@pytest.fixture
def bob(sign_up: Callable[[str], Client]) -> Client:
    return sign_up("Bob")


@pytest.fixture
def viewer(sign_up: Callable[[str], Client]) -> Client:
    client = sign_up("Vera")
    assert client.user is not None
    teams.set_role("TF", client.user.id, TeamRole.VIEWER)
    return client


@pytest.fixture
def outsider(sign_up: Callable[[str], Client]) -> Client:
    """Someone with an account whose membership was ended."""
    client = sign_up("Oscar")
    assert client.user is not None
    teams.remove_member("TF", client.user.id)
    return client


@dataclass
class Pushed:
    """Frames that were posted to sockets; ids in `gone` answer Gone, in `broken` time out, and

    those in `unclosable` do when they are to be closed.
    Those that say who is here are in `presences`, the rest is in `frames`.
    """

    frames: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    presences: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    unclosable: set[str] = field(default_factory=set)

    def to(self, connection_id: str) -> list[dict[str, Any]]:
        return [frame for target, frame in self.frames if target == connection_id]

    def changes(self, connection_id: str) -> list[dict[str, Any]]:
        """What the socket was told of tasks, whatever frames that came in."""
        frames = (each for each in self.to(connection_id) if "task_update" in each["type"])
        return [change for frame in frames for change in frame.get("updates", [frame])]

    def answer(self, method: str, connection_id: str, body: bytes) -> int | None:
        """The status code that the request gets, if it gets one."""
        if method == "DELETE":
            if connection_id in self.unclosable:
                return None
            self.closed.append(connection_id)
            return 204
        if connection_id in self.gone:
            return 410
        if connection_id in self.broken:
            return None
        frame = json.loads(body)
        is_presence = frame["type"] == "presence"
        (self.presences if is_presence else self.frames).append((connection_id, frame))
        return 200


@pytest.fixture
def pushed(aws: Any) -> Iterator[Pushed]:
    with recorded_pushes() as record:
        yield record


@contextmanager
def recorded_pushes() -> Iterator[Pushed]:
    """What reaches sockets, in place of the management API, which moto does not keep."""
    record = Pushed()

    def exchange(method: str, connection_ids: Sequence[str], body: bytes = b"") -> list[Any]:
        return [record.answer(method, each, body) for each in connection_ids]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients.sockets(), "exchange", exchange)
        yield record


@dataclass
class Outbox:
    """The activity stream and the mail queue, run by hand."""

    aws: Any
    delivered: int = 0

    def records(self, team: str = "TF") -> list[dict[str, Any]]:
        """Every activity record of a team so far, as the stream brings them."""
        items = tables.ActivityItem.query(team, consistent_read=True)
        return [
            events.stream_record(item.record, sequence_number=str(number))
            for number, item in enumerate(items, 1)
        ]

    def run(self) -> dict[str, Any]:
        """Deliver what came since the last run, pushes and mail."""
        fresh = self.records()[self.delivered :]
        self.delivered += len(fresh)
        failures = self.consume(fresh)
        self.run_mail()
        return failures

    def consume(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        import app  # noqa: PLC0415

        result: dict[str, Any] = app.outbox({"Records": records}, None)
        return result

    def run_mail(self) -> dict[str, Any]:
        """Send every job that waits in the queue; those that fail go back into it."""
        import app  # noqa: PLC0415

        sqs = clients.queues()
        url = os.environ["MAIL_QUEUE_URL"]
        failed: list[dict[str, str]] = []
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600
        ).get("Messages"):
            event = [events.queue_message(m["Body"], message_id=m["MessageId"]) for m in messages]
            outcome = app.mailer({"Records": event}, None)["batchItemFailures"]
            failed += outcome
            kept = {each["itemIdentifier"] for each in outcome}
            for each in messages:
                if each["MessageId"] not in kept:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return {"batchItemFailures": failed}


@pytest.fixture
def outbox(aws: Any, pushed: Pushed) -> Outbox:
    return Outbox(aws)


@pytest.fixture
def sent_mail(aws: Any) -> Callable[[], list[Any]]:
    return accepted_mail


def accepted_mail() -> list[Any]:
    """The mails that SES has accepted."""
    return list(mail_backend().sent_messages)


def mail_backend() -> Any:
    """SES as moto has it."""
    from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415
    from moto.sesv2.models import sesv2_backends  # noqa: PLC0415

    return sesv2_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].core_backend


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long TaskFlow would have slept, each time; nobody really does."""
    taken: list[float] = []
    monkeypatch.setattr(clock, "sleep", taken.append)
    return taken


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines of log since the test began."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs._JsonFormatter())
    logger = logging.getLogger("taskflow")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.fixture
def set_disabled() -> Callable[[str], None]:
    return lambda user_id: users.set_disabled(user_id, disabled=True)


def _taken(_: Any, method: str, connection_ids: Sequence[str], body: bytes = b"") -> list[int]:
    """Every socket takes everything, in place of the management API."""
    return [200 for _ in connection_ids]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of throttles as they are for people."""
    real = dataclasses.replace(throttles.settings(), throttle_factor=1)
    monkeypatch.setattr(throttles, "settings", lambda: real)


def _forget_process() -> None:
    """What a fresh Lambda process does not have: clients, keys, and what it has asked once."""
    connection.shared.cache_clear()
    for cached in (
        clients.sockets,
        clients.mail,
        clients.queues,
        clients.functions,
        teams._create,
        probe._impatient,
    ):
        cached.cache_clear()
    push._pushed_at.clear()
    for table in tables.ALL:
        table._connection = None
    tokens.forget_keys()
    upgrades.forget()
    throttles.forget_paces()


@cache
def _client(service: str) -> Any:
    """One a session: making a client takes longer than all that is done with it."""
    return _session().create_client(service, "eu-central-1")


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _lay_tables() -> None:
    """Empty tables: made by AWS's API once a session, and copied for every test after that."""
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][os.environ["AWS_REGION"]]
    if not _empty_tables:
        _create_tables(_client("dynamodb"))
        _empty_tables.update(copy.deepcopy(backend.tables))
    backend.tables.update(copy.deepcopy(_empty_tables))


_empty_tables: dict[str, Any] = {}


def _create_tables(client: Any) -> None:
    template = json.loads((ROOT / "infra" / "resources.json").read_text())
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    for resource in template["Resources"].values():
        if resource.get("Type") != "AWS::DynamoDB::Table":
            continue
        properties = resource["Properties"]
        name = properties["TableName"]["Fn::Sub"].replace("${AWS::StackName}-", "taskflow-test-")
        options = {key: properties[key] for key in wanted if key in properties}
        client.create_table(TableName=name, **options)
