"""Deploy the artifact to AWS, first time and every time: `.venv/bin/python -m infra.deploy --help`."""

import argparse

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import package
from infra.progress import Failure, run, say, step
from infra.stack import Stack


def main() -> None:
    wanted = _arguments()
    session = boto3.Session()
    if session.region_name is None:
        raise Failure("Name the region to deploy to: AWS_DEFAULT_REGION=eu-central-1, for example.")
    artifact = package.build(architecture=wanted.architecture)
    parameters = {
        "Stage": wanted.stage,
        "PublicUrl": wanted.public_url,
        "MailFrom": wanted.mail_from,
        "AlarmEmail": wanted.alarm_email,
    }
    try:
        with step(f"Deploying {wanted.name} to {session.region_name}"):
            outputs = Stack(session, wanted.name).deploy(artifact, parameters)
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"AWS refused: {error}") from error
    say(f"\n  {outputs['ApiUrl']}\n\nMail is sent from {wanted.mail_from}: verify it in SES once.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("--name", default="taskflow", help="of the stack")
    parser.add_argument("--stage", default="dev", help="prod keeps and protects the tables")
    parser.add_argument("--mail-from", required=True, help="sender of mail, verified in SES")
    parser.add_argument("--public-url", default="", help="when TaskFlow has a domain of its own")
    parser.add_argument("--alarm-email", default="", help="who hears of work that failed for good")
    parser.add_argument(
        "--architecture",
        choices=("arm64", "x86_64"),
        default="arm64",
        help="arm64 costs a fifth less",
    )
    return parser.parse_args()


if __name__ == "__main__":
    run(main)
