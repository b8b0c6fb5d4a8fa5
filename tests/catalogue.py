"""Where the words of TaskFlow stand: the texts that code and templates name, and those written out."""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "chalicelib"
SCRIPTS = sorted((PACKAGE / "static" / "js").glob("*.js"))
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())

KEY = re.compile(r"[a-z_]+\.[a-z0-9_]+")
_JINJA = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
_QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{2}")
_SAID = ("aria-label", "title", "placeholder", "alt", "content", "label")
_NAMING = {"Message", "message", "text"}


def catalogue(language: str) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads(source(language))
    return texts


def source(language: str) -> str:
    return (PACKAGE / "static" / "locales" / f"{language}.json").read_text()


def parameters(entry: Any) -> set[str]:
    """The names in braces, of all plural forms together."""
    forms = [entry] if isinstance(entry, str) else entry.values()
    return {name for form in forms for name in re.findall(r"{(\w+)}", form)}


def named_in_scripts() -> set[str]:
    """What scripts hand to t()."""
    return {
        key
        for path in SCRIPTS
        for key in re.findall(r"""\bt\(\s*["'`]([^"'`]+)["'`]""", path.read_text())
    }


def named_in_templates() -> set[str]:
    return {
        key
        for path in TEMPLATES
        for key in re.findall(r"""\bt\(\s*["']([^"']+)["']""", path.read_text())
    }


def named_in_python() -> set[str]:
    """What is handed to i18n, and the KEYs of errors."""
    return {
        argument.value
        for node in _python_nodes()
        for argument in _naming(node)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def written() -> set[str]:
    """Every string of the code that looks like a key: also those in tables."""
    texts = [path.read_text() for path in (*SCRIPTS, *TEMPLATES)]
    quoted = {each for text in texts for each in re.findall(r"""["'`]([\w.]+)["'`]""", text)}
    constants = {node.value for node in _python_nodes() if isinstance(node, ast.Constant)}
    return {each for each in quoted | constants if isinstance(each, str) and KEY.fullmatch(each)}


def literal_texts_of_template(path: Path) -> list[str]:
    """Words that a template says by itself: text, attributes, and strings with a capital."""
    text = path.read_text()
    inside = [match for match in _JINJA.findall(text) if not match.startswith("{#")]
    strings = [a or b for each in inside for a, b in _QUOTED.findall(each)]
    words = [each for each in strings if re.match(r"[A-Z][a-z]", each)]
    if path.suffix == ".txt":
        return words + _words(_JINJA.sub("", text).splitlines())
    return words + _Said(_JINJA.sub("", text)).words


def literal_texts_of_script(path: Path) -> list[str]:
    """Words in the markup of a script, and strings that begin like a sentence."""
    said: list[str] = []
    strings: list[str] = []
    for tag, parts in _literals(path.read_text()):
        text = "\0".join(parts)
        if tag == "html":
            said += _Said(_as_html(text)).words
        elif re.match(r"[“„]?[A-Z\0][a-z\0]*[^\n]* [a-z]", text) and "\0=" not in text:
            strings.append(text.replace("\0", "…"))
    return said + _words(strings)


class _Said(HTMLParser):
    """The words that markup puts before people."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        named = dict(attrs)
        is_for_machines = tag == "meta" and named.get("name") != "description"
        if not is_for_machines:
            self.words += _words(named.get(name) or "" for name in _SAID)

    def handle_data(self, data: str) -> None:
        is_code = self._inside and self._inside[-1] in {"code", "kbd", "script", "style"}
        is_attributes = '="' in data  # of a macro that stands inside of a tag
        if not is_code and not is_attributes:
            self.words += _words([data])

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass


def _as_html(text: str) -> str:
    """A template of htm with something harmless for what is filled in."""
    named = text.replace("<\0", "<x-component").replace("<//>", "</x-component>")
    return named.replace("=\0", '="0"').replace("\0", " ")


def _words(texts: Any) -> list[str]:
    return [text.strip() for text in texts if _WORD.search(text)]


def _python_nodes() -> Iterator[ast.AST]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from ast.walk(ast.parse(path.read_text()))


def _naming(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call) and node.args:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return node.args[:1] if name in _NAMING else []
    if isinstance(node, ast.AnnAssign) and node.value and _is_key(node.target):
        return [node.value]
    if isinstance(node, ast.Assign) and _is_key(node.targets[0]):
        return [node.value]
    return []


def _is_key(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "KEY"


def _literals(code: str) -> Iterator[tuple[str, list[str]]]:
    """Strings and template literals of a script with the tag before them, parts between ${}."""
    at = 0
    while at < len(code):
        if code.startswith("//", at):
            at = _end(code, "\n", at)
        elif code.startswith("/*", at):
            at = _end(code, "*/", at)
        elif code[at] in "\"'":
            match = re.compile(rf"{code[at]}((?:[^\\\n]|\\.)*?){code[at]}").match(code, at)
            if match:
                yield "", [match.group(1)]
            at = match.end() if match else at + 1
        elif code[at] == "`":
            tag = "html" if code.endswith("html", 0, at) else ""
            parts, inner, at = _template(code, at + 1)
            yield tag, parts
            for each in inner:
                yield from _literals(each)
        elif _is_expression(code, at):
            match = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/").match(code, at)
            at = match.end() if match else at + 1
        else:
            at += 1


def _is_expression(code: str, at: int) -> bool:
    """Whether a slash begins a regular expression."""
    return code[at] == "/" and code[:at].rstrip()[-1:] in "(,=:[!&|?{};"


def _template(code: str, at: int) -> tuple[list[str], list[str], int]:
    """From behind a backtick: the parts, the code in between, and where the literal ends."""
    parts, inner, start = [""], list[str](), at
    while code[at] != "`":
        if code.startswith("${", at):
            end = _closing(code, at + 2)
            parts[-1] += code[start:at]
            parts.append("")
            inner.append(code[at + 2 : end])
            at = start = end + 1
        else:
            at += 2 if code[at] == "\\" else 1
    parts[-1] += code[start:at]
    return parts, inner, at + 1


def _closing(code: str, at: int) -> int:
    """Where the brace closes that was opened just before."""
    depth = 1
    while True:
        if code[at] == "`":
            at = _template(code, at + 1)[2]
            continue
        if code[at] in "\"'":
            match = re.compile(rf"{code[at]}(?:[^\\\n]|\\.)*?{code[at]}").match(code, at)
            at = match.end() if match else at + 1
            continue
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at
        at += 1


def _end(code: str, mark: str, at: int) -> int:
    found = code.find(mark, at)
    return len(code) if found < 0 else found + len(mark)
