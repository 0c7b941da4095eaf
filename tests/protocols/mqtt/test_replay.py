"""MQTT, replayed: packets, their ids, and pings aside."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.mqtt.replay import Replay
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import emit
from tests.packet.tape.parts import gists, keeps_to_it, split


def talk(version: int = 5, number: int = 7, name: str = "ann") -> list[tuple[str, bytes]]:
    said: list[tuple[str, packets.Packet]] = [
        (CLIENT, packets.Connect(version=version, client_id=name, user="ann", password=b"pw")),
        (SERVER, packets.ConnAck()),
        (CLIENT, packets.Subscribe(packet_id=number, wanted=(packets.Wanted(filter="loom/#", qos=1),))),
        (SERVER, packets.SubAck(packet_id=number, reasons=(1,))),
        (CLIENT, packets.PingReq()),
        (SERVER, packets.PingResp()),
        (CLIENT, packets.Publish(topic="loom/warp", payload=b"x" * 200, qos=2, packet_id=number + 1)),
        (SERVER, packets.PubRec(packet_id=number + 1)),
        (CLIENT, packets.PubRel(packet_id=number + 1)),
        (SERVER, packets.PubComp(packet_id=number + 1)),
        (SERVER, packets.Publish(topic="loom/weft", qos=1, packet_id=3)),
        (CLIENT, packets.PubAck(packet_id=3)),
        (CLIENT, packets.Disconnect()),
    ]
    return [(sender, emit(packet, version)) for sender, packet in said]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, talk(4))
    keeps_to_it(Replay, talk(5))


def test_what_is_the_same() -> None:
    assert gists(Replay, talk(5, 900, "somebody")) == gists(Replay, talk())
    assert gists(Replay, talk(4)) != gists(Replay, talk(5))
    assert [unit.data for unit in split(Replay, talk()) if unit.gist is None] == [b"\xc0\0", b"\xd0\0"]


def test_acknowledgements_have_the_ids_that_were_heard() -> None:
    part = Replay()
    recorded, heard = split(Replay, talk()), split(Replay, talk(5, 900))
    for one, other in zip(recorded, heard, strict=True):
        if one.sender == CLIENT:
            part.met(one, other)
    told = [part.adapt(unit) for unit in recorded if unit.sender == SERVER]
    assert told == [unit.data for unit in heard if unit.sender == SERVER]


def test_pings_are_answered() -> None:
    ping = split(Replay, [(CLIENT, b"\xc0\0")])[0]
    assert Replay().aside(ping) == b"\xd0\0"
