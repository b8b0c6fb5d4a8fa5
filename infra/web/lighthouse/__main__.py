"""`make lighthouse`: what Lighthouse says of the pages, against the bars of the web app.

Each page on the artifact with the demo data, as a phone and as a desktop computer load it, by
Lighthouse's own simulated network and processor; the median of some runs. Fails below a bar.
"""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.progress import Failure, run, say, step
from infra.web import chromium, stage

FOLDER = Path(__file__).parent
RUNS = 3
PAGES = {
    "sign-in": "/login",
    "board": "/admin",
    "list": "/admin/list",
    "calendar": "/admin/calendar",
    "my tasks": "/admin/mine",
    "insights": "/admin/insights",
    "settings": "/admin/settings",
}
FORMS = {"mobile": [], "desktop": ["--preset=desktop"]}
CATEGORIES = ("performance", "accessibility", "best-practices")
# The score of a category is 0 to 1; times are in milliseconds, the shift is a share of the screen.
SCORES = {"mobile": (0.95, 1.0, 1.0), "desktop": (0.98, 1.0, 1.0)}
METRICS = {
    "first-contentful-paint": 1500.0,
    "largest-contentful-paint": 2000.0,
    "total-blocking-time": 200.0,
    "cumulative-layout-shift": 0.02,
}
CHROME = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
COLUMNS = ("performance", "accessibility", "best practices", "FCP s", "LCP s", "TBT ms", "CLS")


@dataclass(frozen=True)
class Row:
    page: str
    form: str
    scores: tuple[float, ...]
    metrics: tuple[float, ...]
    complaints: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Scores for both forms; the times are bars of the phone."""
        scores = all(map(float.__ge__, self.scores, SCORES[self.form]))
        times = all(map(float.__le__, self.metrics, METRICS.values()))
        return scores and (times or self.form != "mobile")


def main() -> int:
    chrome = chromium.required()
    _install()
    with (
        tempfile.TemporaryDirectory(prefix="taskflow-lighthouse-") as folder,
        stage.demo(Path(folder)) as (url, token),
    ):
        rows = list(_rows(url, token, chrome, Path(folder)))
    return _report(rows)


def _install() -> None:
    if (FOLDER / "node_modules" / ".bin" / "lighthouse").exists():
        return
    with step("Installing the pinned Lighthouse (a minute, the first time)"):
        outcome = subprocess.run(
            [shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=False,
        )
    if outcome.returncode:
        raise Failure(
            "Lighthouse could not be installed; check the network and npm's registry, then try"
            f" again.\n{outcome.stderr.strip()}"
        )


def _rows(url: str, token: str, chrome: str, folder: Path) -> Iterator[Row]:
    for page, path in PAGES.items():
        for form, options in FORMS.items():
            with step(f"{page}, {form}"):
                reports = [
                    _audited(url + path, token, [*options], chrome, folder) for _ in range(RUNS)
                ]
            yield _row(page, form, reports)


def _audited(
    address: str, token: str, options: list[str], chrome: str, folder: Path
) -> dict[str, Any]:
    headers, report = folder / "headers.json", folder / "report.json"
    headers.write_text(json.dumps({"Cookie": f"__Host-taskflow={token}"}))
    command = [str(FOLDER / "node_modules" / ".bin" / "lighthouse"), address, "--quiet"]
    command += ["--output=json", f"--output-path={report}", f"--extra-headers={headers}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROME}", *options]
    outcome = subprocess.run(
        command,
        env=os.environ | {"CHROME_PATH": chrome},
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise Failure(f"Lighthouse failed on {address}:\n{outcome.stderr.strip()[-2000:]}")
    audited: dict[str, Any] = json.loads(report.read_text())
    return audited


def _row(page: str, form: str, reports: list[dict[str, Any]]) -> Row:
    """The median of each number, and what any of the runs had to complain of."""
    scores = [
        statistics.median(float(each["categories"][name]["score"]) for each in reports)
        for name in CATEGORIES
    ]
    metrics = [
        statistics.median(float(each["audits"][name]["numericValue"]) for each in reports)
        for name in METRICS
    ]
    complaints = {text for report in reports for text in _complaints(report)}
    return Row(page, form, tuple(scores), tuple(metrics), tuple(sorted(complaints)))


def _complaints(report: dict[str, Any]) -> Iterator[str]:
    """The failed audits of the categories that have to be perfect."""
    for category in CATEGORIES[1:]:
        for each in report["categories"][category]["auditRefs"]:
            audit = report["audits"][each["id"]]
            if each["weight"] and audit["score"] is not None and audit["score"] < 1:
                yield f"{category}: {audit['title']}"


def _report(rows: list[Row]) -> int:
    say("\n" + " ".join([f"{'page':<18}", *(f"{name:>14}" for name in COLUMNS)]))
    for row in rows:
        scores = [f"{score * 100:>14.0f}" for score in row.scores]
        first, largest, blocking, shift = row.metrics
        times = [f"{first / 1000:>14.2f}", f"{largest / 1000:>14.2f}", f"{blocking:>14.0f}"]
        verdict = "" if row.is_good else "  BELOW THE BAR"
        say(
            " ".join([f"{row.page + ', ' + row.form:<18}", *scores, *times, f"{shift:>14.3f}"])
            + verdict
        )
        for complaint in row.complaints:
            say(f"  {complaint}")
    bars = ", ".join(
        f"{form} {'/'.join(f'{bar:.0%}' for bar in bars)}" for form, bars in SCORES.items()
    )
    say(f"\nBars: {bars}; on mobile FCP 1.5 s, LCP 2 s, TBT 200 ms, CLS 0.02.")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    run(main)
