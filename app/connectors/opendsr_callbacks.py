"""Callbacks of OpenDSR processors: believed only once it is known who sent them, and that they are meant for us."""

import json
from collections.abc import Mapping

from app.connectors.connector import Connector
from app.connectors.opendsr import OpenDsr
from app.connectors.opendsr_messages import Status, status_in
from app.connectors.opendsr_signature import SignatureRefused, domain_of

LONGEST = 64 * 1024
"""Bytes that a callback may have."""


async def callback_in(
    connected: Mapping[str, Connector], headers: Mapping[str, str], body: bytes, our_url: str
) -> tuple[str, Status]:
    """The recipient that sent it and the status it tells, or `SignatureRefused`, which says how to answer.

    `headers` has lower-case names. Raises `Unreachable` when the certificate cannot be fetched: the processor tries
    again. The status belongs to the notification of that recipient whose reference is `subject_request_id`.
    """
    for recipient, connector in connected.items():
        if isinstance(connector, OpenDsr) and connector.config.domain == domain_of(headers):
            if len(body) > LONGEST:
                raise SignatureRefused("callback_unreadable", 400)
            await connector.must_have_signed(headers, body)
            return recipient, _status(body, our_url)
    raise SignatureRefused("domain_unknown")


def _status(body: bytes, our_url: str) -> Status:
    try:
        status = status_in(json.loads(body))
    except (ValueError, RecursionError):
        status = None
    if status is None:
        raise SignatureRefused("callback_unreadable", 400)
    if status.callback_url != our_url:
        raise SignatureRefused("callback_of_another", 400)
    return status
