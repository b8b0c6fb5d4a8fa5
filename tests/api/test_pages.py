"""The pages: signing in and registering without scripts, the dashboard, and what surrounds them."""

import json
import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from typing import Any
from unittest.mock import ANY
from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib import VERSION
from chalicelib.api import static_files
from chalicelib.services import teams
from tests.conftest import PASSWORD, Client, Reply, account, registered

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self' wss://sockets.test; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types taskflow"
)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "{{7*7}}",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "\u2028\u2029",
]
FOREIGN_NEXTS = [
    "//elsewhere",
    "//elsewhere.test",
    "///elsewhere",
    "/\\elsewhere.test",
    "\\\\elsewhere.test",
    "/%2felsewhere.test",
    "/%5celsewhere.test",
    "%2f%2felsewhere.test",
    "https://elsewhere.test",
    "https:elsewhere.test",
    "HTTPS://taskflow.test.elsewhere",
    "javascript:alert(1)",
    "data:text/html,x",
    "/admin//elsewhere",
    "/admin/../..//elsewhere",
    "/./elsewhere",
    "/admin\r\nSet-Cookie: a=b",
    "/admin\n",
    "/\t/elsewhere.test",
    " /admin",
    "admin",
    "?a",
    "/ad min",
    "/<script>",
    "/@elsewhere.test",
    "/admin?next=//elsewhere",
]
LOCAL_NEXTS = ["/", "/admin", "/admin#task-TF-1", "/admin?status=pending&limit=5", "/tasks/TF-1"]


@pytest.fixture(scope="module", autouse=True)
def alice() -> Iterator[Client]:
    """A member in an account that all tests of this module share."""
    with account():
        yield registered("Alice")


@pytest.fixture
def browser(alice: Client) -> Client:
    """Alice with the cookie that signing in has set."""
    return Client(headers={"Cookie": f"__Host-taskflow={alice.token}"}, user=alice.user)


@pytest.fixture
def visitor() -> Client:
    return Client()


