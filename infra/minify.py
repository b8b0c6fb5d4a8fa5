"""Scripts and style sheets without what only their readers need: comments and indentation."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from infra.progress import Failure

try:
    import minify as mangler  # tdewolff-minify
except ImportError:  # on Apple Silicon
    mangler = None

# They are one token each, whatever is in them.
_WHOLE = {"string", "regex", "string_fragment", "escape_sequence"}
_LINE_IN_MARKUP = re.compile(rb"\s*\n\s*")
_LINE_BESIDE_TAG = re.compile(rb"(?<=>)\n|\n(?=<)")
# htm closes whatever is open with <//>, and needs no quotes around a word.
_CLOSING = re.compile(rb"</[A-Za-z][\w-]*>")
_QUOTED_WORD = re.compile(rb'(?<==)"([\w-]+)"(?=[\s>])')
# Strings stay as they are. A space before a colon is part of a selector (`.card :hover`), also within
# a layer, where minifiers that know no nested rules would take it away.
_SHEET = re.compile(
    r"""("[^"]*"|'[^']*')|/\*.*?\*/|;?\s*(\})\s*|\s*([{;,>])\s*|(:)\s+|\s+""", re.DOTALL
)
# A token to write, and what parted it from the one before: nothing, white space, or a line end.
Token = tuple[bytes, bytes]


def sheet(source: str) -> str:
    """A style sheet without comments, and without the spaces that say nothing."""
    return _SHEET.sub(_kept, source).strip()


def _kept(found: re.Match[str]) -> str:
    if found[0].startswith("/*"):
        return ""
    return next(filter(None, found.groups()), " ")


@cache
def _javascript() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def parsed(source: bytes, name: str) -> Node:
    """The syntax tree of a module; raises Failure where it has none."""
    root = _javascript().parse(source).root_node
    if root.has_error:
        raise Failure(f"{name} cannot be read as JavaScript; correct it and try again.")
    return root


def tokens(node: Node) -> Iterator[Node]:
    """The tokens of a tree in order, comments left out."""
    if node.type == "comment":
        return
    if not node.children or node.type in _WHOLE:
        yield node
    for child in [] if node.type in _WHOLE else node.children:
        yield from tokens(child)


def text(token: Node) -> bytes:
    """The token as it is written, indentation of markup left out."""
    written = token.text or b""
    if token.type != "string_fragment" or not _is_markup(token.parent):
        return written
    # htm drops white space around line ends itself: https://github.com/developit/htm
    lined = _LINE_BESIDE_TAG.sub(b"", _LINE_IN_MARKUP.sub(b"\n", written))
    return _QUOTED_WORD.sub(rb"\1", _CLOSING.sub(b"<//>", lined))


def joined(written: Iterable[Token]) -> bytes:
    """The tokens with a space only where it parts two, and line ends, which may end statements."""
    pieces: list[bytes] = []
    former = b"\n"
    for token, gap in written:
        if gap == b"\n" and former != b"\n":
            pieces.append(b"\n")
        elif gap and _would_join(former, token):
            pieces.append(b" ")
        pieces.append(token)
        former = token[-1:] or former
    return b"".join(pieces)


def gap(former: Node | None, token: Node) -> bytes:
    """What parts two tokens in the source."""
    if former is None or token.start_point.row > former.end_point.row:
        return b"\n"
    return b" " if token.start_byte > former.end_byte else b""


def shortened(script: bytes, name: str) -> bytes:
    """With short names for what is local, where there is the tool for it."""
    if mangler is None:
        return script
    try:
        return str(mangler.string("application/javascript", script.decode())).encode()
    except mangler.MinifyError as error:
        raise Failure(f"{name} cannot be minified: {error}") from error


def _would_join(former: bytes, token: bytes) -> bool:
    left, right = former[-1:], token[:1]
    are_signs = left in b"+-/" and right in b"+-/"
    is_number = left.isdigit() and right == b"."
    return (_is_word(left) and _is_word(right)) or are_signs or is_number


def _is_word(character: bytes) -> bool:
    return character.isalnum() or character in b"_$#" or character > b"\x7f"


def _is_markup(template: Node | None) -> bool:
    call = template.parent if template and template.type == "template_string" else None
    tag = call.child_by_field_name("function") if call else None
    return tag is not None and tag.text == b"html"
