"""The bench of cold starts: what it says of what it measured."""

import re

from infra.bench import cold

PLAIN = cold.Zip(18_000_000, 2500, cold.Start(900, 920, 950, 467))


def test_a_third_meets_the_bar() -> None:
    measured = {cold.PLAIN: PLAIN, cold.OURS: _ours(300)}

    assert cold.verdict(measured) == (
        "The bar is met: 0.33 of the plain zip's CPU, where 0.33 is the bar."
    )


def test_more_than_a_third_misses_it() -> None:
    measured = {cold.PLAIN: PLAIN, cold.OURS: _ours(306)}

    assert cold.verdict(measured) == (
        "Bar missed: 0.34 of the plain zip's CPU, where 0.33 is the bar."
    )


def test_the_table_shows_both_beside_their_ratio() -> None:
    table = cold.table({cold.PLAIN: PLAIN, cold.OURS: _ours(270)})

    rows = [re.split("  +", line) for line in table.splitlines()]
    assert ["zip, MB", "18.0", "4.5", "0.25"] in rows
    assert ["CPU of the start, ms", "900", "270", "0.30"] in rows


def _ours(cpu: float) -> cold.Zip:
    return cold.Zip(4_500_000, 700, cold.Start(cpu, cpu + 20, cpu + 50, 450))
