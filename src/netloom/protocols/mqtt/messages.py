"""Messages as the house knows them, and as MQTT does: what becomes of their properties (MQTT 5.0 §3.3.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from netloom.records import Message
from netloom.wire.mqtt.properties import NONE, Properties
from netloom.wire.mqtt.topics import wrong_name

if TYPE_CHECKING:
    from netloom.wire.mqtt.packets import Publish

CONTENT_TYPE = "content-type"
RESPONSE_TOPIC = "response-topic"
CORRELATION_DATA = "correlation-data"
"""The names under which a message's `properties` have MQTT 5's own, correlation data in hex; others are the user's."""

_LONGEST = 65_535


def words_of(said: Properties) -> dict[str, str]:
    """A PUBLISH's properties as a message has them."""
    if said is NONE:
        return {}
    found = dict(said.user)
    if said.content_type is not None:
        found[CONTENT_TYPE] = said.content_type
    if said.response_topic is not None:
        found[RESPONSE_TOPIC] = said.response_topic
    if said.correlation_data is not None:
        found[CORRELATION_DATA] = said.correlation_data.hex()
    return found


def properties_of(words: dict[str, str]) -> Properties:
    """A message's properties as a PUBLISH has them. What MQTT can't say in its own way is the user's, or isn't said."""
    if not words:
        return NONE
    left = {name: text for name, text in words.items() if _sayable(name) and _sayable(text)}
    topic = left.get(RESPONSE_TOPIC, "")
    data = _unhex(left.get(CORRELATION_DATA, ""))
    return Properties(
        content_type=left.pop(CONTENT_TYPE, None),
        response_topic=left.pop(RESPONSE_TOPIC) if topic and not wrong_name(topic) else None,
        correlation_data=data if data is not None and left.pop(CORRELATION_DATA, None) is not None else None,
        user=tuple(left.items()),
    )


def _sayable(text: str) -> bool:
    try:
        return "\0" not in text and len(text.encode()) <= _LONGEST
    except UnicodeEncodeError:
        return False


def _unhex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def heard(packet: Publish, sender: str) -> Message:
    """What a client hears: its properties name the QoS as well, and when it expires."""
    said = packet.properties
    properties = {"qos": str(packet.qos)}
    if said.message_expiry is not None:
        properties["message-expiry"] = str(said.message_expiry)
    if said.subscription_identifiers:
        properties["subscription-identifier"] = ",".join(map(str, said.subscription_identifiers))
    return Message(
        topic=packet.topic,
        payload=packet.payload,
        sender=sender,
        retain=packet.retain,
        properties=properties | words_of(said),
    )


def carried(said: Properties) -> Properties:
    """Of what came with a PUBLISH, that which goes on to subscribers unchanged (MQTT 5.0 §3.3.2.3)."""
    if said is NONE or (said.topic_alias is None and said.message_expiry is None and said.will_delay is None):
        return said
    return structs.replace(said, topic_alias=None, message_expiry=None, will_delay=None)
