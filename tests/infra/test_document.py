"""What commands write into documents: between their markers, and nowhere else."""

from pathlib import Path

import pytest

from infra import document
from infra.progress import Failure


def test_only_the_block_of_the_command_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "d.md"
    path.write_text("a\n<!-- make x: begin -->\nold\n<!-- make x: end -->\nb\n")

    document.publish(path, "make x", document.fenced("\nnew\n"))

    wanted = "a\n<!-- make x: begin -->\n```\nnew\n```\n<!-- make x: end -->\nb\n"
    assert path.read_text() == wanted


def test_publishing_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "d.md"
    path.write_text("<!-- make x: begin --><!-- make x: end -->")

    document.publish(path, "make x", ["one"])
    once = path.read_text()
    document.publish(path, "make x", ["one"])

    assert path.read_text() == once


def test_lost_markers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "d.md"
    path.write_text("<!-- make x: begin -->")

    with pytest.raises(Failure, match=r"d\.md has lost its markers"):
        document.publish(path, "make x", ["one"])


def test_names_stand_left_and_figures_right() -> None:
    table = document.aligned([("", "a", "bb"), ("name", "100", "1"), ("n", "2", "")])

    assert table == ("        a  bb\n-------------\nname  100   1\nn       2\n-------------")
