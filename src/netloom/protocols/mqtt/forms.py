"""A message in the bytes that subscribers are sent: made once for all who hear it in the same way (MQTT 5.0 §3.3)."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from netloom.contents.bus import Publication
from netloom.errors import LocalProtocolError
from netloom.protocols.mqtt.messages import properties_of
from netloom.wire.mqtt.emit import publish_parts
from netloom.wire.mqtt.packets import V5, Publish
from netloom.wire.mqtt.properties import NONE, Properties

if TYPE_CHECKING:
    from netloom.contents.bus import Delivery
    from netloom.records import Message

Parts = tuple[bytes, bytes]
"""What stands before the packet id and after it; without a packet id all stands before."""

TOPICLESS = "/"
"""What a message is told under that another protocol published without any topic: MQTT has none that is empty."""


def qos_of(message: Message) -> int:
    """How surely it came: what another protocol brings is told as surely as it is wanted."""
    return message.qos if isinstance(message, Publication) else 2


def origin_of(message: Message) -> str:
    """The id of the client that published it."""
    return message.origin if isinstance(message, Publication) else ""


def seconds_left(message: Message) -> int | None:
    """Whole seconds until it expires, none of them where it has; None where it doesn't."""
    expires = message.expires if isinstance(message, Publication) else None
    return None if expires is None else max(0, math.ceil(expires - asyncio.get_running_loop().time()))


class Way(NamedTuple):
    """In what way somebody is told: all that makes a difference to the bytes.

    `alias` is a number for the topic: it comes with the topic where it is positive, and instead of it where it is
    negative (MQTT 5.0 §3.3.2.3.4).
    """

    version: int
    qos: int
    retain: bool
    identifiers: tuple[int, ...]
    alias: int = 0


def parts(delivery: Delivery, way: Way) -> Parts | None:
    """The PUBLISH; None where the message has expired, or MQTT can't say it."""
    left = seconds_left(delivery.message)
    key = way if left is None else (way, left)
    forms = delivery.forms
    if key in forms:
        found: Parts | None = forms[key]
        return found
    made = forms[key] = _made(delivery, way, left) if left != 0 else None
    return made


def _made(delivery: Delivery, way: Way, left: int | None) -> Parts | None:
    message = delivery.message
    packet = Publish(
        topic="" if way.alias < 0 else message.topic or TOPICLESS,
        payload=message.payload,
        qos=way.qos,
        retain=way.retain,
        properties=_properties(message, way, left) if way.version == V5 else NONE,
    )
    try:
        head, rest = publish_parts(packet, way.version)
    except LocalProtocolError:
        return None  # half of a surrogate pair, or longer than MQTT has it
    return (head, rest) if way.qos else (head + rest, b"")


def _properties(message: Message, way: Way, left: int | None) -> Properties:
    native = message.native if isinstance(message, Publication) else None
    said = native if isinstance(native, Properties) else properties_of(message.properties)
    if way.identifiers or way.alias or left is not None:
        return structs.replace(
            said,
            subscription_identifiers=way.identifiers,
            topic_alias=abs(way.alias) or None,
            message_expiry=left,
        )
    return said
