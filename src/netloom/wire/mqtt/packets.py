"""MQTT's packets as values, for both versions; what a version doesn't have stays at its default (MQTT 5.0 §3)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from netloom.wire.mqtt.properties import NONE, Properties

V311, V5 = 4, 5
"""The protocol levels of the two versions."""
NAMES = {3: "3.1", V311: "3.1.1", V5: "5"}
"""What people call them."""


class Will(Struct, frozen=True, kw_only=True):
    """What the server publishes when the client goes without a word."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    properties: Properties = NONE


class Connect(Struct, frozen=True, kw_only=True):
    """The client's first word. `version` is the protocol level, `keep_alive` in seconds (0: none)."""

    version: int = V5
    client_id: str = ""
    clean_start: bool = True
    keep_alive: int = 0
    user: str | None = None
    password: bytes | None = None
    will: Will | None = None
    properties: Properties = NONE

    def __repr__(self) -> str:
        return "Connect(" + ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__()) + ")"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [
            (name, b"***" if name == "password" and self.password is not None else getattr(self, name))
            for name in self.__struct_fields__
        ]


class ConnAck(Struct, frozen=True, kw_only=True):
    """The server's answer. `reason` is a return code in 3.1.1."""

    session_present: bool = False
    reason: int = 0
    properties: Properties = NONE


class Publish(Struct, frozen=True, kw_only=True, gc=False):
    """A message. `packet_id` is 0 with QoS 0."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_id: int = 0
    properties: Properties = NONE


class _Acknowledgement(Struct, frozen=True, kw_only=True):
    """What answers a message, or an answer to it. In 3.1.1 it can't fail."""

    packet_id: int
    reason: int = 0
    properties: Properties = NONE


class PubAck(_Acknowledgement, frozen=True, kw_only=True):
    """The receiver has a message of QoS 1."""


class PubRec(_Acknowledgement, frozen=True, kw_only=True):
    """The receiver has a message of QoS 2."""


class PubRel(_Acknowledgement, frozen=True, kw_only=True):
    """The sender has heard so, and won't send it again."""


class PubComp(_Acknowledgement, frozen=True, kw_only=True):
    """The receiver has forgotten its packet id."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A topic filter and how it is subscribed to.

    `retain_handling` 0: retained messages are sent; 1: only where the subscription is new; 2: they aren't.
    """

    filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


class Subscribe(Struct, frozen=True, kw_only=True):
    """What a client wants to hear."""

    packet_id: int
    wanted: tuple[Wanted, ...]
    properties: Properties = NONE


class SubAck(Struct, frozen=True, kw_only=True):
    """How it went with each filter: the QoS that is granted, or why none is."""

    packet_id: int
    reasons: tuple[int, ...]
    properties: Properties = NONE


class Unsubscribe(Struct, frozen=True, kw_only=True):
    """What a client doesn't want to hear any longer."""

    packet_id: int
    filters: tuple[str, ...]
    properties: Properties = NONE


class UnsubAck(Struct, frozen=True, kw_only=True):
    """How it went with each filter; in 3.1.1 it doesn't say."""

    packet_id: int
    reasons: tuple[int, ...] = ()
    properties: Properties = NONE


class PingReq(Struct, frozen=True):
    """Are you there?"""


class PingResp(Struct, frozen=True):
    """I am."""


class Disconnect(Struct, frozen=True, kw_only=True):
    """The last word. In 3.1.1 only the client has it."""

    reason: int = 0
    properties: Properties = NONE


class Auth(Struct, frozen=True, kw_only=True):
    """A step of an authentication that takes several; only in 5.0."""

    reason: int = 0
    properties: Properties = NONE


Packet = (
    Connect
    | ConnAck
    | Publish
    | PubAck
    | PubRec
    | PubRel
    | PubComp
    | Subscribe
    | SubAck
    | Unsubscribe
    | UnsubAck
    | PingReq
    | PingResp
    | Disconnect
    | Auth
)
