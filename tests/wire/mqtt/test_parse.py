"""The fixed header and PUBLISH: what the standard forbids (MQTT 5.0 §2.1, §3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.wire.mqtt.packets import V5, V311, PingReq, Publish
from netloom.wire.mqtt.parse import parse
from netloom.wire.mqtt.properties import Properties
from netloom.wire.mqtt.reasons import PacketError, Reason


def refused(data: bytes, version: int, sender: Any = "client", limit: int = 10_000) -> PacketError:
    with pytest.raises(PacketError) as caught:
        parse(data, version, sender, limit=limit)
    return caught.value


@pytest.mark.parametrize("first", [0x00, 0x01, 0x0F])
def test_type_0_is_reserved(first: int) -> None:
    assert refused(bytes((first,)), V5).reason == Reason.MALFORMED_PACKET


def test_type_15_is_reserved_in_3_1_1() -> None:
    assert "reserved" in refused(b"\xf0\0", V311).message


@pytest.mark.parametrize("first", [0x41, 0x58, 0x60, 0x63, 0x72, 0x80, 0x83, 0xA0, 0xA1, 0xC1, 0xE4, 0xF1])
def test_flags_that_are_fixed(first: int) -> None:
    assert "flags" in refused(bytes((first,)), V5).message


@pytest.mark.parametrize("first", [0x36, 0x37, 0x3E, 0x3F, 0x38, 0x39])
def test_flags_of_publish(first: int) -> None:
    assert "3.3.1" in refused(bytes((first, 4)) + b"\0\1a\0", V5).rule


@pytest.mark.parametrize(
    ("first", "sender", "version"),
    [
        (0x20, "client", V5), (0x90, "client", V5), (0xB0, "client", V311), (0xD0, "client", V5),
        (0x10, "server", V5), (0x82, "server", V5), (0xA2, "server", V311), (0xC0, "server", V5),
        (0xE0, "server", V311),
    ],
)  # fmt: skip
def test_what_a_side_may_not_say(first: int, sender: str, version: int) -> None:
    error = refused(bytes((first, 0)), version, sender)
    assert error.reason == Reason.PROTOCOL_ERROR
    assert sender in error.message


@pytest.mark.parametrize("first", [0x20, 0x30, 0xC0, 0x47, 0x16, 0x11])
def test_connect_comes_first(first: int) -> None:
    """MQTT-3.1.0-1."""
    assert "CONNECT" in refused(bytes((first,)), 0).message


def test_a_length_of_five_bytes() -> None:
    assert parse(b"\x30\xff\xff\xff", V5, "client") is None
    assert "remaining length" in refused(b"\x30\xff\xff\xff\xff", V5).message


def test_a_length_with_more_bytes_than_it_needs() -> None:
    """MQTT-1.5.5-1; 3.1.1 doesn't forbid it."""
    assert "more bytes" in refused(b"\xc0\x80\0", V5).message
    assert parse(b"\xc0\x80\0", V311, "client") == (PingReq(), 3)


def test_a_packet_beyond_the_limit_is_refused_before_it_comes() -> None:
    error = refused(b"\x30\x80\x01", V5, limit=130)
    assert error.reason == Reason.PACKET_TOO_LARGE
    assert parse(b"\x30\x80\x01", V5, "client", limit=131) is None


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (b"", V311), (b"\0", V311), (b"\0\5a", V311), (b"\0\1\0", V311), (b"\0\2\xff\xfe", V311),
        (b"\0\3\xed\xa0\x80", V311), (b"\0\2\xc0\x80", V311), (b"\0\1+", V311), (b"\0\3a/#", V5), (b"\0\0x", V311),
        (b"\0\0\0", V5), (b"\0\1a", V5), (b"\0\1a\5", V5),
    ],
)  # fmt: skip
def test_bodies_of_publish_that_are_none(body: bytes, version: int) -> None:
    refused(bytes((0x30, len(body))) + body, version)


def test_a_wildcard_has_its_own_reason() -> None:
    error = refused(b"\xc0\0\x30\3\0\1+"[2:], V5)
    assert error.reason == Reason.TOPIC_NAME_INVALID
    assert error.offset == 4


@pytest.mark.parametrize("body", [b"\0\1a", b"\0\1a\0", b"\0\1a\0\0", b"\0\1a\0\0\0"])
def test_no_packet_id(body: bytes) -> None:
    """MQTT-2.2.1-3."""
    assert "packet id" in refused(bytes((0x32, len(body))) + body, V311).message


def test_a_client_names_no_subscription_identifier() -> None:
    """MQTT-3.3.4-6."""
    data = b"\x30\6\0\1a\2\x0b\1"
    assert refused(data, V5).reason == Reason.PROTOCOL_ERROR
    assert parse(data, V5, "server") == (
        Publish(topic="a", properties=Properties(subscription_identifiers=(1,))),
        8,
    )


def test_an_alias_instead_of_a_topic() -> None:
    found = parse(b"\x30\6\0\0\3\x23\0\7", V5, "client")
    assert found == (Publish(topic="", properties=Properties(topic_alias=7)), 8)
    assert refused(b"\x30\6\0\0\3\x23\0\0", V5).reason == Reason.TOPIC_ALIAS_INVALID


def test_a_byte_order_mark_stays() -> None:
    """MQTT-1.5.4-3."""
    found = parse(b"\x30\6\0\4\xef\xbb\xbfa", V311, "client")
    assert found is not None
    assert isinstance(found[0], Publish)
    assert found[0].topic == "\ufeffa"


def test_a_long_topic() -> None:
    topic = "a" * 300
    found = parse(b"\x30\xae\x02\x01\x2c" + topic.encode(), V311, "client")
    assert found == (Publish(topic=topic), 305)


def test_a_later_packet_begins_where_it_is_said_to() -> None:
    assert parse(b"\xff\xff\xc0\0", V5, "client", at=2) == (PingReq(), 4)
    assert parse(b"\xc0\0", V5, "client", at=2) is None
