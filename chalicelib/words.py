"""Words: the form in which texts are searched, whatever their case or Unicode form."""

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """Equal for texts that read alike: "STRASSE" and "straße", "ﬁ" and "fi".

    Caseless matching by compatibility: The Unicode Standard, 3.13, D146, without its last rounds.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def distinct(text: str) -> list[str]:
    """The words of a text, each once, in their order."""
    return list(dict.fromkeys(_WORD.findall(normalised(text))))


def occur(query: str, texts: Iterable[str]) -> bool:
    """Whether every word of the query, as separated by spaces, is somewhere in one of the texts."""
    searched = [normalised(text) for text in texts]
    return all(any(word in text for text in searched) for word in normalised(query).split())
