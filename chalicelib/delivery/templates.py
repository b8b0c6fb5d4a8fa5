"""The Jinja environment over the top-level templates/ folder."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import i18n

if TYPE_CHECKING:
    import jinja2

_FOLDER = Path(__file__).parents[2] / "templates"


def render(template: str, /, **context: object) -> str:
    """The template with this context; HTML is escaped, text is not."""
    return _environment().get_template(template).render(context)


@cache
def _environment() -> "jinja2.Environment":
    import jinja2  # noqa: PLC0415 - only pages and mail need it, the API starts without

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = i18n.number
    environment.globals["t"] = jinja2.pass_eval_context(_text)
    return environment


def _text(context: Any, key: str, /, **params: object) -> str:
    """A text of the catalogue; in HTML its parameters are escaped, unless they are markup."""
    if not context.autoescape:
        return i18n.text(key, **params)
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with Jinja

    markup = {name: each for name, each in params.items() if isinstance(each, Markup)}
    marks = {name: f"\0{name}\0" for name in markup}
    html = str(escape(i18n.text(key, **{**params, **marks})))
    for name, each in markup.items():
        html = html.replace(f"\0{name}\0", each)
    return Markup(html)  # noqa: S704 - escaped above
