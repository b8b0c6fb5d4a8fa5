"""`make openapi`: write the API's description to docs/, for readers without a running stack."""

import json

from chalicelib.api import openapi
from infra.package import ROOT
from infra.progress import run, say


def main() -> None:
    target = ROOT / "docs" / "openapi.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(openapi.document(), indent=2, ensure_ascii=False) + "\n")
    say(f"Wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    run(main)
