"""What a broker counts, and tells under $SYS by the names that Mosquitto uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.protocols.mqtt.broker import Broker

ROOT = "$SYS"


class Counters:
    """Since the broker began: packets, messages and bytes both ways, and messages that were dropped."""

    __slots__ = (
        "began", "bytes_received", "bytes_sent", "dropped", "expired", "most", "packets_received", "packets_sent",
        "payload_received", "payload_sent", "published", "told",
    )  # fmt: skip

    def __init__(self, began: float) -> None:
        self.began = began
        self.packets_received = self.packets_sent = self.bytes_received = self.bytes_sent = 0
        self.published = self.told = self.payload_received = self.payload_sent = self.dropped = 0
        self.most = self.expired = 0


def topics(broker: Broker, now: float) -> dict[str, str]:
    """Everything under $SYS/broker."""
    counters = broker.counters
    here = broker.connected
    known = len(broker.sessions)
    return {
        "version": "netloom",
        "uptime": f"{int(now - counters.began)} seconds",
        "clients/connected": str(here),
        "clients/disconnected": str(known - here),
        "clients/total": str(known),
        "clients/maximum": str(counters.most),
        "clients/expired": str(counters.expired),
        "messages/received": str(counters.packets_received),
        "messages/sent": str(counters.packets_sent),
        "publish/messages/received": str(counters.published),
        "publish/messages/sent": str(counters.told),
        "publish/messages/dropped": str(counters.dropped),
        "publish/bytes/received": str(counters.payload_received),
        "publish/bytes/sent": str(counters.payload_sent),
        "bytes/received": str(counters.bytes_received),
        "bytes/sent": str(counters.bytes_sent),
        "store/messages/count": str(broker.held_count),
        "store/messages/bytes": str(broker.held_bytes),
        "retained messages/count": str(broker.bus.retained_count),
        "subscriptions/count": str(sum(len(session.subscriptions) for session in broker.sessions.values())),
        "shared_subscriptions/count": str(len(broker.groups)),
    }
