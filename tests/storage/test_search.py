"""The rows of words: what one look finds, and where the next one goes on."""

from typing import Any

import pytest

from chalicelib.storage import search
from chalicelib.storage.search import Found


def test_task_whose_words_a_look_cuts_apart_is_left_to_the_next(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WINDOW", 4)
    for number in (7, 8, 9):
        search.change("TF", number, removed=(), added=("certain", "certificate", "certify"))

    first = search.beginning("TF", "certif")
    second = search.beginning("TF", "certif", below=first.complete_to)

    assert first == Found([9], complete_to=9)
    assert second == Found([8], complete_to=8)
    assert search.beginning("TF", "certify", below=8) == Found([7], complete_to=0)


def test_short_word_finds_only_itself(aws: Any) -> None:
    search.change("TF", 1, removed=(), added=("ce", "cer", "certain"))

    assert search.beginning("TF", "ce") == Found([1], complete_to=0)
    assert search.beginning("TF", "c") == Found([], complete_to=0)
