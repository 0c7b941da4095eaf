"""Properties: what there is, where it may stand and what it may be (MQTT 5.0 §2.2.2)."""

from __future__ import annotations

import pytest

from netloom.errors import LocalProtocolError
from netloom.wire.mqtt.fields import Cursor
from netloom.wire.mqtt.properties import _TABLE, NONE, WILL, Properties, emit, parse
from netloom.wire.mqtt.reasons import Kind, PacketError, Reason


def read(data: bytes, packet: int) -> Properties:
    return parse(Cursor(data, 0, len(data)), packet)


def test_all_there_are() -> None:
    """Table 2-4."""
    assert len(_TABLE) == len(Properties.__struct_fields__) == 27
    assert {entry.name for entry in _TABLE.values()} == set(Properties.__struct_fields__)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\2\1\2", Reason.PROTOCOL_ERROR),  # neither 0 nor 1
        (b"\4\1\0\1\1", Reason.PROTOCOL_ERROR),  # twice
        (b"\3\x23\0\0", Reason.TOPIC_ALIAS_INVALID),
        (b"\2\x0b\0", Reason.PROTOCOL_ERROR),
        (b"\4\x08\0\1#", Reason.PROTOCOL_ERROR),  # MQTT-3.3.2-14
        (b"\3\x08\0\0", Reason.PROTOCOL_ERROR),
        (b"\5\x11\0\0\0\0", Reason.MALFORMED_PACKET),  # not in PUBLISH
        (b"\1\x2b", Reason.MALFORMED_PACKET),
        (b"\2\x80\1", Reason.MALFORMED_PACKET),
        (b"\2\x81\0", Reason.MALFORMED_PACKET),  # more bytes than it needs
        (b"\1\2", Reason.MALFORMED_PACKET),
        (b"\3\2\0\0", Reason.MALFORMED_PACKET),
        (b"\3\3\0\1", Reason.MALFORMED_PACKET),
        (b"\4\3\0\1\0", Reason.MALFORMED_PACKET),
        (b"\x05\x26\0\1a\0", Reason.MALFORMED_PACKET),
        (b"\x09", Reason.MALFORMED_PACKET),
    ],
)
def test_refused_in_publish(data: bytes, reason: Reason) -> None:
    with pytest.raises(PacketError) as caught:
        read(data, Kind.PUBLISH)
    assert caught.value.reason == reason


def test_receive_maximum_and_packet_size_are_not_0() -> None:
    for data in (b"\3\x21\0\0", b"\5\x27\0\0\0\0"):
        with pytest.raises(PacketError) as caught:
            read(data, Kind.CONNECT)
        assert caught.value.reason == Reason.PROTOCOL_ERROR


def test_several_users_and_identifiers() -> None:
    found = read(b"\x12\x26\0\1a\0\1b\x26\0\1a\0\1c\x0b\1\x0b\2", Kind.PUBLISH)
    assert found == Properties(user=(("a", "b"), ("a", "c")), subscription_identifiers=(1, 2))
    assert read(emit(found, Kind.PUBLISH), Kind.PUBLISH) == found


def test_none() -> None:
    assert read(b"\0", Kind.PUBLISH) is NONE
    assert emit(NONE, Kind.PUBLISH) == emit(Properties(), Kind.PUBLISH) == b"\0"


@pytest.mark.parametrize(
    ("said", "packet"),
    [
        (Properties(session_expiry=1), Kind.PUBLISH),
        (Properties(will_delay=1), Kind.PUBLISH),
        (Properties(topic_alias=1), WILL),
        (Properties(topic_alias=0), Kind.PUBLISH),
        (Properties(topic_alias=65_536), Kind.PUBLISH),
        (Properties(message_expiry=-1), Kind.PUBLISH),
        (Properties(message_expiry=2**32), Kind.PUBLISH),
        (Properties(subscription_identifiers=(0,)), Kind.PUBLISH),
        (Properties(subscription_identifiers=(268_435_456,)), Kind.PUBLISH),
        (Properties(response_topic="a/#"), Kind.PUBLISH),
        (Properties(content_type="\0"), Kind.PUBLISH),
        (Properties(content_type="\ud800"), Kind.PUBLISH),
        (Properties(content_type="x" * 65_536), Kind.PUBLISH),
        (Properties(correlation_data=bytes(65_536)), Kind.PUBLISH),
        (Properties(user=(("\0", ""),)), Kind.PUBLISH),
        (Properties(maximum_qos=2), Kind.CONNACK),
        (Properties(receive_maximum=0), Kind.CONNECT),
    ],
)
def test_what_is_not_said(said: Properties, packet: int) -> None:
    with pytest.raises(LocalProtocolError):
        emit(said, packet)


def test_shown_without_what_is_not_there_or_secret() -> None:
    shown = repr(Properties(authentication_method="x", authentication_data=b"secret"))
    assert shown == "Properties(authentication_method='x', authentication_data=***)"
