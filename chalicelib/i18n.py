"""The words people read, in the language of whoever is being answered."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from msgspec import Struct, field

Entry = str | Mapping[str, str]

_FOLDER = Path(__file__).parent / "static" / "locales"
# What a browser sends is short; what is longer is not read to its end.
_LONGEST_HEADER = 500


class Language(StrEnum):
    EN = "en"
    DE = "de"


_current: ContextVar[Language] = ContextVar("language", default=Language.EN)


class Message(Struct, frozen=True):
    """A sentence that is yet to be said: which one, and with what in it."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """In English, for logs; the edge says it with `said`."""
        return _said(self, Language.EN)


def message(key: str, /, **params: object) -> Message:
    return Message(key, params)


def text(key: str, /, **params: object) -> str:
    """The text in the current language.

    Of a text with plural forms `count` decides; numbers are grouped as the language does it.
    """
    return said(Message(key, params))


def day(date: date) -> str:
    """A day in figures, as the current language writes it."""
    return text("format.day", year=f"{date:%Y}", month=f"{date:%m}", day=f"{date:%d}")


def number(value: int) -> str:
    """The number as the current language groups it."""
    return _grouped(value, _current.get())


def said(message: Message) -> str:
    """The message in the current language."""
    return _said(message, _current.get())


def current() -> Language:
    return _current.get()


@contextmanager
def use(language: Language) -> Iterator[None]:
    """Speak this language inside the block."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def prefer(language: Language | None) -> None:
    """Speak this language from here to the end of the block of `use`; None changes nothing."""
    if language is not None:
        _current.set(language)


def negotiate(accept_language: str) -> Language:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); else English."""
    best, highest = Language.EN, 0.0
    for part in accept_language[:_LONGEST_HEADER].split(","):
        tag, _, parameters = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if language in set(Language) and quality > highest:
            best, highest = Language(language), quality
    return best


@cache
def catalogue(language: Language) -> Mapping[str, Entry]:
    """All texts of a language by key."""
    entries: dict[str, Entry] = json.loads((_FOLDER / f"{language}.json").read_text())
    return entries


def _said(message: Message, language: Language) -> str:
    entry = catalogue(language)[message.key]
    if not isinstance(entry, str):
        entry = entry["one" if message.params.get("count") == 1 else "other"]
    return entry.format_map({name: _part(each, language) for name, each in message.params.items()})


def _part(value: object, language: Language) -> str:
    if isinstance(value, Message):
        return _said(value, language)
    return _grouped(value, language) if isinstance(value, int) else str(value)


def _grouped(value: int, language: Language) -> str:
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language is Language.DE else grouped


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
