"""`make cost`: the price list, the reckoning against sums done by hand, and what is said of it."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from infra.cost import prices, report, usage
from infra.cost.usage import Month, Row
from infra.progress import Failure

HOME = prices.regions()[report.HOME]
# Every request costs the same, so that sums can be done by hand.
FLAT = Row(round_trips=2, reads=1.0, writes=10.0, cpu=2.0)
ROWS = dict.fromkeys({*usage.DAY, usage.PUSH, usage.INDEX}, FLAT)


@pytest.mark.parametrize(
    ("units", "expected"),
    [(0, 0.0), (50, 100.0), (100, 200.0), (150, 250.0), (1_000, 1_100.0)],
)
def test_each_tier_has_its_price(units: float, expected: float) -> None:
    assert prices.charge(units, [(100, 2.0), (None, 1.0)]) == expected


def test_every_unit_of_the_month_has_a_price_in_every_region() -> None:
    counted = {each.name for each in fields(Month)}

    for region in prices.regions().values():
        assert counted < set(region.__struct_fields__)
        for name in counted:
            tiers = getattr(region, name)
            ends = [upto for upto, _ in tiers]
            assert ends[-1] is None
            assert ends[:-1] == sorted(ends[:-1])
            assert all(price > 0 for _, price in tiers)


def test_every_unit_stands_under_one_service() -> None:
    units = [unit for service in report.SERVICES.values() for unit in service]

    assert sorted(units) == sorted(each.name for each in fields(Month))


@pytest.mark.parametrize("text", ["{", "[]", '{"r": {"read": "2026-01-01"}}'])
def test_a_broken_price_list_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)

    with pytest.raises(Failure, match=r"prices\.json cannot be used"):
        prices.regions(path)


def test_units_that_lack_a_row_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "units.json"
    monkeypatch.setattr(usage, "UNITS", path)
    rows = {name: {"round_trips": 1, "reads": 1, "writes": 1, "cpu": 1} for name in ROWS}
    del rows["GET /admin"]
    path.write_text(json.dumps(rows))

    with pytest.raises(Failure, match=r"docs/units\.json lacks GET /admin"):
        usage.measured()


def test_committed_units_have_every_row_of_the_model() -> None:
    assert {*usage.DAY, usage.PUSH, usage.INDEX} <= usage.measured().keys()


def test_an_idle_stack_has_its_alarms_its_polls_and_its_artifact() -> None:
    idle = report.bill(usage.month(0, ROWS), HOME)

    # Ten alarms at 0.10; 5 pollers, 3 times a minute, 43,800 minutes at 0.40 a million; 40 MB.
    assert idle.gross == pytest.approx(1.0 + 657_000 * 0.4e-6 + 40 / 1024 * 0.023)
    assert idle.allowances == pytest.approx(1.2628)
    assert idle.total == pytest.approx(40 / 1024 * 0.023)


def test_one_person_by_hand() -> None:
    month = usage.month(1, ROWS)

    # 74.2 calls a day, and a file, on 21 days.
    assert month.requests == pytest.approx(75.2 * 21)
    assert month.socket_minutes == 360 * 21
    assert month.mails == 42
    # Alone: 90 pings with their pongs, 5 hellos of 3 frames, 20 openings told to oneself.
    assert month.messages == pytest.approx((180 + 15 + 40 + 10.2) * 21)
    # The rows for ten sockets count for one; each change wakes the outbox, 3 a day are indexed.
    assert month.writes == pytest.approx(10 * (74.2 + 5 + 5 + 90 + 2 + 5 + 2 + 1.02 + 3) * 21)


def test_people_in_teams_of_ten_cost_in_proportion() -> None:
    ten, thousand = usage.month(10, ROWS), usage.month(1_000, ROWS)

    for name in ("reads", "writes", "requests", "messages", "mails", "stored_gb", "gb_seconds"):
        assert getattr(thousand, name) == pytest.approx(100 * getattr(ten, name))


def test_less_memory_takes_longer_for_the_cpu_and_not_for_the_answers() -> None:
    row = Row(round_trips=2, reads=0, writes=0, cpu=10.0)

    assert usage.milliseconds(row, 1769 / 1024) == pytest.approx(10 + 8)
    assert usage.milliseconds(row, 3.0) == pytest.approx(10 + 8)
    assert usage.milliseconds(row, 1769 / 2 / 1024) == pytest.approx(20 + 8)


def test_alarms_and_polls_beyond_the_allowances_are_paid() -> None:
    used = Month(alarms=12, queue_requests=1_500_000)

    bill = report.bill(used, HOME)

    assert bill.gross == pytest.approx(1.20 + 0.60)
    assert bill.total == pytest.approx(0.20 + 0.20)


def test_a_missed_bar_names_what_costs_most() -> None:
    cheap, dear = report.Bill({"S3": 0.01}, 0.0), report.Bill({"SES": 30.0, "S3": 15.0}, 0.0)

    assert report.verdict({0: cheap, 10: cheap, 1_000: dear}) == [
        "Bars missed:",
        "- 1,000 people: 45.00 a month, where 40.00 is the bar; most of it is SES (30.00).",
    ]
    assert report.verdict({0: cheap, 10: cheap, 1_000: cheap}) == ["Every bar is met."]


def test_a_server_is_cheaper_from_the_first_size_that_costs_more() -> None:
    people = report.crossing(ROWS, HOME, 13.0)

    assert report.bill(usage.month(people, ROWS), HOME).total > 13.0
    assert report.bill(usage.month(people - 1, ROWS), HOME).total <= 13.0


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0.0, "0.00"), (0.0009, "0.0009"), (0.35, "0.35"), (999.994, "999.99"), (32_040.4, "32,040")],
)
def test_amounts_have_the_digits_worth_saying(amount: float, text: str) -> None:
    assert report.dollars(amount) == text


def test_the_stack_has_no_more_alarms_than_are_reckoned() -> None:
    template = (Path(usage.ROOT) / "infra" / "resources.json").read_text()

    assert len(re.findall(r'"Type": "AWS::CloudWatch::Alarm"', template)) <= usage.ALARMS
