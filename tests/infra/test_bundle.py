"""Modules put together: what they do stays the same, and what nothing uses is refused."""

import json
import subprocess
from pathlib import Path

import playwright
import pytest

from infra import bundle, minify
from infra.progress import Failure

# Playwright brings one, so that these run also where Node.js is not installed.
NODE = Path(playwright.__file__).parent / "driver" / "node"
NOTHING = {"entry.js": "", "theme.js": ""}
# Each says on `log` what it is and what it sees; names meet in every way that names can.
MODULES = {
    "entry.js": 'import { log } from "./log.js";\nlog("entry");\n',
    "theme.js": "export const theme = 1; // a comment\n",
    "log.js": "/** @param {string} text */\nexport function log(text) {\n  globalThis.logged.push(text);\n}\n",
    "dashboard.js": """
import { close as shut, most } from "./first.js";
import { log } from "./log.js";
import { round } from "./round.js";
import { twice } from "./vendor/kit.js";
const { Board: First } = await import("./boardview.js");
const label = `dashboard ${First()}`;
log(`${label} ${shut()} ${most} ${round(3)} ${twice(4)}`);
async function later() {
  const { Board } = await import("./boardview.js");
  const { View } = await import("./oneview.js");
  log((await import("./twoview.js")).View());
  const { Late } = await import("./late.js");
  const { Other } = await import("./other.js");
  log([Board(), View(), Late(), Other()].join(" "));
}
globalThis.done = later();
""",
    "first.js": """
import { log } from "./log.js";
const label = "first";
export const most = 10;
export function close() {
  const close = { label, most };
  const { label: inner } = close;
  return inner + close.most;
}
log(label);
""",
    "round.js": 'import { again } from "./again.js";\nexport const round = (n) => (n ? again(n - 1) : "round");\n',
    "again.js": 'import { round } from "./round.js";\nexport function again(n) {\n  return round(n) + n;\n}\n',
    "boardview.js": 'export const Board = () => "board";\n',
    "oneview.js": """
import { helper } from "./helper.js";
import { most } from "./first.js";
import { fourfold } from "./vendor/kit.js";
export function View() {
  return `view ${helper()} ${most} ${fourfold(1)} ${typeof history}`;
}
""",
    "late.js": 'import { helper } from "./helper.js";\nexport const Late = () => `late ${helper()}`;\n',
    "twoview.js": 'export const View = () => "two";\n',
    # It has names of its own at its top level, which are nobody else's.
    "vendor/kit.js": "/* kit 1 */\nvar log=(n)=>2*n,most=(n)=>log(log(n));\nexport{log as twice,most as fourfold};\n",
    "other.js": 'const history = "of ours";\nexport const Other = () => history;\n',
    "helper.js": "let most = 0;\nexport const helper = () => `helped ${(most += 1)}`;\n",
}


def _bundled(folder: Path, modules: dict[str, str]) -> dict[str, str]:
    scripts = folder / "js"
    _write(scripts, modules)
    bundle.tree(folder)
    return {path.name: path.read_text() for path in sorted(scripts.rglob("*.js"))}


def _write(folder: Path, modules: dict[str, str]) -> None:
    (folder / "vendor").mkdir(parents=True)
    for name, source in modules.items():
        (folder / name).write_text(source)


def test_modules_go_to_the_file_that_first_needs_them(tmp_path: Path) -> None:
    files = _bundled(tmp_path, MODULES)

    assert set(files) == {
        *("dashboard.js", "entry.js", "later.js", "theme.js", "views.js"),
    }
    assert "board" in files["dashboard.js"]
    assert "helped" in files["views.js"]
    assert "view " in files["views.js"]
    assert "late " in files["later.js"]
    assert "comment" not in files["theme.js"]


@pytest.mark.parametrize("entry", ["dashboard.js", "entry.js"])
def test_what_they_do_stays_the_same(tmp_path: Path, entry: str) -> None:
    source = tmp_path / "source" / "js"
    _write(source, MODULES)
    _bundled(tmp_path / "bundled", MODULES)

    logged = _run(tmp_path / "bundled" / "js" / entry)

    assert logged == _run(source / entry)
    assert len(logged) > 0


