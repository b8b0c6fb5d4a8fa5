"""Mail through SES v2, as text and HTML."""

import re

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib import logs
from chalicelib.config import settings
from chalicelib.delivery import clients
from chalicelib.errors import Unavailable, Undeliverable

_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# Retrying these changes nothing: the message or the address itself is refused.
_HOPELESS = frozenset({"BadRequestException", "MessageRejected"})


class Mail(Struct, frozen=True):
    to: str
    subject: str
    text: str
    html: str


def send(mail: Mail) -> str:
    """Send a mail and return SES's id for it.

    Raises Undeliverable when SES refuses the message itself, Unavailable when it may take it
    later.
    """
    configuration = settings().mail_configuration
    try:
        answer = clients.mail().send_email(
            **({"ConfigurationSetName": configuration} if configuration else {}),
            FromEmailAddress=settings().required("mail_from"),
            Destination={"ToAddresses": [mail.to]},
            Content={
                "Simple": {
                    "Subject": {"Data": _header(mail.subject), "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": mail.text, "Charset": "UTF-8"},
                        "Html": {"Data": mail.html, "Charset": "UTF-8"},
                    },
                }
            },
        )
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        logs.failure("mail_refused", code=code)
        raise (Undeliverable() if code in _HOPELESS else Unavailable()) from error
    except BotoCoreError as error:
        raise Unavailable from error
    return str(answer["MessageId"])


def _header(text: str) -> str:
    """One line: a line break in a header would begin another header."""
    return _LINE_BREAKS.sub(" ", text).strip()
