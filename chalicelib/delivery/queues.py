"""Messages to the mail queue, and to the queue of what could not be delivered."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.delivery import clients
from chalicelib.errors import Unavailable


def send_mail_job(body: str) -> None:
    """Raises Unavailable when the queue does not accept it."""
    _send(settings().required("mail_queue_url"), body)


def set_aside(body: str) -> None:
    """Keep what can never be delivered where a person looks; raises Unavailable."""
    _send(settings().required("failed_queue_url"), body)


def _send(url: str, body: str) -> None:
    try:
        clients.queues().send_message(QueueUrl=url, MessageBody=body)
    except (ClientError, BotoCoreError) as error:
        raise Unavailable from error
