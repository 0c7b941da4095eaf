"""What $SYS tells is what happened."""

from __future__ import annotations

from netloom.protocols.mqtt.counters import topics
from netloom.wire.mqtt.packets import Publish
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.lab import lab


async def test_counts() -> None:
    async with lab() as place:
        ann = await place.client("ann", properties=Properties(session_expiry=9))
        bob = await place.client("bob")
        await ann.subscribe("a", "$share/g/b", qos=1)
        await bob.publish("a", b"12345", retain=True, qos=1)
        await bob.publish("none", b"1")
        await ann.expect(Publish)
        await ann.gone()
        told = topics(place.broker, place.broker.counters.began + 61.5)
        assert told["uptime"] == "61 seconds"
        assert told["clients/connected"] == "1"
        assert told["clients/disconnected"] == "1"
        assert told["clients/total"] == told["clients/maximum"] == "2"
        assert told["publish/messages/received"] == "2"
        assert told["publish/messages/sent"] == "1"
        assert told["publish/bytes/received"] == "6"
        assert told["publish/bytes/sent"] == "5"
        assert told["retained messages/count"] == "1"
        assert told["subscriptions/count"] == "2"
        assert told["shared_subscriptions/count"] == "1"
        assert told["store/messages/count"] == "1"
        assert int(told["messages/received"]) == 5
        assert int(told["messages/sent"]) == 5
        assert int(told["bytes/received"]) > 50
        assert int(told["bytes/sent"]) > 30
