"""Ranks: texts in the order of a column, with room between any two."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.services import ranks
from tests.conftest import Time


def test_top_is_over_all_tops_before_it_and_bottom_under_all_bottoms() -> None:
    tops = [ranks.top() for _ in range(100)]
    bottoms = [ranks.bottom() for _ in range(100)]

    assert tops == sorted(set(tops), reverse=True)
    assert bottoms == sorted(set(bottoms))
    assert tops[0] < bottoms[0]


def test_tops_follow_the_time(now: Time) -> None:
    now.now += timedelta(days=9)
    first = ranks.top()
    now.now += timedelta(milliseconds=1)

    assert ranks.top() < first


@given(st.lists(st.integers(0, 1_000), max_size=60))
def test_insertions_anywhere_keep_the_order(places: list[int]) -> None:
    column: list[str] = []

    for place in places:
        at = place % (len(column) + 1)
        above = column[at - 1] if at else None
        below = column[at] if at < len(column) else None
        column.insert(at, ranks.between(above, below))

    assert column == sorted(set(column))


def test_a_thousand_insertions_in_one_place_fit_into_a_sort_key() -> None:
    above, below = ranks.between(None, None), ranks.bottom()
    inserted = [below]

    for _ in range(1000):
        inserted.append(ranks.between(above, inserted[-1]))

    assert all(lower < higher for higher, lower in pairwise(inserted))
    assert above < inserted[-1]
    assert max(map(len, inserted)) < 900


def test_two_at_one_place_and_moment_get_different_ranks() -> None:
    above, below = ranks.top(), ranks.bottom()

    drawn = {ranks.between(above, below) for _ in range(500)}

    assert len(drawn) == 500


def test_without_room_it_is_right_under_the_upper_one() -> None:
    assert ranks.between("V", "V") > "V"
    assert ranks.between("W", "V") > "W"
    assert ranks.between("Vzz", "Vzz").startswith("Vzz")
