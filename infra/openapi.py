"""`make openapi`: write the API's description to docs/, for readers without a running stack."""

import json
import os

from infra.package import ANY_SETTINGS, ROOT
from infra.progress import run, say


def main() -> None:
    os.environ.update(ANY_SETTINGS)
    import app  # noqa: F401, PLC0415 - loading it declares the routes, and needs the settings
    from chalicelib.api import openapi  # noqa: PLC0415

    target = ROOT / "docs" / "openapi.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(openapi.document(), indent=2, ensure_ascii=False) + "\n")
    say(f"Wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    run(main)
