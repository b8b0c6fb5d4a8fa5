"""The OpenAPI document: valid, complete, and true of what the API really answers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
from chalicelib.api import openapi
from chalicelib.entities import TeamRole
from chalicelib.services import guesses, teams, throttles
from chalicelib.storage import connection
from tests.conftest import PASSWORD, Client, Reply, account, registered

DOCUMENT = openapi.document()
COMMITTED = Path(__file__).parents[1] / "docs" / "openapi.json"
RAW = {
    "/",
    "/admin",
    "/admin/{view}",
    "/admin/settings",
    "/admin/settings/password",
    "/admin/settings/sessions",
    "/admin/settings/sessions/{id}",
    "/login",
    "/logout",
    "/register",
    "/api/docs",
    "/api/openapi.json",
    "/static/{version}/{path}",
    "/manifest.webmanifest",
    "/sw.js",
}
LARGE = "x" * (256 * 1024 + 1)
TEXT = {"Content-Type": "text/plain"}
ADA = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
ALICE = {"email": "alice@example.com", "password": PASSWORD}
OLD = {"If-Match": '"99"'}
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


class World:
    """People who together can bring about every response."""

    def __init__(self) -> None:
        self.alice, self.viewer, self.outsider = map(registered, ("Alice", "Vera", "Oscar"))
        self.nobody = Client()
        assert self.viewer.user is not None
        assert self.outsider.user is not None
        teams.set_role("TF", self.viewer.user.id, TeamRole.VIEWER)
        teams.remove_member("TF", self.outsider.user.id)
        self.foreign = Client(headers={"Cookie": f"__Host-taskflow={self.alice.token}", **FOREIGN})

    def task(self) -> str:
        made = self.alice.post("/api/tasks", {"title": "T", "assigned_to": self._id()})
        return f"/api/tasks/{made.json['id']}"

    def deleted(self) -> str:
        """Where a deleted task is restored."""
        path = self.task()
        self.alice.delete(path)
        return f"{path}/restore"

    def signed_in(self) -> Client:
        return Client(token=self.nobody.post(LOGIN, ALICE).json["token"])

    def end_session(self, client: Client) -> Reply:
        ids = [each["id"] for each in client.get("/api/sessions").json["sessions"]]
        return client.delete(f"/api/sessions/{ids[0]}")

    def _id(self) -> str:
        assert self.alice.user is not None
        return self.alice.user.id


Case = Callable[[World], Reply]
PASSWORDS = "/api/auth/password"
SAME = {"current_password": PASSWORD, "new_password": PASSWORD}
SESSION = "/api/sessions/{id}"
RESTORE = "/api/tasks/{id}/restore"
BATCH = {"ids": ["TF-1", "TF-999"], "changes": {"title": "T"}}
NO_KEY = {"Idempotency-Key": " "}
REGISTER, LOGIN, LOGOUT = "/api/auth/register", "/api/auth/login", "/api/auth/logout"
CASES: dict[tuple[str, str, str], Case] = {
    ("post", REGISTER, "201"): lambda w: w.nobody.post(REGISTER, ADA),
    ("post", REGISTER, "400"): lambda w: w.nobody.post(REGISTER, {}),
    ("post", REGISTER, "409"): lambda w: w.nobody.post(REGISTER, {"name": "A", **ALICE}),
    ("post", REGISTER, "413"): lambda w: w.nobody("POST", REGISTER, raw=LARGE),
    ("post", REGISTER, "415"): lambda w: w.nobody("POST", REGISTER, raw="x", headers=TEXT),
    ("post", LOGIN, "200"): lambda w: w.nobody.post(LOGIN, ALICE),
    ("post", LOGIN, "400"): lambda w: w.nobody.post(LOGIN, {}),
    ("post", LOGIN, "401"): lambda w: w.nobody.post(LOGIN, {"email": "x", "password": "x"}),
    ("post", LOGIN, "413"): lambda w: w.nobody("POST", LOGIN, raw=LARGE),
    ("post", LOGIN, "415"): lambda w: w.nobody("POST", LOGIN, raw="x", headers=TEXT),
    ("post", LOGOUT, "204"): lambda w: w.alice.post(LOGOUT),
    ("post", LOGOUT, "400"): lambda w: w.alice.post(LOGOUT, {"everywhere": 1}),
    ("post", LOGOUT, "401"): lambda w: w.nobody.post(LOGOUT),
    ("post", LOGOUT, "403"): lambda w: w.foreign.post(LOGOUT),
    ("post", LOGOUT, "413"): lambda w: w.alice("POST", LOGOUT, raw=LARGE),
    ("post", LOGOUT, "415"): lambda w: w.alice("POST", LOGOUT, raw="x", headers=TEXT),
    ("get", "/api/profile", "200"): lambda w: w.alice.get("/api/profile"),
    ("get", "/api/profile", "401"): lambda w: w.nobody.get("/api/profile"),
    ("patch", "/api/profile", "200"): lambda w: w.alice.patch(
        "/api/profile", {"language": "en", "time_zone": "Europe/Berlin", "theme": None}
    ),
    ("patch", "/api/profile", "400"): lambda w: w.alice.patch("/api/profile", {"theme": "x"}),
    ("patch", "/api/profile", "401"): lambda w: w.nobody.patch("/api/profile", {}),
    ("patch", "/api/profile", "403"): lambda w: w.foreign.patch("/api/profile", {}),
    ("patch", "/api/profile", "409"): lambda w: _contended(
        lambda: w.alice.patch("/api/profile", {"name": "Alicia"})
    ),
    ("patch", "/api/profile", "413"): lambda w: w.alice("PATCH", "/api/profile", raw=LARGE),
    ("patch", "/api/profile", "415"): lambda w: w.alice(
        "PATCH", "/api/profile", raw="x", headers=TEXT
    ),
    ("post", PASSWORDS, "200"): lambda w: registered("Pat").post(PASSWORDS, SAME),
    ("post", PASSWORDS, "400"): lambda w: w.alice.post(PASSWORDS, {}),
    ("post", PASSWORDS, "401"): lambda w: w.nobody.post(PASSWORDS, SAME),
    ("post", PASSWORDS, "403"): lambda w: w.foreign.post(PASSWORDS, SAME),
    ("post", PASSWORDS, "409"): lambda w: _contended(lambda: w.alice.post(PASSWORDS, SAME)),
    ("post", PASSWORDS, "413"): lambda w: w.alice("POST", PASSWORDS, raw=LARGE),
    ("post", PASSWORDS, "415"): lambda w: w.alice("POST", PASSWORDS, raw="x", headers=TEXT),
    ("get", "/api/sessions", "200"): lambda w: w.signed_in().get("/api/sessions"),
    ("get", "/api/sessions", "401"): lambda w: w.nobody.get("/api/sessions"),
    ("delete", SESSION, "204"): lambda w: w.end_session(w.signed_in()),
    ("delete", SESSION, "401"): lambda w: w.nobody.delete("/api/sessions/x"),
    ("delete", SESSION, "403"): lambda w: w.foreign.delete("/api/sessions/x"),
    ("delete", SESSION, "404"): lambda w: w.alice.delete("/api/sessions/x"),
    ("get", "/api/tasks", "200"): lambda w: w.alice.get("/api/tasks"),
    ("get", "/api/tasks", "400"): lambda w: w.alice.get("/api/tasks?limit=0"),
    ("get", "/api/tasks", "401"): lambda w: w.nobody.get("/api/tasks"),
    ("get", "/api/tasks", "404"): lambda w: w.outsider.get("/api/tasks"),
    ("post", "/api/tasks", "201"): lambda w: w.alice.post("/api/tasks", {"title": "T"}),
    ("post", "/api/tasks", "400"): lambda w: w.alice.post("/api/tasks", {}),
    ("post", "/api/tasks", "401"): lambda w: w.nobody.post("/api/tasks"),
    ("post", "/api/tasks", "403"): lambda w: w.viewer.post("/api/tasks", {"title": "T"}),
    ("post", "/api/tasks", "404"): lambda w: w.outsider.post("/api/tasks", {"title": "T"}),
    ("post", "/api/tasks", "409"): lambda w: _contended(
        lambda: w.alice.post("/api/tasks", {"title": "T"})
    ),
    ("post", "/api/tasks", "413"): lambda w: w.alice("POST", "/api/tasks", raw=LARGE),
    ("post", "/api/tasks", "415"): lambda w: w.alice("POST", "/api/tasks", raw="x", headers=TEXT),
    ("post", "/api/tasks", "422"): lambda w: _with_one_key(
        lambda headers: [w.alice.post("/api/tasks", {"title": t}, headers=headers) for t in "TU"]
    ),
    ("get", "/api/tasks/{id}", "200"): lambda w: w.alice.get(w.task()),
    ("get", "/api/tasks/{id}", "401"): lambda w: w.nobody.get(w.task()),
    ("get", "/api/tasks/{id}", "404"): lambda w: w.outsider.get(w.task()),
    ("delete", "/api/tasks/{id}", "204"): lambda w: w.alice.delete(w.task()),
    ("delete", "/api/tasks/{id}", "401"): lambda w: w.nobody.delete(w.task()),
    ("delete", "/api/tasks/{id}", "403"): lambda w: w.viewer.delete(w.task()),
    ("delete", "/api/tasks/{id}", "404"): lambda w: w.outsider.delete(w.task()),
    ("delete", "/api/tasks/{id}", "409"): lambda w: _contended_on(w, "DELETE"),
    ("delete", "/api/tasks/{id}", "412"): lambda w: w.alice.delete(w.task(), headers=OLD),
    ("patch", "/api/tasks", "200"): lambda w: w.alice.patch("/api/tasks", BATCH),
    ("patch", "/api/tasks", "400"): lambda w: w.alice.patch("/api/tasks", {}),
    ("patch", "/api/tasks", "401"): lambda w: w.nobody.patch("/api/tasks", BATCH),
    ("patch", "/api/tasks", "403"): lambda w: w.foreign.patch("/api/tasks", BATCH),
    ("patch", "/api/tasks", "413"): lambda w: w.alice("PATCH", "/api/tasks", raw=LARGE),
    ("patch", "/api/tasks", "415"): lambda w: w.alice("PATCH", "/api/tasks", raw="x", headers=TEXT),
    ("post", RESTORE, "200"): lambda w: w.alice.post(w.deleted()),
    ("post", RESTORE, "400"): lambda w: w.alice.post(w.deleted(), headers=NO_KEY),
    ("post", RESTORE, "401"): lambda w: w.nobody.post(w.deleted()),
    ("post", RESTORE, "403"): lambda w: w.viewer.post(w.deleted()),
    ("post", RESTORE, "404"): lambda w: w.outsider.post(w.deleted()),
    ("post", RESTORE, "409"): lambda w: _contended_post(w, w.deleted()),
    ("post", RESTORE, "422"): lambda w: _with_one_key(
        lambda headers: [w.alice.post(w.deleted(), headers=headers) for _ in "TU"]
    ),
    ("get", "/api/tasks/{id}/activity", "200"): lambda w: w.alice.get(f"{w.task()}/activity"),
    ("get", "/api/tasks/{id}/activity", "400"): lambda w: w.alice.get(
        f"{w.task()}/activity?limit=0"
    ),
    ("get", "/api/tasks/{id}/activity", "401"): lambda w: w.nobody.get(f"{w.task()}/activity"),
    ("get", "/api/tasks/{id}/activity", "404"): lambda w: w.outsider.get(f"{w.task()}/activity"),
    ("get", "/api/trash", "200"): lambda w: (w.deleted(), w.alice.get("/api/trash"))[1],
    ("get", "/api/trash", "400"): lambda w: w.alice.get("/api/trash?cursor=x"),
    ("get", "/api/trash", "401"): lambda w: w.nobody.get("/api/trash"),
    ("get", "/api/trash", "404"): lambda w: w.outsider.get("/api/trash"),
    ("get", "/api/dashboard/trend", "200"): lambda w: w.alice.get("/api/dashboard/trend"),
    ("get", "/api/dashboard/trend", "400"): lambda w: w.alice.get("/api/dashboard/trend?days=0"),
    ("get", "/api/dashboard/trend", "401"): lambda w: w.nobody.get("/api/dashboard/trend"),
    ("get", "/api/dashboard/trend", "404"): lambda w: w.outsider.get("/api/dashboard/trend"),
    ("get", "/api/dashboard/stats", "200"): lambda w: w.alice.get("/api/dashboard/stats"),
    ("get", "/api/dashboard/stats", "401"): lambda w: w.nobody.get("/api/dashboard/stats"),
    ("get", "/api/dashboard/stats", "404"): lambda w: w.outsider.get("/api/dashboard/stats"),
    ("get", "/api/teams", "200"): lambda w: w.alice.get("/api/teams"),
    ("get", "/api/teams", "401"): lambda w: w.nobody.get("/api/teams"),
    ("get", "/api/teams/{key}/members", "200"): lambda w: w.alice.get("/api/teams/TF/members"),
    ("get", "/api/teams/{key}/members", "401"): lambda w: w.nobody.get("/api/teams/TF/members"),
    ("get", "/api/teams/{key}/members", "404"): lambda w: w.alice.get("/api/teams/XX/members"),
    ("get", "/api/changes", "200"): lambda w: w.alice.get("/api/changes"),
    ("get", "/api/changes", "400"): lambda w: w.alice.get("/api/changes?since=x"),
    ("get", "/api/changes", "401"): lambda w: w.nobody.get("/api/changes"),
    ("get", "/api/changes", "404"): lambda w: w.outsider.get("/api/changes"),
    ("post", "/api/live/ticket", "200"): lambda w: w.alice.post("/api/live/ticket"),
    ("post", "/api/live/ticket", "401"): lambda w: w.nobody.post("/api/live/ticket"),
    ("post", "/api/live/ticket", "403"): lambda w: w.foreign.post("/api/live/ticket"),
    ("get", "/health", "200"): lambda w: w.nobody.get("/health"),
    ("get", "/health", "503"): lambda w: _unreachable(lambda: w.nobody.get("/health")),
}
for _method in ("put", "patch"):
    CASES |= {
        (_method, "/api/tasks/{id}", status): case
        for status, case in {
            "200": lambda w, m=_method: w.alice(m.upper(), w.task(), {"status": "completed"}),
            "400": lambda w, m=_method: w.alice(m.upper(), w.task(), {"title": ""}),
            "401": lambda w, m=_method: w.nobody(m.upper(), w.task(), {}),
            "403": lambda w, m=_method: w.viewer(m.upper(), w.task(), {}),
            "404": lambda w, m=_method: w.outsider(m.upper(), w.task(), {}),
            "409": lambda w, m=_method: _contended_on(w, m.upper()),
            "412": lambda w, m=_method: w.alice(m.upper(), w.task(), {}, headers=OLD),
            "413": lambda w, m=_method: w.alice(m.upper(), w.task(), raw=LARGE),
            "415": lambda w, m=_method: w.alice(m.upper(), w.task(), raw="x", headers=TEXT),
        }.items()
    }


for _method, _path, _refused in (
    ("patch", "/api/profile", lambda w: w.alice.patch("/api/profile", {})),
    ("post", REGISTER, lambda w: w.nobody.post(REGISTER, {**ADA, "email": "a@example.com"})),
    ("post", LOGIN, lambda w: w.nobody.post(LOGIN, ALICE)),
    ("post", LOGOUT, lambda w: w.alice.post(LOGOUT)),
    ("post", PASSWORDS, lambda w: w.alice.post(PASSWORDS, SAME)),
    ("post", "/api/tasks", lambda w: w.alice.post("/api/tasks", {"title": "T"})),
    ("patch", "/api/tasks", lambda w: w.alice.patch("/api/tasks", BATCH)),
    ("put", "/api/tasks/{id}", lambda w: w.alice.put("/api/tasks/TF-1", {})),
    ("patch", "/api/tasks/{id}", lambda w: w.alice.patch("/api/tasks/TF-1", {})),
    ("delete", "/api/tasks/{id}", lambda w: w.alice.delete("/api/tasks/TF-1")),
    ("delete", SESSION, lambda w: w.alice.delete("/api/sessions/x")),
    ("post", RESTORE, lambda w: w.alice.post("/api/tasks/TF-1/restore")),
    ("post", "/api/live/ticket", lambda w: w.alice.post("/api/live/ticket")),
):
    CASES[_method, _path, "429"] = lambda w, refused=_refused: _throttled(lambda: refused(w))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with account():
        yield World()


def test_committed_document_is_that_of_the_app() -> None:
    """`make openapi` writes it."""
    assert json.loads(COMMITTED.read_text()) == DOCUMENT


def test_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_document_is_served_as_json(world: World) -> None:
    reply = world.nobody.get("/api/openapi.json")

    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json == json.loads(json.dumps(DOCUMENT))


def test_document_holds_every_json_route() -> None:
    routes = {
        (method.lower(), path)
        for path, methods in app.app.routes.items()
        for method in methods
        if path not in RAW
    }

    described = {(method, path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == routes


def test_every_operation_has_a_name_a_sentence_and_says_who_may_call() -> None:
    operations = [each for item in DOCUMENT["paths"].values() for each in item.values()]

    assert len({each["operationId"] for each in operations}) == len(operations)
    for each in operations:
        assert each["summary"]
        is_public = "401" not in each["responses"] or each["operationId"].endswith("login")
        assert (each["security"] == []) == is_public, each["operationId"]


def test_every_query_parameter_is_described() -> None:
    parameters = DOCUMENT["paths"]["/api/tasks"]["get"]["parameters"]

    assert [each["name"] for each in parameters] == [
        *("status", "assigned_to", "priority", "due_before", "due_after", "q"),
        *("team", "limit", "cursor", "page", "sort"),
    ]
    limit = next(each for each in parameters if each["name"] == "limit")
    assert limit["schema"] | {"default": 20} == {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 20,
    }


def test_every_declared_response_has_a_case() -> None:
    declared = {
        (method, path, status)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        for status in operation["responses"]
    }

    assert declared == CASES.keys()


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_declared_response_is_what_the_api_answers(
    world: World, naps: list[float], case: tuple[str, str, str]
) -> None:
    method, path, status = case

    reply = CASES[case](world)

    assert str(reply.status) == status
    described = DOCUMENT["paths"][path][method]["responses"][status]
    if "content" not in described:
        assert reply.text == ""
        return
    ((content_type, content),) = described["content"].items()
    assert reply.headers["content-type"] == content_type
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(reply.json)] == []
    assert _undeclared(reply.json, content["schema"]) == set()


def test_response_that_differs_from_its_schema_is_noticed(world: World) -> None:
    body = world.alice.get("/api/profile").json
    schema = {"$ref": "#/components/schemas/Profile", "components": DOCUMENT["components"]}
    validator = Draft202012Validator(schema)

    assert validator.is_valid(body)
    assert not validator.is_valid({**body, "role": "king"})
    assert not validator.is_valid({name: body[name] for name in body if name != "teams"})
    assert _undeclared({**body, "extra": 1}, {"$ref": schema["$ref"]}) == {"extra"}


def _undeclared(body: Any, schema: dict[str, Any]) -> set[str]:
    """Names in a body that its schema does not have: what a client could not know of."""
    schema = next((each for each in schema.get("anyOf", []) if each != {"type": "null"}), schema)
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(body, list):
        return {name for each in body for name in _undeclared(each, schema["items"])}
    if not isinstance(body, dict) or "properties" not in schema:
        return set()
    known = schema["properties"]
    inside = {name for key in body.keys() & known for name in _undeclared(body[key], known[key])}
    return (body.keys() - known) | inside


def test_route_that_takes_an_idempotency_key_says_so() -> None:
    described = DOCUMENT["paths"]["/api/tasks"]["post"]

    assert [each["name"] for each in described["parameters"]] == ["Idempotency-Key"]
    assert "Idempotency-Replayed" in described["responses"]["201"]["headers"]
    assert "Idempotency-Replayed" in described["responses"]["400"]["headers"]
    assert "Retry-After" in described["responses"]["409"]["headers"]


def _with_one_key(send: Callable[[dict[str, str]], list[Reply]]) -> Reply:
    """The last answer to requests that share a key."""
    return send({"Idempotency-Key": "the-same"})[-1]


def _contended_post(world: World, path: str) -> Reply:
    return _contended(lambda: world.alice.post(path))


def _contended_on(world: World, method: str) -> Reply:
    path = world.task()
    return _contended(lambda: world.alice(method, path, {"title": "Changed"}))


def _throttled(ask: Callable[[], Reply]) -> Reply:
    """The answer where everything was done too often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(throttles, "WRITES", throttles.Limit("write", 0, 60))
        patch.setattr(guesses, "ADDRESS", throttles.Limit("login-address", 0, 60))
        patch.setattr(throttles.throttles, "take", lambda _: False)
        return ask()


def _contended(send: Callable[[], Reply]) -> Reply:
    """What is answered while every transaction meets another one."""
    client = connection.shared().client
    call = client._make_api_call

    def collide(operation: str, arguments: Any) -> Any:
        if operation != "TransactWriteItems":
            return call(operation, arguments)
        reasons = [{"Code": "TransactionConflict"} for _ in arguments["TransactItems"]]
        error = {"Code": "TransactionCanceledException", "Message": "TransactionConflict"}
        raise ClientError({"Error": error, "CancellationReasons": reasons}, operation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "_make_api_call", collide)
        return send()


def _unreachable(send: Callable[[], Reply]) -> Reply:
    def fail(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", fail)
        return send()
