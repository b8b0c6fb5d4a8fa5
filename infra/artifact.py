"""`make package`: the artifact of a stage, or without STAGE, one for this machine and its Python."""

import os

from infra import package, stages
from infra.progress import run, say


def main() -> None:
    if os.environ.get("STAGE"):
        stage = stages.chosen()
        artifact = package.build(architecture=stage.architecture, python=stage.python)
    else:
        artifact = package.build()
    code, template = (path.relative_to(package.ROOT) for path in (artifact.code, artifact.template))
    say(f"{code} ({artifact.code.stat().st_size / 1_000_000:.1f} MB), {template}")


if __name__ == "__main__":
    run(main)
