"""The Jinja environment over the top-level templates/ folder."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

_FOLDER = Path(__file__).parents[2] / "templates"


def render(template: str, /, **context: object) -> str:
    """The template with this context; HTML is escaped, text is not."""
    return _environment().get_template(template).render(context)


@cache
def _environment() -> "jinja2.Environment":
    import jinja2  # noqa: PLC0415 - only pages and mail need it, the API starts without

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
