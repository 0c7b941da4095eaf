"""What stands inside packets: what the standard forbids, statement by statement (MQTT 5.0 §3, MQTT 3.1.1 §3)."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import V5, V311
from netloom.wire.mqtt.parse import parse
from netloom.wire.mqtt.reasons import PacketError, Reason

NAME = b"\0\4MQTT"


def connect(flags: int, rest: bytes = b"\0\0", *, level: int = 4, name: bytes = NAME, said: bytes = b"") -> bytes:
    body = name + bytes((level, flags)) + b"\0\x3c" + said + rest
    return b"\x10" + bytes((len(body),)) + body


def refused(data: bytes, version: int, sender: Any = "client") -> PacketError:
    with pytest.raises(PacketError) as caught:
        parse(data, version, sender)
    return caught.value


def of(first: int, body: bytes) -> bytes:
    return bytes((first, len(body))) + body


class TestConnect:
    @pytest.mark.parametrize(("level", "name"), [(3, b"\0\6MQIsdp"), (6, NAME), (0, NAME), (4, b"\0\6MQIsdp")])
    def test_versions_that_are_not_spoken(self, level: int, name: bytes) -> None:
        """MQTT-3.1.2-2."""
        error = refused(connect(2, level=level, name=name), 0)
        assert error.reason == Reason.UNSUPPORTED_PROTOCOL_VERSION
        assert error.level == level

    def test_another_name(self) -> None:
        """MQTT-3.1.2-1."""
        error = refused(connect(2, name=b"\0\4HTTP"), 0)
        assert error.reason == Reason.MALFORMED_PACKET
        assert not error.level

    @pytest.mark.parametrize(
        ("flags", "statement"),
        [
            (0x01, "3.1.2-3"), (0x03, "3.1.2-3"), (0x0A, "3.1.2-11"), (0x12, "3.1.2-11"), (0x22, "3.1.2-11"),
            (0x1E, "3.1.2-12"), (0x42, "3.1.2-22"),
        ],
    )  # fmt: skip
    def test_flags(self, flags: int, statement: str) -> None:
        error = refused(connect(flags, b"\0\0\0\1a\0\0\0\0"), 0)
        assert statement in error.rule
        assert error.level == V311

    def test_a_password_alone_is_for_5(self) -> None:
        found = parse(connect(0x42, b"\0\0\0\1x", level=5, said=b"\0"), 0, "client")
        assert found is not None
        assert found[0] == packets.Connect(keep_alive=60, password=b"x")

    def test_data_without_a_method(self) -> None:
        """MQTT 5.0 §3.1.2.11.10."""
        assert "method" in refused(connect(2, level=5, said=b"\4\x16\0\1x"), 0).message

    @pytest.mark.parametrize("topic", [b"\0\0", b"\0\1#", b"\0\3a/+"])
    def test_a_will_that_goes_nowhere(self, topic: bytes) -> None:
        assert refused(connect(6, b"\0\0" + topic + b"\0\0"), 0).reason == Reason.TOPIC_NAME_INVALID

    def test_what_follows(self) -> None:
        assert "too many" in refused(connect(2, b"\0\0x"), 0).message

    def test_what_is_missing(self) -> None:
        assert "too early" in refused(connect(0x82, b"\0\0"), 0).message

    def test_a_second_one(self) -> None:
        """MQTT-3.1.0-2."""
        assert "3.1.0-2" in refused(connect(2), V311).rule


class TestConnAck:
    @pytest.mark.parametrize(
        ("body", "version"),
        [
            (b"\2\0", V311), (b"\xff\0\0", V5), (b"\0\6", V311), (b"\0\x01\0", V5), (b"\1\2", V311), (b"\1\x87\0", V5),
            (b"\0", V311), (b"\0\0\0", V311), (b"\0\0", V5), (b"\0\2", V5), (b"\0\0\2\x24\2", V5),
        ],
    )  # fmt: skip
    def test_refused(self, body: bytes, version: int) -> None:
        refused(of(0x20, body), version, "server")

    def test_a_server_that_does_not_know_5(self) -> None:
        assert parse(b"\x20\2\0\1", V5, "server") == (packets.ConnAck(reason=1), 4)


class TestAcknowledgements:
    @pytest.mark.parametrize("first", [0x40, 0x50, 0x62, 0x70])
    def test_a_reason_may_be_left_out(self, first: int) -> None:
        for body in (b"\0\7", b"\0\7\0", b"\0\7\0\0"):
            found = parse(of(first, body), V5, "client")
            assert found is not None
            assert found[0] == packets_of(first)(packet_id=7)

    @pytest.mark.parametrize(
        ("first", "body", "version"),
        [
            (0x40, b"\0\0", V5), (0x40, b"\0", V5), (0x40, b"\0\7\x92", V5), (0x62, b"\0\7\x10", V5),
            (0x40, b"\0\7\0", V311), (0x40, b"\0\7\0\1", V5), (0x40, b"\0\7\0\2\x23\0", V5), (0x70, b"\0\7\x80", V5),
        ],
    )  # fmt: skip
    def test_refused(self, first: int, body: bytes, version: int) -> None:
        refused(of(first, body), version)


def packets_of(first: int) -> Any:
    return {4: packets.PubAck, 5: packets.PubRec, 6: packets.PubRel, 7: packets.PubComp}[first >> 4]


class TestSubscriptions:
    @pytest.mark.parametrize(
        ("body", "version"),
        [
            (b"\0\1", V311),  # MQTT-3.8.3-2
            (b"\0\1\0", V5),
            (b"\0\0\0\1a\0", V311),  # MQTT-2.2.1-3
            (b"\0\1\0\1a\3", V311),
            (b"\0\1\0\1a\4", V311),  # MQTT-3-8.3-4
            (b"\0\1\0\0\1a\x40", V5),  # MQTT-3.8.3-5
            (b"\0\1\0\0\1a\x30", V5),
            (b"\0\1\0\0\1a\3", V5),
            (b"\0\1\0\0\x0a$share/g/a\4", V5),  # MQTT-3.8.3-4
            (b"\0\1\4\x0b\1\x0b\2\0\1a\0", V5),
            (b"\0\1\2\x0b\0\0\1a\0", V5),
            (b"\0\1\0\1a", V311),
        ],
    )
    def test_refused(self, body: bytes, version: int) -> None:
        refused(of(0x82, body), version)

    @pytest.mark.parametrize(
        "pattern",
        [b"", b"#a", b"a#", b"a/#/b", b"a+", b"$share/g", b"$share//a", b"$share/+/a", b"$share/g/", b"$share/g/a#"],
    )
    def test_filters(self, pattern: bytes) -> None:
        """MQTT-4.7.1-1, MQTT-4.7.1-2, MQTT-4.7.3-1, MQTT-4.8.2-1, MQTT-4.8.2-2."""
        named = len(pattern).to_bytes(2, "big") + pattern
        assert refused(of(0x82, b"\0\1" + named + b"\0"), V311).reason == Reason.TOPIC_FILTER_INVALID
        assert refused(of(0xA2, b"\0\1" + named), V311).reason == Reason.TOPIC_FILTER_INVALID

    def test_nothing_to_unsubscribe_from(self) -> None:
        """MQTT-3.10.3-2."""
        assert "3.10.3-2" in refused(of(0xA2, b"\0\1"), V311).rule

    @pytest.mark.parametrize(
        ("first", "body", "version"),
        [
            (0x90, b"\0\1\3", V311), (0x90, b"\0\1\x87", V311), (0x90, b"\0\1\0\3", V5), (0xB0, b"\0\1\0", V311),
            (0xB0, b"\0\1\0\1", V5), (0xB0, b"\0\0", V311),
        ],
    )  # fmt: skip
    def test_answers_that_are_none(self, first: int, body: bytes, version: int) -> None:
        refused(of(first, body), version, "server")


class TestGoodbyes:
    def test_a_reason_may_be_left_out(self) -> None:
        for body in (b"", b"\0", b"\0\0"):
            assert parse(of(0xE0, body), V5, "client") == (packets.Disconnect(), 2 + len(body))

    @pytest.mark.parametrize(
        ("body", "version", "sender"),
        [
            (b"\0", V311, "client"), (b"\x8b", V5, "client"), (b"\x04", V5, "server"), (b"\x01", V5, "client"),
            (b"\0\5\x11\0\0\0\1", V5, "server"), (b"\0\1", V5, "client"),
        ],
    )  # fmt: skip
    def test_refused(self, body: bytes, version: int, sender: str) -> None:
        refused(of(0xE0, body), version, sender)

    def test_pings_are_empty(self) -> None:
        refused(b"\xc0\1\0", V5)
        refused(b"\xd0\1\0", V311, "server")

    @pytest.mark.parametrize(
        ("body", "sender"),
        [
            (b"", "client"),
            (b"\0", "client"),
            (b"\x19", "server"),
            (b"\x18", "client"),
            (b"\x18\0", "server"),
            (b"\x17", "client"),
        ],
    )
    def test_steps_of_an_authentication(self, body: bytes, sender: str) -> None:
        refused(of(0xF0, body), V5, sender)

    def test_the_last_step(self) -> None:
        assert parse(b"\xf0\0", V5, "server") == (packets.Auth(), 2)
