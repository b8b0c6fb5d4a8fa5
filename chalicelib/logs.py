"""Logs: one JSON object a line, an event in the past tense with ids."""

import json
import logging
import sys

from chalicelib import clock

_logger = logging.getLogger("taskflow")


def configure() -> None:
    """Send TaskFlow's events to standard output, where Lambda collects them."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonFormatter())
    _logger.handlers[:] = [handler]
    _logger.propagate = False
    _logger.setLevel(logging.INFO)


def event(name: str, **facts: object) -> None:
    """Record that something happened; never pass tokens, addresses or bodies."""
    _logger.info(name, extra={"facts": facts})


def failure(name: str, **facts: object) -> None:
    """Record an error together with the traceback of the exception being handled."""
    _logger.error(name, extra={"facts": facts}, exc_info=sys.exc_info())


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = getattr(record, "facts", {})
        line: dict[str, object] = {
            "at": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **facts,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
