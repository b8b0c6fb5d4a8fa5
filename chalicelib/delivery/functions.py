"""Other functions of the stack, asked to do a part of the work."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.delivery import clients
from chalicelib.errors import Unavailable


def push(share: bytes) -> None:
    """Let the pusher do `share` by itself: Lambda keeps it until it is done, or has failed often.

    Raises Unavailable when Lambda does not accept it.
    """
    try:
        clients.functions().invoke(
            FunctionName=settings().required("push_function"),
            InvocationType="Event",
            Payload=share,
        )
    except (ClientError, BotoCoreError) as error:
        raise Unavailable from error
