"""Codes in words (MQTT 5.0 §2.4, MQTT 3.1.1 §3.2.2.3)."""

from __future__ import annotations

from netloom.wire.mqtt.reasons import ALLOWED, Kind, Reason, words


def test_words() -> None:
    assert words(0x87) == "not authorized"
    assert words(1) == "granted QoS 1"
    assert words(5, 4) == words(0x87)
    assert words(0x80, 4) == "unspecified error"
    assert words(0xFF) == "code 0xff"


def test_every_code_has_its_packets() -> None:
    assert set().union(*ALLOWED.values()) == set(map(int, Reason))
    assert all(code >= 0x80 or not code for code in ALLOWED[Kind.CONNACK])
