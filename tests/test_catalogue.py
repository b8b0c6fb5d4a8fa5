"""Every word people read comes from the catalogue, which says the same in both languages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib import i18n
from chalicelib.api import static_files
from chalicelib.i18n import Language
from tests import catalogue
from tests.conftest import PASSWORD, Client, Outbox

ENGLISH, GERMAN = catalogue.catalogue("en"), catalogue.catalogue("de")
FILES = [*catalogue.TEMPLATES, *catalogue.SCRIPTS]
# What is the same in every language: names, and what the API calls its own things.
NO_WORDS = {
    "TaskFlow",
    "· TaskFlow",
    "· TaskFlow\n404",
    "· TaskFlow\n500",
    "· TaskFlow\n503",
    "API",
    "RFC",
    "openapi.json",
    "If-Match",
    "Problem",
    "Change",
    "No script of ours: …",  # thrown for whoever writes the page, never shown on it
}


def test_both_languages_say_the_same_things() -> None:
    assert ENGLISH.keys() == GERMAN.keys()


@pytest.mark.parametrize("key", ENGLISH)
def test_text_has_the_same_parameters_and_forms_in_both(key: str) -> None:
    english, german = ENGLISH[key], GERMAN[key]

    assert catalogue.KEY.fullmatch(key)
    assert catalogue.parameters(english) == catalogue.parameters(german)
    assert isinstance(english, str) == isinstance(german, str)
    for entry in (english, german):
        forms = {"other": entry} if isinstance(entry, str) else entry
        assert forms.keys() in ({"other"}, {"one", "other"})
        assert all(text.strip() for text in forms.values())
        assert len(forms) == 1 or "count" in catalogue.parameters(entry)


@pytest.mark.parametrize("language", ["en", "de"])
def test_catalogue_is_sorted_with_one_key_a_line(language: str) -> None:
    texts = dict(sorted(catalogue.catalogue(language).items()))

    expected = json.dumps(texts, ensure_ascii=False, indent=2) + "\n"
    assert catalogue.source(language) == expected


def test_german_is_not_english() -> None:
    """Some words are the same; a sentence never is."""
    same = {key for key, text in ENGLISH.items() if text == GERMAN[key]}

    assert {key for key in same if " " in str(ENGLISH[key]) and "{" not in ENGLISH[key]} == set()


def test_every_text_that_is_named_is_there() -> None:
    named = catalogue.named_in_scripts() | catalogue.named_in_templates()

    assert (named | catalogue.named_in_python()) - ENGLISH.keys() == set()


def test_every_text_is_named_somewhere() -> None:
    assert ENGLISH.keys() - catalogue.written() == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_words_stand_in_the_catalogue_and_nowhere_else(path: Path) -> None:
    is_script = path.suffix == ".js"
    read = catalogue.literal_texts_of_script if is_script else catalogue.literal_texts_of_template

    assert [words for words in read(path) if words not in NO_WORDS] == []


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.js", "html`<p>Hello there</p>`", ["Hello there"]),
        ("a.js", 'html`<b title="Hello">${t("a.b")}</b>`', ["Hello"]),
        ("a.js", "html`<${Part} label=${x} title=${y} /><//>`", []),
        ("a.js", "html`<p>${list.map((each) => html`<i>Nested words</i>`)}</p>`", ["Nested words"]),
        ("a.js", "say(`The task “${title}” is gone`);", ["The task “…” is gone"]),
        ("a.js", 'say("Something went wrong.");', ["Something went wrong."]),
        ("a.js", "// A comment that says something\nt('a.b', { name });", []),
        ("a.js", "text.replace(/[\"'`]/g, '').split(/ Not words/);", []),
        ("a.html", "<p>{{ t('a.b') }}</p>{# A comment #}", []),
        ("a.html", "<p>{{ name or 'Nobody' }}</p>", ["Nobody"]),
        ("a.html", '<p aria-label="Words">{% if x %}More{% endif %}</p>', ["Words", "More"]),
        ("a.txt", "Hello {{ name }}", ["Hello"]),
    ],
)
def test_words_outside_of_the_catalogue_are_found(
    tmp_path: Path, name: str, content: str, found: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(content)
    read = (
        catalogue.literal_texts_of_script
        if name.endswith(".js")
        else catalogue.literal_texts_of_template
    )

    assert read(path) == found


def test_page_gets_the_texts_that_its_scripts_name_and_no_others() -> None:
    served = json.loads(static_files.read("locales/de.json") or "")

    assert served.items() <= GERMAN.items()
    assert catalogue.named_in_scripts() <= served.keys()
    assert not {"error.internal", "mail.hello", "docs.start"} & served.keys()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT, en;q=0.9", "de"),
        ("DE-de", "de"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("en, de", "en"),
        ("de;q=0", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("de;q=nonsense", "en"),
        ("de; level=1", "de"),
        (";;;,,,=", "en"),
        ("x" * 100_000 + ",de", "en"),
    ],
    ids=lambda text: str(text)[:24],
)
def test_language_is_the_best_that_the_browser_takes(header: str, language: str) -> None:
    assert i18n.negotiate(header) == language


def test_text_counts_and_groups_as_the_language_does() -> None:
    said = {}
    for language in Language:
        with i18n.use(language):
            said[language] = [
                i18n.text("people.team", count=1),
                i18n.text("people.team", count=1234),
                i18n.text("error.short_text", label=i18n.Message("field.title"), most=10_000),
            ]

    assert said == {
        Language.EN: [
            "Team: 1 person",
            "Team: 1,234 people",
            "Title must be a text of at most 10,000 characters",
        ],
        Language.DE: [
            "Team: 1 Person",
            "Team: 1.234 Personen",
            "Titel darf höchstens 10.000 Zeichen lang sein",
        ],
    }


def test_language_of_one_request_is_not_that_of_the_next(aws: Any) -> None:
    german = Client(headers={"Accept-Language": "de"}).get("/login").text
    english = Client().get("/login").text

    assert '<html lang="de"' in german
    assert "Schön, dass du da bist." in german
    assert '<html lang="en"' in english
    assert i18n.current() is Language.EN


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/register", "Leg dein Konto an"),
        ("/api/docs", "Erste Schritte"),
        ("/nothing", "Hier ist keine Seite"),
    ],
)
def test_pages_without_a_session_follow_the_browser(aws: Any, path: str, words: str) -> None:
    page = Client(headers={"Accept-Language": "de", "Accept": "text/html"}).get(path)

    assert words in page.text


def test_profile_decides_before_the_browser(alice: Client) -> None:
    cookie = {"Cookie": f"__Host-taskflow={alice.token}", "Accept-Language": "de"}
    browser = Client(headers=cookie)
    from_browser = browser.get("/admin").text
    alice.patch("/api/profile", {"language": "en"})

    from_profile = browser.get("/admin").text

    assert '<html lang="de"' in from_browser
    assert "Was dein Team" in from_browser or "dein Team" in from_browser
    assert '<html lang="en"' in from_profile


def test_problems_are_said_in_german(alice: Client, anonymous: Client) -> None:
    german = {"Accept-Language": "de"}
    alice.patch("/api/profile", {"language": "de"})

    nobody = anonymous.get("/api/profile", headers=german)
    invalid = alice.post("/api/tasks", {"title": " ", "status": "new", "due_date": "2026-02-30"})
    absent = alice.get("/api/tasks/TF-99", headers={"Accept-Language": "en"})

    assert nobody.json["detail"] == nobody.json["error"] == "Bitte melde dich an"
    assert nobody.json["title"] == "Unauthorized"
    assert invalid.json["error"] == "Titel fehlt noch"
    assert [each["message"] for each in invalid.json["errors"]] == [
        "Titel fehlt noch",
        "Ungültiger Wert für status. Möglich sind: pending, in_progress, completed, cancelled",
        "Fälligkeit muss ein gültiges Datum sein, zum Beispiel 2026-11-23",
    ]
    assert absent.json["error"] == "Aufgabe nicht gefunden"


def test_log_stays_english(
    alice: Client, log: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.errors import Unavailable  # noqa: PLC0415
    from chalicelib.services import teams  # noqa: PLC0415

    def fail(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(teams, "of", fail)

    reply = alice.get("/api/profile", headers={"Accept-Language": "de"})

    assert reply.json["error"] == "Gerade nicht erreichbar. Bitte versuch es noch einmal"
    assert "Temporarily unavailable" in json.dumps(log())


def test_mail_is_in_the_language_of_whoever_reads_it(
    alice: Client, bob: Client, outbox: Outbox, sent_mail: Callable[[], list[Any]]
) -> None:
    assert bob.user
    bob.patch("/api/profile", {"language": "de"})
    task = {"title": "<Umzug>", "assigned_to": bob.user.id, "due_date": "2026-12-01"}
    alice.post("/api/tasks", task | {"priority": "high"})

    outbox.run()

    (mail,) = sent_mail()
    assert mail.subject == "Neue Aufgabe für dich: <Umzug>"
    text = str(mail.body)
    for words in ("Hallo Bob,", "Alice", "Priorität:", "Hoch", "01.12.2026", "Aufgabe öffnen"):
        assert words in text
    assert "<Umzug>" not in text
    assert '<html lang="de">' in text


def test_form_says_in_german_what_is_wrong(aws: Any) -> None:
    headers = {"Accept-Language": "de", "Content-Type": "application/x-www-form-urlencoded"}
    form = f"email=nobody%40example.com&password={PASSWORD.replace(' ', '+')}"

    reply = Client().post("/login", raw=form, headers=headers)

    assert "E-Mail und Passwort passen zu keinem Konto." in reply.text
