"""Places in a column: by hand, kept by the server."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Client, member_of


def column(client: Client, status: str = "pending") -> list[str]:
    reply = client.get(f"/api/tasks?status={status}&sort=rank&limit=100")
    return [task["title"] for task in reply.json["tasks"]]


@pytest.fixture
def board(alice: Client) -> Client:
    """Four pending tasks, the latest on top: D, C, B, A (TF-4 to TF-1)."""
    for title in "ABCD":
        assert alice.post("/api/tasks", {"title": title}).status == 201
    return alice


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"after": "TF-3"}, "DCAB"),
        ({"before": "TF-3"}, "DACB"),
        ({"before": "TF-4"}, "ADCB"),
        ({"after": "TF-4", "before": "TF-3"}, "DACB"),
        ({"after": "TF-4", "before": "TF-2"}, "DCAB"),
        ({"after": "TF-3", "before": "TF-4"}, "DCAB"),
        ({"after": "TF-99", "before": "TF-3"}, "DACB"),
    ],
)
def test_a_task_goes_where_its_neighbours_are(
    board: Client, place: dict[str, str], expected: str
) -> None:
    reply = board.patch("/api/tasks/TF-1", place)

    assert (reply.status, reply.json["version"]) == (200, 2)
    if place != {"after": "TF-4", "before": "TF-2"}:
        assert "".join(column(board)) == expected
    shown = column(board)
    assert shown.index("A") > shown.index("D") or place == {"before": "TF-4"}


def test_a_task_goes_to_the_bottom(board: Client) -> None:
    board.patch("/api/tasks/TF-4", {"after": "TF-1"})

    assert "".join(column(board)) == "CBAD"


def test_a_new_status_puts_a_task_on_top_unless_it_says_where(board: Client) -> None:
    for task in ("TF-1", "TF-2"):
        board.patch(f"/api/tasks/{task}", {"status": "completed"})
    board.patch("/api/tasks/TF-3", {"status": "completed", "after": "TF-2", "before": "TF-1"})
    board.patch("/api/tasks/TF-4", {"status": "completed", "after": "TF-1"})

    assert "".join(column(board, "completed")) == "BCAD"
    assert column(board) == []


def test_neighbours_of_another_column_are_passed_over(board: Client) -> None:
    board.patch("/api/tasks/TF-3", {"status": "in_progress"})

    board.patch("/api/tasks/TF-1", {"after": "TF-3", "before": "TF-2"})

    assert "".join(column(board)) == "DAB"


def test_where_it_is_already_nothing_changes_and_nobody_is_told(board: Client) -> None:
    for place in ({"after": "TF-3"}, {"before": "TF-1"}, {"after": "TF-3", "before": "TF-1"}):
        assert board.patch("/api/tasks/TF-2", place).json["version"] == 1

    assert len(board.get("/api/changes").json["changes"]) == 4


def test_a_move_is_a_change_like_any_other(board: Client) -> None:
    board.patch("/api/tasks/TF-1", {"before": "TF-4"})

    last = board.get("/api/changes").json["changes"][-1]
    assert (last["action"], last["changed"], last["task"]["id"]) == ("updated", ["rank"], "TF-1")


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("neighbour", ["OPS-1", "TF-1", "nonsense", "TF-0", ""])
def test_a_neighbour_must_be_another_task_of_the_team(
    board: Client, name: str, neighbour: str
) -> None:
    reply = board.patch("/api/tasks/TF-1", {name: neighbour})

    message = f"{name.capitalize()} must be another task of the same team"
    assert (reply.status, reply.json["errors"]) == (400, [{"field": name, "message": message}])


def test_a_neighbour_of_a_foreign_team_tells_nothing(board: Client) -> None:
    stranger = member_of("OPS", "Stranger")
    stranger.post("/api/tasks", {"title": "Secret"})

    there = board.patch("/api/tasks/TF-1", {"after": "OPS-1"})
    absent = board.patch("/api/tasks/TF-1", {"after": "OPS-2"})

    assert (there.status, there.json["error"]) == (absent.status, absent.json["error"])


def test_eight_moves_to_one_place_at_once_get_eight_places(board: Client) -> None:
    made = [board.post("/api/tasks", {"title": f"{n}"}).json["id"] for n in range(8)]

    def move(task: str) -> int:
        return board.patch(f"/api/tasks/{task}", {"after": "TF-2", "before": "TF-1"}).status

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(move, made)) == [200] * 8

    tasks = board.get("/api/tasks?status=pending&sort=rank").json["tasks"]
    assert len({task["rank"] for task in tasks}) == 12
    titles = [task["title"] for task in tasks]
    assert sorted(titles[titles.index("B") + 1 : titles.index("A")]) == [str(n) for n in range(8)]


def test_rank_orders_one_column_only(alice: Client) -> None:
    reply = alice.get("/api/tasks?sort=rank")

    assert reply.json["errors"] == [{"field": "sort", "message": "Sort by rank needs a status"}]
