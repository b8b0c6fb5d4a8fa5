"""Health, for uptime monitors."""

from typing import Literal

from msgspec import Struct

from chalicelib import VERSION
from chalicelib.api.rendering import Answer
from chalicelib.api.routing import Routes
from chalicelib.services import health

routes = Routes(__name__)


class Health(Struct, frozen=True):
    status: Literal["ok", "degraded"]
    version: str
    build: str
    database: Literal["connected", "unreachable"]


@routes.api("GET", "/health", answer=Health, also=(503,))
def show() -> Answer:
    """Whether DynamoDB answers within a second; 503 when it does not."""
    if health.is_database_up():
        return Answer(Health("ok", VERSION, health.build(), "connected"))
    return Answer(Health("degraded", VERSION, health.build(), "unreachable"), status=503)
