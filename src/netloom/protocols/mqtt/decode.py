"""MQTT, the passive decoder: each packet in words, also those inside a WebSocket (MQTT 5.0 §3, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

from netloom.protocols.mqtt.unwrap import Unwrapper
from netloom.records import Said
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import NAMES, V5
from netloom.wire.mqtt.reader import Reader
from netloom.wire.mqtt.reasons import PacketError, words

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 60
_LIMIT = 256 * 1024
_ALIASES = 100
_DOTS = "•••"


def is_connect(data: bytes) -> bool:
    """Whether a first payload begins with CONNECT: its remaining length, then the protocol's name (§3.1.2.1)."""
    at = next((number for number, octet in enumerate(data[1:5], 2) if octet < 128), 0)
    return data[:1] == b"\x10" and bool(at) and data[at : at + 6] in (b"\0\4MQTT", b"\0\6MQIs")


class Decoder:
    """Both directions of one connection. It keeps one packet a side, of at most 256 KiB; of a larger one no words."""

    def __init__(self) -> None:
        self._sides = {"client": _Side("client"), "server": _Side("server")}
        self._version = 0

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        side = self._sides[sender]
        said: list[Said] = []
        for piece in side.unwrapper.feed(data):
            if isinstance(piece, str):
                said.append(Said(sender=sender, words=piece))
            else:
                side.feed(piece, self._version, said)
        if not self._version:
            self._version = self._sides["client"].version
        return said


class _Side:
    """What one side says."""

    def __init__(self, sender: Any) -> None:
        self.unwrapper = Unwrapper()
        self.version = 0
        self._sender = sender
        self._reader: Reader | None = None
        self._aliases: dict[int, str] = {}
        self._lost = False

    def feed(self, data: bytes, version: int, said: list[Said]) -> None:
        """Some bytes of it."""
        if self._lost:
            said.append(Said(sender=self._sender, words=f"{len(data)} bytes", size=len(data)))
            return
        if self._reader is None:
            known = version or (V5 if self._sender == "server" else 0)
            self._reader = Reader(self._sender, version=known, limit=_LIMIT)
        try:
            for packet in self._reader.feed(data):
                words_of_it = in_words(self._named(packet), self._reader.version)
                said.append(Said(sender=self._sender, words=words_of_it))
        except PacketError as error:
            self._lost = True
            said.append(
                Said(sender=self._sender, words=f"no MQTT that can be followed: {error.message}", size=len(data))
            )
        self.version = self._reader.version

    def _named(self, packet: packets.Packet) -> packets.Packet:
        """The packet with the topic that its number stands for (§3.3.2.3.4)."""
        alias = packet.properties.topic_alias if isinstance(packet, packets.Publish) else None
        if alias is None or not isinstance(packet, packets.Publish):
            return packet
        if packet.topic and len(self._aliases) < _ALIASES:
            self._aliases[alias] = packet.topic
        return packet if packet.topic else structs.replace(packet, topic=self._aliases.get(alias, ""))


def in_words(packet: packets.Packet, version: int = V5) -> str:
    """A packet, without passwords and with 60 bytes of a payload at most."""
    text = _WORDS[type(packet)](packet, version)
    user = packet.properties.user if not isinstance(packet, packets.PingReq | packets.PingResp) else ()
    reason = getattr(getattr(packet, "properties", None), "reason_string", None)
    told = f" · {_text(reason)}" if reason else ""
    return text + told + "".join(f" · {_text(name)}={_text(value)}" for name, value in user[:8])


def _connect(packet: packets.Connect, version: int) -> str:
    parts = [f"connect as {_text(packet.client_id)}" if packet.client_id else "connect, under a name that you choose"]
    parts.append(f"MQTT {NAMES[packet.version]}")
    parts.append("a new session" if packet.clean_start else "the session that is kept")
    parts += [f"user {_text(packet.user)}"] if packet.user is not None else []
    parts += [f"password {_DOTS}"] if packet.password is not None else []
    parts += [f"keep-alive {packet.keep_alive} s"] if packet.keep_alive else []
    if packet.will is not None:
        parts.append(f"will to {_text(packet.will.topic)}: {_payload(packet.will.payload)}")
    return " · ".join(parts)