def test_texts_travel_under_short_keys(tmp_path: Path) -> None:
    static = tmp_path / "static"
    bundle.copy(static)
    catalogue = json.loads((bundle.STATIC / "locales" / "de.json").read_text())

    texts = json.loads((static / "texts" / "de.txt").read_text())

    assert set(map(str, texts.values())) <= set(map(str, catalogue.values()))
    scripts = "".join(path.read_text() for path in static.glob("js/*.js"))
    assert "status.in_progress" not in scripts
    assert f'"{next(key for key, text in texts.items() if text == "In Arbeit")}"' in scripts


def test_what_no_page_uses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"No page uses lonely\.js"):
        _bundled(tmp_path, MODULES | {"lonely.js": "export const alone = 1;\n"})


def test_a_script_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"entry\.js cannot be read"):
        _bundled(tmp_path, MODULES | {"entry.js": "const = ;\n"})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const a = 1 ; // one\nlet b = a + +a", "const a=1;\nlet b=a+ +a"),
        ("return_(a / b / c)", "return_(a/b/c)"),
        ('const s = "a  // b", r = /x  y/g', 'const s="a  // b",r=/x  y/g'),
        ("t`a  ${ b }  c`", "t`a  ${b}  c`"),
        ("`${ a }#${ b }-${ c }$${ d }`", "`${a}#${b}-${c}$${d}`"),
        ("html`<b>\n    ${ x }  y\n  </b>`", "html`<b>${x}  y<//>`"),
        (
            'html`<a id="x-1" class="a b" href="${ u }" rel="me">z</a>`',
            'html`<a id=x-1 class="a b" href="${u}" rel=me>z<//>`',
        ),
        ("const f = async () => await 1 .toFixed()", "const f=async()=>await 1 .toFixed()"),
    ],
)
def test_space_stays_where_it_parts_two_tokens(source: str, expected: str) -> None:
    found = list(minify.tokens(minify.parsed(source.encode(), "x.js")))
    formers = [None, *found]

    joined = minify.joined(
        (minify.text(token), minify.gap(former, token))
        for former, token in zip(formers, found, strict=False)
    )

    assert joined.decode() == expected


def test_the_pages_scripts_bundle_into_few_files(tmp_path: Path) -> None:
    bundle.copy(tmp_path / "static")

    assert len(list((tmp_path / "static" / "js").glob("*.js"))) < 6


def _run(script: Path) -> list[str]:
    """What a script logs."""
    program = (
        f"globalThis.logged = []; await import({json.dumps(script.as_uri())});"
        "await globalThis.done; process.stdout.write(JSON.stringify(logged))"
    )
    outcome = subprocess.run(
        [str(NODE), "--input-type=module", "-e", program],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    logged: list[str] = json.loads(outcome.stdout)
    return logged


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/* a */\n.a .b > .c { color: red; }\n", ".a .b>.c{color:red}"),
        ("@layer x {\n  .a :is(.b, .c) { d: e; }\n}", "@layer x{.a :is(.b,.c){d:e}}"),
        (".a:hover,\n.a :hover { margin: 0 auto; }", ".a:hover,.a :hover{margin:0 auto}"),
        ('.a::before { content: " /* : */ ; "; }', '.a::before{content:" /* : */ ; "}'),
        (
            "@media (width <= 60rem) { .a { b: calc(1px + 2px); } }",
            "@media (width <= 60rem){.a{b:calc(1px + 2px)}}",
        ),
        (
            ":root[data-x] { --a: light-dark(#fff, #000); }",
            ":root[data-x]{--a:light-dark(#fff,#000)}",
        ),
    ],
)
def test_sheet_says_the_same_in_fewer_letters(source: str, expected: str) -> None:
    assert minify.sheet(source) == expected