class Links(HTMLParser):
    """Every address in a page, and whether anything in it would run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        named = [values.get(name) for name in ("href", "src", "action", "formaction")]
        self.addresses += [address for address in named if address]
        if tag == "style" or any(name.startswith("on") or name == "style" for name in values):
            self.inline.append(tag)
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.inline.append(tag)


@pytest.mark.parametrize("prefix", ["", "/dev"])
@pytest.mark.parametrize(
    "target", ["/login", "/register", "/admin", "/admin/settings", "/api/docs", "/nothing"]
)
def test_page_is_html_under_the_strict_policy(
    browser: Client, visitor: Client, target: str, prefix: str
) -> None:
    for client in (browser, visitor):
        reply = client.get(target, headers={"Accept": "text/html"}, prefix=prefix)

        links = Links(reply.text)
        if target == "/admin/settings" and client is visitor:
            assert reply.headers["location"] == f"{prefix}/login?next=/admin/settings"
            continue
        assert reply.status == (404 if target == "/nothing" else 200)
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert reply.headers["content-security-policy"] == POLICY
        assert reply.headers["cache-control"] == "no-store"
        assert links.inline == []
        assert links.addresses
        for address in links.addresses:
            assert address.startswith((f"{prefix}/", "#", "https://")), address
            assert not address.startswith("//")


@pytest.mark.parametrize("target", ["/login", "/register", "/admin", "/admin/settings"])
def test_assets_of_a_page_exist_and_are_kept(browser: Client, target: str) -> None:
    addresses = Links(browser.get(target).text).addresses

    assets = [urlsplit(each).path for each in addresses if each.startswith("/static/")]
    assert len(assets) >= 4
    for path in assets:
        reply = browser.get(path)
        assert reply.status == 200, path
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("css/base.css", "text/css; charset=utf-8"),
        ("locales/de.json", "application/json"),
        ("js/api.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml; charset=utf-8"),
        ("js/vendor/LICENSES.txt", "text/plain; charset=utf-8"),
    ],
)
def test_asset_is_text_of_its_type(visitor: Client, path: str, content_type: str) -> None:
    reply = visitor.get(f"/static/{static_files.version()}/{path}")

    assert reply.headers["content-type"] == content_type
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.text == static_files.read(path)


def test_asset_under_an_old_hash_is_the_current_one_and_not_kept(visitor: Client) -> None:
    reply = visitor.get("/static/0123456789abcdef/css/base.css")

    assert (reply.status, reply.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        *("../config.py", "..%2f..%2fconfig.py", "%2e%2e/config.py", "css/../../config.py"),
        *("css/", "css", ".", "/etc/passwd", "css/base.css%00", "css/BASE.css", "css/base.css/"),
    ],
)
def test_nothing_but_assets_is_served(visitor: Client, path: str) -> None:
    assert visitor.get(f"/static/{static_files.version()}/{path}").status == 404


@pytest.mark.parametrize("prefix", ["", "/dev"])
def test_root_leads_to_the_dashboard(visitor: Client, prefix: str) -> None:
    reply = visitor.get("/", prefix=prefix)

    assert (reply.status, reply.headers["location"]) == (303, f"{prefix}/admin")


@pytest.mark.parametrize("cookie", ["", "__Host-taskflow=x", "__Host-taskflow=a.b.c", "other=1"])
def test_dashboard_without_a_session_is_the_way_in_and_no_data(
    visitor: Client, alice: Client, cookie: str
) -> None:
    alice.post("/api/tasks", {"title": "A secret plan"})

    reply = visitor.get("/admin", headers={"Cookie": cookie} if cookie else {})

    assert reply.status == 200
    assert 'action="/login"' in reply.text
    for data in ("secret plan", "alice@example.com", 'id="boot"', "TF-"):
        assert data not in reply.text


def test_bearer_header_opens_no_page(alice: Client) -> None:
    assert 'action="/login"' in alice.get("/admin").text


def test_dashboard_boots_from_what_the_api_answers(browser: Client, alice: Client) -> None:
    task = alice.post("/api/tasks", {"title": "Boot"}).json

    boot = _boot(browser.get("/admin", prefix="/dev"))

    profile = alice.get("/api/profile").json
    changes = alice.get("/api/changes?limit=100").json["changes"]
    for change in changes:
        del change["task"]["description"]
    assert boot | {"stats": {}, "tasks": [], "cursor": ""} == {
        "base": "/dev",
        "version": VERSION,
        "user": {name: value for name, value in profile.items() if name != "teams"},
        "team": {"key": "TF", "name": "TaskFlow", "role": "member"},
        "members": alice.get("/api/teams/TF/members").json["members"],
        "stats": {},
        "tasks": [],
        "first": 12,
        "others": [],
        "changes": changes[::-1][:10],
        "cursor": "",
    }
    stats = alice.get("/api/dashboard/stats").json
    assert boot["stats"] == {name: stats[name] for name in boot["stats"]} | {"source": ANY}
    del task["description"]
    assert boot["tasks"][0] == task
    assert alice.get(f"/api/changes?since={boot['cursor']}").status == 200


def test_dashboard_boots_with_the_upper_ends_of_the_columns(browser: Client, alice: Client) -> None:
    for number in range(13):
        alice.post("/api/tasks", {"title": f"Task {number}", "status": "in_progress"})

    boot = _boot(browser.get("/admin/list"))

    column = alice.get("/api/tasks?status=in_progress&sort=rank&limit=12").json["tasks"]
    assert len(column) == 12
    started = [task["id"] for task in boot["tasks"] if task["status"] == "in_progress"]
    assert started == [task["id"] for task in column]


@pytest.mark.parametrize("view", ["list", "calendar", "mine", "insights", "trash"])
def test_views_are_the_dashboard_under_addresses_of_their_own(browser: Client, view: str) -> None:
    reply = browser.get(f"/admin/{view}", prefix="/dev")

    assert (reply.status, f'data-view="{view}"' in reply.text) == (200, True)
    assert f'href="/dev/admin/{view}" data-view="{view}" aria-current="page"' in reply.text


@pytest.mark.parametrize("path", ["/admin/nothing", "/admin/board", "/admin/list/more", "/admin/"])
def test_view_that_is_not_there_is_no_page(browser: Client, path: str) -> None:
    assert browser.get(path).status == 404


@pytest.mark.parametrize(
    ("address", "following"),
    [
        ("/admin", ""),
        ("/admin/list", "/admin/list"),
        ("/admin?q=a+b&due=week", "/admin?q=a+b&due=week"),
        ("/admin/calendar?month=2026-11", "/admin/calendar?month=2026-11"),
        ("/admin?q=%C3%A4%2F%2F", "/admin?q=%C3%A4%2F%2F"),
        ("/admin/mine?next=//elsewhere", "/admin/mine?next=%2F%2Felsewhere"),
    ],
)
def test_way_in_keeps_the_view_and_its_filters(
    visitor: Client, address: str, following: str
) -> None:
    form = visitor.get(address, prefix="/dev").text
    values = {"email": "alice@example.com", "password": PASSWORD, "next": following}

    entered = _submit(visitor, "/login", values)

    assert f'name="next" value="{escape(following)}"' in form
    assert entered.headers["location"] == (following or "/admin")


def test_dashboard_of_somebody_in_no_team_says_so() -> None:
    oscar = registered("Oscar")
    assert oscar.user is not None
    teams.remove_member("TF", oscar.user.id)

    reply = Client(headers={"Cookie": f"__Host-taskflow={oscar.token}"}).get("/admin")

    assert (reply.status, "You are in no team" in reply.text) == (200, True)
    assert 'id="boot"' not in reply.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text_in_the_dashboard(browser: Client, text: str) -> None:
    sent = {"title": f"T{text}", "description": text}
    task = browser.post("/api/tasks", sent, headers={"Sec-Fetch-Site": "same-origin"}).json

    page = browser.get("/admin")

    assert Links(page.text).inline == []
    assert "<img src=x" not in page.text
    assert page.text.count("<script") == page.text.count("</script>")
    first = _boot(page)["tasks"][0]
    assert (first["id"], first["title"]) == (task["id"], f"T{text}".strip())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("path", "field"), [("/login", "email"), ("/register", "name")])
def test_hostile_texts_are_text_in_forms(visitor: Client, path: str, field: str, text: str) -> None:
    page = _submit(visitor, path, {field: text, "next": text})

    assert page.status == 400
    assert Links(page.text).inline == []
    assert "<img src=x" not in page.text
    assert "<svg onload" not in page.text
    assert "alert(1)</script>" not in page.text


def test_login_form_enters_the_dashboard_with_the_cookie(visitor: Client) -> None:
    reply = _submit(visitor, "/login", {"email": " Alice@example.com", "password": PASSWORD})

    assert (reply.status, reply.headers["location"], reply.text) == (303, "/admin", "")
    (cookie,) = reply.cookies
    token, _, flags = cookie.removeprefix("__Host-taskflow=").partition("; ")
    assert flags == "Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax"
    assert Client(token=token).get("/api/profile").json["name"] == "Alice"
    assert token not in str(reply.headers)


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({}, 400, "Email is required"),
        ({"email": "alice@example.com"}, 400, "Password is required"),
        (
            {"email": "alice@example.com", "password": "wrong password"},
            401,
            "That email and password do not match an account.",
        ),
        (
            {"email": "nobody@example.com", "password": "wrong password"},
            401,
            "That email and password do not match an account.",
        ),
    ],
)
def test_login_form_says_what_is_wrong_and_keeps_the_email(
    visitor: Client, values: dict[str, str], status: int, sentence: str
) -> None:
    reply = _submit(visitor, "/login", values)

    assert (reply.status, reply.cookies) == (status, [])
    assert sentence in reply.text
    assert f'value="{values.get("email", "")}"' in reply.text
    assert "wrong password" not in reply.text


def test_register_form_makes_the_account_and_enters(visitor: Client) -> None:
    values = {"name": "Ben", "email": "ben@example.com", "password": PASSWORD, "role": "admin"}

    reply = _submit(visitor, "/register", values)

    assert (reply.status, reply.headers["location"]) == (303, "/admin")
    token = reply.cookies[0].removeprefix("__Host-taskflow=").partition(";")[0]
    profile = Client(token=token).get("/api/profile").json
    assert (profile["name"], profile["role"]) == ("Ben", "user")


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"name": ""}, 400, "Name is required"),
        ({"email": "nobody"}, 400, "Email must be a valid address such as ada@example.com"),
        ({"password": "short"}, 400, "Password must be at least 8 characters"),
        ({"password": "password"}, 400, "Password is too common"),
        ({"password": "x" * 73}, 400, "Password must be at most 72 bytes"),
        ({"email": "alice@example.com"}, 409, "Email already registered"),
    ],
)
def test_register_form_says_what_is_wrong_and_keeps_what_was_typed(
    visitor: Client, change: dict[str, str], status: int, sentence: str
) -> None:
    values = {"name": "Cid", "email": "cid@example.com", "password": PASSWORD, **change}

    reply = _submit(visitor, "/register", values)

    assert (reply.status, reply.cookies, sentence in reply.text) == (status, [], True)
    assert f'value="{values["name"]}"' in reply.text
    assert f'value="{values["email"]}"' in reply.text
    assert f'value="{values["password"]}"' not in reply.text


@pytest.mark.parametrize("path", ["/login", "/register"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.test"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_form_from_a_foreign_site_is_refused(
    visitor: Client, path: str, headers: dict[str, str]
) -> None:
    values = {"name": "Eve", "email": "alice@example.com", "password": PASSWORD}

    reply = _submit(visitor, path, values, headers)

    assert (reply.status, reply.cookies) == (403, [])


@pytest.mark.parametrize("prefix", ["", "/dev"])
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://taskflow.test"}], ids=str
)
def test_sign_out_clears_the_cookie_and_leads_to_the_form(
    browser: Client, headers: dict[str, str], prefix: str
) -> None:
    reply = browser("POST", "/logout", raw="", headers=headers, prefix=prefix)

    assert (reply.status, reply.headers["location"]) == (303, f"{prefix}/login")
    assert reply.cookies == ["__Host-taskflow=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"]


def test_sign_out_by_a_foreign_site_is_refused(browser: Client) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.test"}):
        assert browser("POST", "/logout", raw="", headers=headers).status == 403


@pytest.mark.parametrize("target", FOREIGN_NEXTS)
def test_next_never_leads_elsewhere(visitor: Client, target: str) -> None:
    values = {"email": "alice@example.com", "password": PASSWORD, "next": target}

    entered = _submit(visitor, "/login", values)
    form = visitor.get("/login?" + urlencode({"next": target}))
    refused = _submit(visitor, "/login", {"email": "x", "next": target})

    assert (entered.status, entered.headers["location"]) == (303, "/admin")
    for page in (form, refused):
        assert 'name="next" value=""' in page.text
        assert "elsewhere" not in page.text


@pytest.mark.parametrize("prefix", ["", "/dev"])
@pytest.mark.parametrize("target", LOCAL_NEXTS)
def test_next_leads_to_a_path_of_ours(visitor: Client, target: str, prefix: str) -> None:
    values = {"email": "alice@example.com", "password": PASSWORD, "next": target}

    entered = _submit(visitor, "/login", values, prefix=prefix)
    form = visitor.get("/login?" + urlencode({"next": target}), prefix=prefix)

    assert entered.headers["location"] == prefix + target
    assert f'name="next" value="{escape(target)}"' in form.text


@pytest.mark.parametrize(
    ("cookie", "attribute"),
    [
        ("theme=dark", 'data-theme="dark"'),
        ("theme=light", 'data-theme="light"'),
        ("a=b; theme=dark; c=d", 'data-theme="dark"'),
        ("theme=blue", None),
        ('theme="><script>', None),
        ("theme=", None),
        ("", None),
    ],
)
def test_theme_cookie_is_in_the_page_from_the_first_byte(
    visitor: Client, cookie: str, attribute: str | None
) -> None:
    head = visitor.get("/login", headers={"Cookie": cookie}).text.partition("<head>")[0]

    assert ("data-theme" in head) == (attribute is not None)
    assert attribute is None or attribute in head


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_browser_gets_a_page_for_what_is_not_there(visitor: Client, method: str) -> None:
    reply = visitor(method, "/nothing", headers={"Accept": "text/html,*/*"}, prefix="/dev")

    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    if method != "HEAD":
        assert "There is no page here" in reply.text
        assert reply.headers["x-request-id"] in reply.text
        assert 'href="/dev/admin"' in reply.text


def test_program_gets_a_problem_for_what_is_not_there(visitor: Client) -> None:
    reply = visitor.get("/nothing", headers={"Accept": "application/json"})

    assert reply.headers["content-type"] == "application/problem+json"


def test_browser_gets_a_page_for_our_own_bug(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)

    reply = browser.get("/admin", headers={"Accept": "text/html"})

    assert (reply.status, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert reply.headers["content-security-policy"] == POLICY
    assert "Something went wrong on our side" in reply.text
    assert reply.headers["x-request-id"] in reply.text
    assert "secret detail" not in reply.text


def test_docs_name_every_route(visitor: Client) -> None:
    page = visitor.get("/api/docs").text

    for path in visitor.get("/api/openapi.json").json["paths"]:
        assert path in page


def _submit(
    client: Client,
    path: str,
    values: dict[str, str],
    headers: dict[str, str] | None = None,
    *,
    prefix: str = "",
) -> Reply:
    form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return client("POST", path, raw=urlencode(values), headers=form, prefix=prefix)


def _boot(page: Reply) -> Any:
    match = re.search(
        r'<script type="application/json" id="boot">(.*?)</script>', page.text, re.DOTALL
    )
    assert match is not None
    return json.loads(match[1])
