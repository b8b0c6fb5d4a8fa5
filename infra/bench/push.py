"""`make bench-push`: frames to many sockets, botocore's client beside ours; fails when a bar is missed."""

import argparse
import contextlib
import datetime as dt
import ipaddress
import os
import platform
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from botocore.credentials import ReadOnlyCredentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.delivery import gateway
from infra import document
from infra.emulator import ADDRESS
from infra.progress import Failure, run, say, step

REGION = "eu-central-1"
# The stub takes any.
CREDENTIALS = ReadOnlyCredentials("bench", "bench", None)
SOCKETS = 10_000
# As fast as boto3 is, this many are enough to know its rate.
COMPARED = 2_000
ROUNDS = 3
LEAST_RATIO, MOST_SECONDS = 9.0, 2.5
# The size of a frame about a task with a description of 500 letters.
FRAME = b'{"type":"task_update","task":{"title":"' + b"x" * 1000 + b'"}}'


@dataclass(frozen=True)
class Figures:
    """Frames a second of each client, and how long ours takes for SOCKETS; a value a round."""

    theirs: list[float]
    ours: list[float]
    cold: list[float]

    @property
    def ratio(self) -> float:
        return median(self.ours) / median(self.theirs)

    @property
    def seconds(self) -> float:
        return median(self.cold)

    def missed(self) -> list[str]:
        """A sentence for each bar that was missed."""
        bars = [
            (self.ratio < LEAST_RATIO, f"{self.ratio:.1f} times, where {LEAST_RATIO:g} is the bar"),
            (
                self.seconds > MOST_SECONDS,
                f"{self.seconds:.2f} s, where {MOST_SECONDS:g} s is the bar",
            ),
        ]
        return [sentence for is_missed, sentence in bars if is_missed]


def main() -> int:
    argparse.ArgumentParser(prog="make bench-push", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = _certificate(Path(folder))
        with _stub(certificate, key) as port:
            figures = _measure(f"https://{ADDRESS}:{port}/bench", certificate)
    text = _text(figures)
    say(f"\n{text}")
    document.publish(document.PERFORMANCE, "make bench-push", document.fenced(text))
    return 1 if figures.missed() else 0


def _measure(endpoint: str, certificate: Path) -> Figures:
    """Both clients in turn, so that what else the machine does meets both."""
    figures = Figures([], [], [])
    trust = ssl.create_default_context(cafile=str(certificate))
    for number in range(1, ROUNDS + 1):
        with step(f"Round {number} of {ROUNDS}: boto3, {COMPARED:,} sockets"):
            figures.theirs.append(COMPARED / _timed(lambda: _theirs(endpoint, certificate)))
        with step(f"Round {number} of {ROUNDS}: ours, {SOCKETS:,} sockets"):
            ours = gateway.Gateway(endpoint, REGION, lambda: CREDENTIALS, trust)
            figures.cold.append(_timed(lambda client=ours: _ours(client, SOCKETS)))  # type: ignore[misc]
            figures.ours.append(SOCKETS / figures.cold[-1])
            ours.close()
    return figures


def _theirs(endpoint: str, certificate: Path) -> None:
    client = boto3.client(
        "apigatewaymanagementapi",
        REGION,
        endpoint_url=endpoint,
        verify=str(certificate),
        aws_access_key_id=CREDENTIALS.access_key,
        aws_secret_access_key=CREDENTIALS.secret_key,
    )

    def post(connection_id: str) -> Any:
        return client.post_to_connection(ConnectionId=connection_id, Data=FRAME)

    with ThreadPoolExecutor(gateway.IN_FLIGHT) as pool:
        list(pool.map(post, _ids(COMPARED)))


def _ours(client: gateway.Gateway, sockets: int) -> None:
    answers = client.exchange("POST", _ids(sockets), FRAME)
    if set(answers) != {200}:
        raise Failure(f"The stub did not take every frame: {set(answers)}. Run the bench again.")


def _ids(count: int) -> list[str]:
    """As API Gateway's look."""
    return [f"L0SM9cOF{number:07}=" for number in range(count)]


def _timed(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _text(figures: Figures) -> str:
    rates = [
        f"{name:<28} {median(values):>7,.0f} frames/s   ({', '.join(f'{each:,.0f}' for each in values)})"
        for name, values in (("boto3's default client", figures.theirs), ("ours", figures.ours))
    ]
    seconds = ", ".join(f"{each:.2f}" for each in figures.cold)
    lines = [
        f"{gateway.IN_FLIGHT} in flight, TLS, answers after 20 ms, frames of {len(FRAME):,} bytes; medians of {ROUNDS} rounds",
        *rates,
        f"{'ratio':<28} {figures.ratio:>7.1f}            bar ≥{LEAST_RATIO:g}",
        f"{f'{SOCKETS:,} sockets, connecting included':<28} {figures.seconds:>5.2f} s   ({seconds})   bar ≤{MOST_SECONDS:g} s",
        f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}",
        *(f"missed: {each}" for each in figures.missed()),
    ]
    return "\n".join(lines)


@contextlib.contextmanager
def _stub(certificate: Path, key: Path) -> Iterator[int]:
    """The port of the stand-in for API Gateway, while it runs."""
    command = [sys.executable, "-m", "infra.bench.stub", str(certificate), str(key)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin  # noqa: S101 - for the type checker
        assert process.stdout  # noqa: S101
        yield int(process.stdout.readline())
        process.stdin.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of the loopback address, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    paths[0].write_bytes(certificate.public_bytes(pem))
    paths[1].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


if __name__ == "__main__":
    run(main)
