"""List prices by region, in US dollars a unit and month; docs/cost.md names their sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.progress import Failure

FILE = Path(__file__).with_name("prices.json")
# Up to how many units in a month, at what price each; None is without end.
Tiers = Sequence[tuple[float | None, float]]


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`is_confirmed` says whether the prices were found quoted from AWS's list on the day `read`."""

    read: str
    is_confirmed: bool
    reads: Tiers
    writes: Tiers
    stored_gb: Tiers
    pitr_gb: Tiers
    gb_seconds: Tiers
    invocations: Tiers
    requests: Tiers
    messages: Tiers
    socket_minutes: Tiers
    mails: Tiers
    log_gb: Tiers
    log_stored_gb: Tiers
    alarms: Tiers
    queue_requests: Tiers
    notices: Tiers
    out_gb: Tiers
    artifact_gb: Tiers


@dataclass(frozen=True)
class Server:
    """A small server and what it needs, US dollars a month, us-east-1."""

    name: str
    price: float


# A month of 730 hours. t4g.small: 0.0168 an hour; gp3: 0.08 a GB; a public IPv4 address: 0.005 an
# hour; snapshots: 0.05 a GB. Lightsail's bundle of 2 GB has its disk and its address.
SERVERS = (
    Server("Lightsail, 2 GB", 12.00 + 20 * 0.05),
    Server("t4g.small, 20 GB, IPv4", 730 * (0.0168 + 0.005) + 20 * (0.08 + 0.05)),
)


def regions(path: Path = FILE) -> Mapping[str, Region]:
    """The price lists; raises Failure when the file cannot be used."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Region])
    except msgspec.MsgspecError as error:
        raise Failure(f"{path.name} cannot be used: {error}.") from error


def charge(units: float, tiers: Tiers) -> float:
    """What so many units cost in a month, each at the price of its tier."""
    total = paid = 0.0
    for upto, price in tiers:
        end = units if upto is None else min(units, upto)
        total += max(0.0, end - paid) * price
        paid = max(paid, end)
    return total
