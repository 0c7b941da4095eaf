"""MQTT, the probe: what does CONNACK say, what are the limits, and how long does a ping take (MQTT 5.0 §3.2)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from netloom import shapes
from netloom.errors import PeerRefused, Phase
from netloom.wire.mqtt.packets import NAMES, V5, Wanted
from netloom.wire.mqtt.reasons import words

if TYPE_CHECKING:
    from netloom.protocols.mqtt.client import Client
    from netloom.protocols.mqtt.dialogue import Dialogue

_VERSION = "$SYS/broker/version"


class Facts(shapes.Facts, kw_only=True):
    """What an MQTT probe learns. Limits stand where the server names them; `ping` and times are seconds.

    `version` is the protocol's, `server` what the broker says of itself under $SYS, where we may read it.
    """

    version: str = ""
    reason: str = ""
    code: int | None = None
    session_present: bool | None = None
    client_id: str = ""
    server: str = ""
    ping: float | None = None
    session_expiry: int | None = None
    keep_alive: int | None = None
    receive_maximum: int | None = None
    maximum_qos: int | None = None
    maximum_packet_size: int | None = None
    topic_alias_maximum: int | None = None
    retain: bool | None = None
    wildcards: bool | None = None
    subscription_identifiers: bool | None = None
    shared_subscriptions: bool | None = None
    response_information: str = ""
    server_reference: str = ""
    properties: dict[str, str] = field(default_factory=dict)


async def probe(client: Client, facts: Facts) -> None:
    """Connect, ping, and ask the broker who it is."""
    dialogue = await client.begin(lambda tried: _learn(tried, facts))
    dialogue.link.enter(Phase.REQUEST)
    facts.ping = await dialogue.ping()
    facts.server = await _server(dialogue)
    said = [f"MQTT {facts.version}"]
    said += [facts.server] if facts.server else []
    said.append(f"ping {facts.ping * 1000:.1f} ms")
    said += [f"QoS {facts.maximum_qos} at most"] if facts.maximum_qos is not None else []
    said += [f"packets up to {facts.maximum_packet_size} bytes"] if facts.maximum_packet_size is not None else []
    facts.summary = " · ".join(said)


def _learn(dialogue: Dialogue, facts: Facts) -> None:
    if not dialogue.answered:
        return
    answer, said = dialogue.answer, dialogue.answer.properties
    facts.version = NAMES[dialogue.version]
    facts.code = answer.reason
    facts.reason = words(answer.reason, dialogue.version)
    facts.session_present = answer.session_present
    facts.client_id = said.assigned_client_id or ""
    facts.session_expiry = said.session_expiry
    facts.keep_alive = said.server_keep_alive
    facts.receive_maximum = said.receive_maximum
    facts.maximum_qos = said.maximum_qos
    facts.maximum_packet_size = said.maximum_packet_size
    facts.topic_alias_maximum = said.topic_alias_maximum
    facts.response_information = said.response_information or ""
    facts.server_reference = said.server_reference or ""
    facts.properties = dict(said.user)
    if dialogue.version == V5:  # what a server of 5.0 doesn't deny, it has (§3.2.2.3)
        facts.retain = said.retain_available is not False
        facts.wildcards = said.wildcard_subscriptions is not False
        facts.subscription_identifiers = said.subscription_identifiers_available is not False
        facts.shared_subscriptions = said.shared_subscriptions is not False
    facts.summary = f"MQTT {facts.version}: {facts.reason}"


async def _server(dialogue: Dialogue) -> str:
    """What a broker says of itself. Retained messages come before the answer to a ping."""
    try:
        await dialogue.subscribe((Wanted(filter=_VERSION),))
        await dialogue.ping()
    except PeerRefused:
        return ""  # it isn't for everybody to read
    for packet in dialogue.heard():
        if packet.topic == _VERSION:
            return packet.payload[:200].decode("utf-8", "replace")
    return ""
