"""Whatever is sent, the answer is a client error in the shape of the contract."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app
from tests import events
from tests.conftest import Client, Reply, account, registered

JSON = {"Content-Type": "application/json"}
LARGEST = 256 * 1024
NOT_AN_OBJECT = "Request body must be a JSON object"

WITH_BODY = [
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/password"),
    ("PATCH", "/api/profile"),
    ("POST", "/api/tasks"),
    ("PUT", "/api/tasks/TF-1"),
    ("PATCH", "/api/tasks/TF-1"),
]
WITH_QUERY = {
    "/api/tasks": [
        *("status", "assigned_to", "priority", "due_before", "due_after", "q"),
        *("team", "limit", "cursor", "page", "sort", "unknown"),
    ],
    "/api/dashboard/stats": ["team"],
    "/api/changes": ["since", "limit", "team"],
}
WITH_ID = [
    ("GET", "/api/tasks/{}"),
    ("PUT", "/api/tasks/{}"),
    ("PATCH", "/api/tasks/{}"),
    ("DELETE", "/api/tasks/{}"),
    ("GET", "/api/teams/{}/members"),
]
BAD_JSON = {
    "nothing": "",
    "blank": "   ",
    "no JSON": "title=x",
    "half an object": '{"title":',
    "two objects": '{"title":"a"}{"title":"b"}',
    "trailing comma": '{"title":"a",}',
    "single quotes": "{'title':'a'}",
    "comment": '{"title":"a"/**/}',
    "byte order mark": '\ufeff{"title":"a"}',
    "raw null character": '{"title":"a\x00b"}',
    "raw line break": '{"title":"a\nb"}',
    "array": "[]",
    "array of objects": '[{"title":"a"}]',
    "text": '"title"',
    "number": "1",
    "null": "null",
    "true": "true",
    "NaN": '{"title":NaN}',
    "Infinity": '{"title":Infinity}',
    "-Infinity": '{"title":-Infinity}',
    "lone surrogate": '{"title":"\\ud800"}',
    "lone surrogate as a name": '{"\\udfff":"a"}',
    "raw lone surrogate": '{"title":"\ud800"}',
    "float beyond a double": '{"title":1e999}',
    "number of 5,000 digits": '{"title":' + "9" * 5000 + "}",
    "array 100,000 deep": "[" * 100_000,
    "object 50,000 deep": '{"a":' * 50_000,
    "closed object 40,000 deep": '{"a":' * 40_000 + "1" + "}" * 40_000,
    "duplicate key": '{"title":"a","title":"b"}',
    "duplicate key inside": '{"title":"a","x":[{"y":1,"y":2}]}',
}
WRONG_VALUES = [None, True, 7, -1.5, 10**30, "", " ", "\0", "x" * 20_000, [], ["a"], {}, {"a": 1}]
HOSTILE_TEXTS = [
    "\0",
    "\ud800",
    "\r\nSet-Cookie: a=b",
    "\U0001d57f\U0001d58e",
    "\u202egnp.exe",
    "x" * 10_240,
    "' OR 1=1 --",
    "{{7*7}}",
    "../../etc/passwd",
    "%00",
    "null",
    "[]",
    "{}",
    "-1",
    "0",
    "1e3",
    "9" * 40,
    "NaN",
    "true",
    "٣",
    "1_0",
    "+1",
    "0x10",
    "2026-02-30",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2026-11-23T00:00:00Z",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
    "00000000-0000-7000-8000-000000000000",
]
IDS = [
    "%00",
    "TF-1%00",
    "TF-1%0d%0aX: y",
    "TF-1%2f..",
    "%2e%2e",
    "%FF%FE",
    "%",
    "%zz",
    "%25",
    "TF-0",
    "TF-01",
    "TF--1",
    "TF-1.0",
    "TF-1e1",
    "TF-٣",
    "TF-999999999999",
    "TF-9999999999999999999999999999999999999999",
    "tf-1",
    "\u0422F-1",
    "XX-1",
    "TF ",
    "-",
    "*",
    "null",
    "undefined",
    "{id}",
    "\ud800",
    "TF-1\n",
    "\U0001d54b\U0001d53d-1",
    "x" * 10_240,
]
AUTHORIZATIONS = [
    "",
    " ",
    "Bearer",
    "Bearer ",
    "Bearer a",
    "Bearer .",
    "Bearer ..",
    "Bearer a.b",
    "Bearer a.b.c",
    "Bearer a.b.c.d",
    "Bearer ====.====.====",
    "Bearer é.é.é",
    "Bearer \ud800",
    "Bearer \0",
    "Bearer " + "a" * 10_000,
    "Bearer " + "." * 10_000,
    "Bearer e30.e30.e30",
    "Bearer W10.W10.W10",
    "Bearer bnVsbA.bnVsbA.",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "Bearer eyJraWQiOltdfQ.e30.",
    "Bearer eyJraWQiOnsiYSI6MX19.e30.",
    "Bearer " + base64.urlsafe_b64encode(b"[" * 6000).decode() + ".e30.",
    "Bearer " + base64.urlsafe_b64encode(b'{"kid":' + b"9" * 5000 + b"}").decode() + ".e30.",
    "bearer",
    "Basic YWxpY2U6c2VjcmV0",
    "Negotiate",
    "Token x",
    "Bearer,Bearer",
    "BearerX",
    "\tBearer\tx",
]


@pytest.fixture(scope="module")
def alice() -> Iterator[Client]:
    """A member in an account that all tests of this module share, with the task TF-1."""
    with account():
        client = registered("Alice")
        client.post("/api/tasks", {"title": "The one that stays"})
        yield client


@pytest.mark.parametrize(
    ("method", "path", "raw"),
    [
        pytest.param(method, path, raw, id=f"{method} {path} {name}")
        for method, path in WITH_BODY
        for name, raw in BAD_JSON.items()
        if raw or path != "/api/auth/logout"
    ],
)
def test_body_that_is_no_json_object_is_400(
    alice: Client, method: str, path: str, raw: str
) -> None:
    reply = alice(method, path, raw=raw, headers=JSON)

    assert reply.status == 400
    assert problem(reply)["error"] == NOT_AN_OBJECT


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"title":"\xff"}', b"\x1f\x8b\x08\x00", b"\x00"])
@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_body_of_bytes_is_400(alice: Client, method: str, path: str, body: bytes) -> None:
    reply = _base64(alice, method, path, base64.b64encode(body).decode())

    assert reply.status == 400
    assert problem(reply)["error"] == NOT_AN_OBJECT


@pytest.mark.parametrize("body", ["!", "abc", "YQ", "é", "====", "A" * 5])
@pytest.mark.parametrize(("method", "path"), [*WITH_BODY, ("POST", "/login")])
def test_body_of_broken_base64_is_400(alice: Client, method: str, path: str, body: str) -> None:
    reply = _base64(alice, method, path, body)

    assert reply.status == 400


def test_body_in_base64_is_read_as_what_it_encodes(alice: Client) -> None:
    body = base64.b64encode('{"title":"Grüße"}'.encode()).decode()

    created = _base64(alice, "POST", "/api/tasks", body)

    assert (created.status, created.json["title"]) == (201, "Grüße")
    alice.delete(created.headers["location"])


@pytest.mark.parametrize(
    ("size", "status"), [(LARGEST - 1, 200), (LARGEST, 200), (LARGEST + 1, 413)]
)
def test_body_may_have_256_kb_and_not_a_byte_more(alice: Client, size: int, status: int) -> None:
    empty = json.dumps({"ignored": ""})
    raw = json.dumps({"ignored": "x" * (size - len(empty))})

    reply = alice.patch("/api/tasks/TF-1", raw=raw, headers=JSON)

    assert (len(raw), reply.status) == (size, status)


def test_size_of_a_body_is_counted_in_bytes(alice: Client) -> None:
    raw = json.dumps({"ignored": "ü" * (LARGEST // 2)}, ensure_ascii=False)

    assert alice.patch("/api/tasks/TF-1", raw=raw, headers=JSON).status == 413


@pytest.mark.parametrize(
    ("method", "path"), [*WITH_BODY, ("POST", "/login"), ("POST", "/register")]
)
def test_body_over_256_kb_is_413(alice: Client, method: str, path: str) -> None:
    reply = alice(method, path, raw="x" * (LARGEST + 1), headers=JSON)

    assert reply.status == 413
    # As the gateway says it (infra/gateway.py), on every Python.
    assert problem(reply)["title"] == "Content Too Large"
    assert problem(reply)["error"] == "Request body must be at most 256 KB"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        ";;;",
        "*/*",
        "json",
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json, text/plain",
        "application/problem+json",
        "a" * 10_000,
        "\ud800",
        "application/json\0",
    ],
)
@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_body_of_another_type_is_415(
    alice: Client, method: str, path: str, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}

    reply = alice(method, path, raw='{"title":"x"}', headers=headers)

    assert reply.status == 415
    assert problem(reply)["error"] == "Content-Type must be application/json"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json;charset=utf-8",
        "APPLICATION/JSON ; a=b",
        " application/json",
    ],
)
def test_json_is_recognised_in_every_spelling(alice: Client, content_type: str) -> None:
    headers = {"Content-Type": content_type}

    assert alice.patch("/api/tasks/TF-1", raw="{}", headers=headers).status == 200


@pytest.mark.parametrize("value", WRONG_VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(
    "field",
    ["title", "description", "status", "priority", "assigned_to", "due_date", "team"],
)
def test_wrong_value_for_a_field_of_a_task_is_400_or_fits(
    alice: Client, field: str, value: Any
) -> None:
    created = alice.post("/api/tasks", {"title": "T", field: value})
    changed = alice.patch("/api/tasks/TF-1", {field: value})

    assert created.status in {201, 400, 404}
    assert changed.status in {200, 400}
    for reply in (created, changed):
        if reply.status >= 400:
            problem(reply)
    alice.patch("/api/tasks/TF-1", {"title": "The one that stays"})
    if created.status == 201:
        alice.delete(created.headers["location"])


@pytest.mark.parametrize("value", WRONG_VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/auth/register", "name"),
        ("/api/auth/register", "email"),
        ("/api/auth/register", "password"),
        ("/api/auth/login", "email"),
        ("/api/auth/login", "password"),
    ],
)
def test_wrong_value_for_a_field_of_an_account_is_a_client_error(
    alice: Client, path: str, field: str, value: Any
) -> None:
    good = {"name": "Eve", "email": "alice@example.com", "password": "a good password"}

    reply = Client().post(path, good | {field: value})

    assert reply.status in {400, 401, 409}
    problem(reply)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "parameter"),
    [(path, parameter) for path, parameters in WITH_QUERY.items() for parameter in parameters],
)
def test_hostile_query_is_never_our_error(alice: Client, path: str, parameter: str) -> None:
    for text in HOSTILE_TEXTS:
        reply = _with_query(alice, path, {"limit": "1", parameter: text})

        assert reply.status in {200, 400, 404}, text
        if reply.status != 200:
            problem(reply)


@pytest.mark.parametrize(
    "limit",
    ["abc", "0", "-1", "101", "1.0", "1e1", "٣", " 5", "5 ", "+5", "1_0", "0x5", "9" * 40, "true"],
)
@pytest.mark.parametrize("path", ["/api/tasks", "/api/changes"])
def test_limit_is_a_whole_number_from_1_to_100(alice: Client, path: str, limit: str) -> None:
    reply = _with_query(alice, path, {"limit": limit})

    message = "Limit must be a whole number from 1 to 100"
    assert (reply.status, problem(reply)["errors"]) == (
        400,
        [{"field": "limit", "message": message}],
    )


@pytest.mark.parametrize("page", ["abc", "0", "-1", "1.5", "1001", "9" * 40])
def test_page_is_a_whole_number_from_1(alice: Client, page: str) -> None:
    reply = _with_query(alice, "/api/tasks", {"page": page})

    assert (reply.status, problem(reply)["errors"][0]["field"]) == (400, "page")


@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_id_that_is_no_id_is_404(alice: Client, method: str, path: str) -> None:
    for identifier in IDS:
        event = events.http(method, "/", raw="{}", headers=_signed_in(alice, JSON))
        event["path"] = event["requestContext"]["path"] = path.format(identifier)

        reply = _sent(event)

        assert reply.status == 404, identifier
        assert problem(reply)["error"] in {"Task not found", "Team not found"}


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/api",
        "/api/",
        "/api/tasks/",
        "/api/tasks/TF-1/",
        "/api/tasks/TF-1/x",
        "//",
        "/%2e",
    ],
)
def test_unknown_path_is_404(alice: Client, path: str) -> None:
    event = events.http("GET", "/", headers=_signed_in(alice, {}))
    event["path"] = event["requestContext"]["path"] = path

    reply = _sent(event)

    assert (reply.status, problem(reply)["error"]) == (404, "Not found")


@pytest.mark.parametrize(
    "header",
    [
        "",
        '""',
        '"0"',
        '"999"',
        "abc",
        "-1",
        "1.0",
        '"٣"',
        ",,,",
        "9" * 10_000,
        '"*"',
        "\0",
        "\ud800",
    ],
    ids=lambda header: ascii(header)[:20],
)
def test_if_match_of_another_version_is_412(alice: Client, header: str) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        reply = alice(method, "/api/tasks/TF-1", raw="{}", headers=JSON | {"If-Match": header})

        assert reply.status == 412
        assert problem(reply)["current"]["id"] == "TF-1"


@pytest.mark.parametrize("header", AUTHORIZATIONS, ids=lambda header: ascii(header)[:20])
def test_malformed_authorization_is_401(alice: Client, header: str) -> None:
    for path in ("/api/profile", "/api/tasks/TF-1"):
        reply = Client().get(path, headers={"Authorization": header})

        assert reply.status == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert problem(reply)["error"] in {"Authentication required", "Invalid or expired token"}


@pytest.mark.parametrize(
    "cookie",
    ["", ";", "=", "__Host-taskflow", "__Host-taskflow=", "__Host-taskflow=x", "\0", "\ud800=é"],
)
def test_malformed_cookie_is_401(alice: Client, cookie: str) -> None:
    reply = Client().get("/api/profile", headers={"Cookie": cookie})

    assert reply.status == 401
    problem(reply)


@pytest.mark.parametrize(
    "other",
    ['seen={"a":1}', "path=/", "a b=c", "=x", "x", "expires=never", 'q="', "é=ü", "theme=dark"],
)
def test_cookies_of_others_do_not_end_a_session(alice: Client, other: str) -> None:
    for cookie in (
        f"{other}; __Host-taskflow={alice.token}",
        f"__Host-taskflow={alice.token}; {other}",
    ):
        assert Client().get("/api/profile", headers={"Cookie": cookie}).status == 200


@pytest.mark.parametrize(
    "origin", ["", "null", "http://[", "http://", "//", "taskflow.test", "\0", "\ud800", "x" * 9000]
)
@pytest.mark.parametrize("path", ["/api/live/ticket", "/login", "/register", "/logout"])
def test_malformed_origin_is_403(alice: Client, path: str, origin: str) -> None:
    headers = {"Cookie": f"__Host-taskflow={alice.token}", "Origin": origin}

    reply = Client().post(path, headers=headers)

    assert (reply.status, problem(reply)["error"]) == (403, "Cross-site request refused")


@pytest.mark.parametrize(
    "raw",
    ["", "&&&", "=", "email", "email=%FF%FE", "a=" * 60, "&".join(["a=1"] * 60), "\ud800", "{}"],
)
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_malformed_form_is_400(alice: Client, path: str, raw: str) -> None:
    assert Client()("POST", path, raw=raw).status == 400


@pytest.mark.parametrize(
    "missing", ["headers", "queryStringParameters", "body", "stageVariables", "isBase64Encoded"]
)
def test_event_without_a_part_is_served(alice: Client, missing: str) -> None:
    event = events.http("GET", "/health")
    del event[missing]

    assert _sent(event).status == 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        *("title", "description", "status", "priority", "assigned_to", "due_date", "team"),
        *("name", "email", "password", "id", "version", "role", "created_by"),
    ]
)
BODIES = st.dictionaries(FIELDS | st.text(), JSON_VALUES, max_size=6) | JSON_VALUES
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            *("status", "assigned_to", "priority", "due_before", "due_after", "q"),
            *("team", "limit", "cursor", "page", "sort", "since"),
        ]
    )
    | st.text(),
    st.text() | st.sampled_from(["me", "TF", "pending", "high", "due_date", "2026-11-23", "5"]),
    max_size=5,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["If-Match", "Origin", "Sec-Fetch-Site", "Cookie", "Accept", "X-Forwarded-Proto"]
    ),
    st.text(),
    max_size=3,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for path, methods in app.app.routes.items() for method in methods],
)
@settings(max_examples=12, deadline=None)
@given(body=BODIES, query=QUERIES, headers=HEADERS, part=st.text(min_size=1))
def test_no_input_is_our_error(
    alice: Client,
    method: str,
    path: str,
    body: Any,
    query: dict[str, str],
    headers: dict[str, str],
    part: str,
) -> None:
    for identifier in ("TF-1", part):
        event = events.http(method, "/", body=body, headers=_signed_in(alice, headers))
        address = path.replace("{id}", identifier).replace("{key}", identifier)
        event["path"] = event["requestContext"]["path"] = address
        event["queryStringParameters"] = query or None

        reply = _sent(event)

        if path == "/api/auth/logout" and isinstance(body, dict) and body.get("everywhere"):
            pytest.fail("the shared session would be over")
        assert reply.status < 500
        if reply.status >= 400 and not reply.headers["content-type"].startswith("text/html"):
            problem(reply)


def problem(reply: Reply) -> dict[str, Any]:
    """The problem in a reply, checked to have the one shape that failures have."""
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json
    required = {"type", "title", "status", "detail", "error", "request_id"}
    assert required <= body.keys() <= required | {"errors", "current"}
    assert body["type"] == "about:blank"
    assert body["status"] == reply.status
    assert body["error"] == body["detail"]
    assert body["request_id"] == reply.headers["x-request-id"]
    for fault in body.get("errors", []):
        assert fault.keys() == {"field", "message"}
    return body


def _base64(client: Client, method: str, path: str, body: str) -> Reply:
    event = events.http(method, path, raw=body, headers=_signed_in(client, JSON))
    event["isBase64Encoded"] = True
    return _sent(event)


def _with_query(client: Client, path: str, query: dict[str, str]) -> Reply:
    """Sent as the function gets it: API Gateway has decoded names and values."""
    event = events.http("GET", path, headers=_signed_in(client, {}))
    event["queryStringParameters"] = query
    event["multiValueQueryStringParameters"] = {name: [text] for name, text in query.items()}
    return _sent(event)


def _signed_in(client: Client, headers: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}", **headers}


def _sent(event: dict[str, Any]) -> Reply:
    answer = app.app(event, None)
    return Reply(
        status=answer["statusCode"],
        headers={name.lower(): value for name, value in answer["headers"].items()},
        cookies=answer.get("multiValueHeaders", {}).get("Set-Cookie", []),
        text=answer["body"],
    )


def test_assignee_too_long_for_a_key_is_400(alice: Client) -> None:
    """DynamoDB refuses keys over 2,048 bytes; moto takes them."""
    reply = alice.get(f"/api/tasks?assigned_to={'x' * 2100}")

    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "assigned_to")
