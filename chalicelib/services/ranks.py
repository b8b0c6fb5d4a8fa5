"""Places in a column: texts that sort, with room for another between any two.

A rank is a fraction between 0 and 1 written in base 62, without the leading "0.": fractional
indexing, https://www.figma.com/blog/realtime-editing-of-ordered-sequences/. The digits are in
the order of their bytes, in which DynamoDB sorts.
"""

import secrets
import threading

from chalicelib import clock

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(_DIGITS)
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
# Eight digits hold the milliseconds until the year 8888, two more tell those of one apart.
_TIME_DIGITS = 10
_WITHIN = _BASE**2
_LAST_TICK = _BASE**_TIME_DIGITS - 1
# New ranks are drawn from at least so many, so that two people who put something at one place
# at one moment do not draw the same.
_ROOM = _BASE**4
# A half of the gap is lost at each insertion in the same place, and a digit holds six halvings:
# about 5,000 insertions between the same two before a rank is as long as this. DynamoDB's sort
# keys end at 1,024 bytes.
_LONGEST = 900

_lock = threading.Lock()
_latest = 0


def top() -> str:
    """A rank above all that were made so before: the later, the smaller."""
    return "A" + _digits(_LAST_TICK - _tick(), _TIME_DIGITS)


def bottom() -> str:
    """A rank below all that were made so before."""
    return "a" + _digits(_tick(), _TIME_DIGITS)


def between(above: str | None, below: str | None) -> str:
    """A rank under `above` and over `below`; absent ones are the ends of the column.

    When there is no room, because the two are equal or in the wrong order, it is the next best
    place: right under `above`.
    """
    if above is None:
        return _over(below)
    if below is None:
        candidate = bottom()
        return candidate if candidate > above else _drawn(above, None)
    return _drawn(above, below) if above < below else _right_under(above)


def _over(below: str | None) -> str:
    candidate = top()
    return candidate if below is None or candidate < below else _drawn("", below)


def _drawn(above: str, below: str | None) -> str:
    """One of the shortest ranks between the two that are enough to draw from, from their middle.

    Cut to so many digits, a candidate over the cut `above` is over all that begins with it.
    """
    for length in range(1, _LONGEST):
        first = _number(above, length) + 1
        last = _number(below, length) - 1 if below is not None else _BASE**length - 1
        if last - first >= _ROOM:
            quarter = (last - first) // 4
            return _digits(first + quarter + secrets.randbelow(2 * quarter), length)
    return _right_under(above)


def _right_under(above: str) -> str:
    return above + _digits(secrets.randbelow(_ROOM), 4)


def _number(rank: str, length: int) -> int:
    number = 0
    for position in range(length):
        number = number * _BASE + (_VALUES[rank[position]] if position < len(rank) else 0)
    return number


def _digits(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, _BASE)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _tick() -> int:
    """The time, ascending also within one millisecond of this process."""
    global _latest  # noqa: PLW0603 - the counter that makes ticks of one millisecond ascend
    with _lock:
        fresh = clock.milliseconds(clock.now()) * _WITHIN + secrets.randbelow(_WITHIN)
        _latest = max(fresh, _latest + 1)
        return _latest