def _connack(packet: packets.ConnAck, version: int) -> str:
    session = ", your session is there" if packet.session_present else ""
    name = packet.properties.assigned_client_id
    return f"{words(packet.reason, version)}{session}{f', you are {_text(name)}' if name else ''}"


def _publish(packet: packets.Publish, version: int) -> str:
    marks = [f"QoS {packet.qos}, id {packet.packet_id}"] if packet.qos else []
    marks += ["retained"] if packet.retain else []
    marks += ["again"] if packet.dup else []
    alias = packet.properties.topic_alias
    marks += [f"topic {alias}"] if alias is not None else []
    noted = f" ({', '.join(marks)})" if marks else ""
    return f"{_text(packet.topic)}{noted}: {_payload(packet.payload)}"


def _subscribe(packet: packets.Subscribe, version: int) -> str:
    wanted = ", ".join(f"{_text(one.filter)} (QoS {one.qos})" for one in packet.wanted[:8])
    return f"subscribe to {wanted}{_more(packet.wanted)}, id {packet.packet_id}"


def _suback(packet: packets.SubAck, version: int) -> str:
    told = [f"QoS {code}" if code < 3 else words(code) for code in packet.reasons[:8]]
    return f"subscribed: {', '.join(told)}{_more(packet.reasons)}, id {packet.packet_id}"


def _unsubscribe(packet: packets.Unsubscribe, version: int) -> str:
    named = ", ".join(map(_text, packet.filters[:8]))
    return f"unsubscribe from {named}{_more(packet.filters)}, id {packet.packet_id}"


def _unsuback(packet: packets.UnsubAck, version: int) -> str:
    told = "".join(f", {words(code)}" for code in packet.reasons[:8] if code)
    return f"unsubscribed{told}, id {packet.packet_id}"


def _ack(text: str) -> Callable[[Any, int], str]:
    def body(packet: Any, version: int) -> str:
        reason = f": {words(packet.reason)}" if packet.reason else ""
        return f"{text}{reason}, id {packet.packet_id}"

    return body


def _disconnect(packet: packets.Disconnect, version: int) -> str:
    return f"goodbye: {words(packet.reason)}" if packet.reason else "goodbye"


_WORDS: dict[type, Callable[[Any, int], str]] = {
    packets.Connect: _connect,
    packets.ConnAck: _connack,
    packets.Publish: _publish,
    packets.PubAck: _ack("have it"),
    packets.PubRec: _ack("have it, may you forget it?"),
    packets.PubRel: _ack("forgotten"),
    packets.PubComp: _ack("done"),
    packets.Subscribe: _subscribe,
    packets.SubAck: _suback,
    packets.Unsubscribe: _unsubscribe,
    packets.UnsubAck: _unsuback,
    packets.PingReq: lambda _packet, _version: "are you there?",
    packets.PingResp: lambda _packet, _version: "I am",
    packets.Disconnect: _disconnect,
    packets.Auth: lambda packet, _version: f"authentication: {words(packet.reason)}, data {_DOTS}",
}


def _more(listed: tuple[Any, ...]) -> str:
    return f" and {len(listed) - 8} more" if len(listed) > 8 else ""


def _text(text: str) -> str:
    return text[:200].encode("unicode_escape").decode("ascii") if not text.isprintable() else text[:200]


def _payload(payload: bytes) -> str:
    shown = payload[:_SHOWN].decode("utf-8", "backslashreplace")
    return f"{_text(shown)}{'…' if len(payload) > _SHOWN else ''}" if payload else "nothing"
