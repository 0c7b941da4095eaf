"""Values as text, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from netloom.errors import LocalProtocolError
from netloom.wire.snmp import text, values
from netloom.wire.snmp.mib import Syntax
from netloom.wire.snmp.mibs import TYPES, standard
from netloom.wire.snmp.values import Varbind
from tests.wire.snmp.strategies import VARBINDS

MIB = standard()
MOMENT = bytes.fromhex("07ea0b1501020304")
UP = Syntax("Integer32", "", {1: "up", 2: "down"})


class TestShown:
    @pytest.mark.parametrize(
        ("tag", "value", "syntax", "shown"),
        [
            (values.INTEGER, 1, UP, "up"),
            (values.INTEGER, 9, UP, 9),
            (values.INTEGER, 215, Syntax("Integer32", "d-1"), 21.5),
            (values.INTEGER, 255, Syntax("Integer32", "x"), "ff"),
            (values.INTEGER, -5, None, -5),
            (values.COUNTER64, 2**63, None, 2**63),
            (values.TIME_TICKS, 12_345, None, "0:02:03.45"),
            (values.TIME_TICKS, 8_640_000 + 366_105, None, "1d 1:01:01.05"),
            (values.OCTETS, b"Gr\xc3\xbcn\r\nx", None, "Grün\r\nx"),
            (values.OCTETS, b"text\0", None, "text"),
            (values.OCTETS, b"\0\x01", None, "0x0001"),
            (values.OCTETS, b"\xff", None, "0xff"),
            (values.OCTETS, b"", None, ""),
            (values.OCTETS, b"\0\x11\x22\x33\x44\x55", TYPES["PhysAddress"], "00:11:22:33:44:55"),
            (values.OCTETS, b"", TYPES["PhysAddress"], ""),
            (values.OCTETS, MOMENT + b"+\x01\0", TYPES["DateAndTime"], "2026-11-21,1:2:3.4,+1:0"),
            (values.OCTETS, MOMENT, TYPES["DateAndTime"], "2026-11-21,1:2:3.4"),
            (values.OCTETS, b"\x7f\0\0\x01", TYPES["InetAddress"], "127.0.0.1"),
            (values.OCTETS, bytes(15) + b"\x01", TYPES["InetAddress"], "::1"),
            (values.IP_ADDRESS, b"\xc0\0\x02\x01", None, "192.0.2.1"),
            (values.OBJECT, (1, 3, 6, 1, 2, 1, 1, 5, 0), None, "sysName.0"),
            (values.OBJECT, (1, 3, 6, 1, 4, 1, 9, 1, 5), None, "1.3.6.1.4.1.9.1.5"),
            (values.OPAQUE, bytes.fromhex("9f780442f6e979"), None, 123.456),
            (values.OPAQUE, bytes.fromhex("9f79083ff8000000000000"), None, 1.5),
            (values.OPAQUE, b"\x9f\x78", None, "0x9f78"),
            (values.NULL, None, None, None),
            (values.NO_SUCH_OBJECT, None, None, None),
        ],
    )  # fmt: skip
    def test_by_type(self, tag: int, value: values.Value, syntax: Syntax | None, shown: Any) -> None:
        assert text.plain(tag, value, syntax, MIB) == shown

    def test_a_hint_that_cant_be_applied(self) -> None:
        assert text.octets(b"abc", Syntax("OctetString", "*1x:")) == "abc"
        assert text.octets(b"abc", Syntax("OctetString", "0x")) == "abc"


class TestSaid:
    @pytest.mark.parametrize(
        ("said", "tag", "value"),
        [
            ("i 5", values.INTEGER, 5),
            ("i -5", values.INTEGER, -5),
            ("i 0x10", values.INTEGER, 16),
            ("u 5", values.GAUGE32, 5),
            ("c 5", values.COUNTER32, 5),
            ("C 18446744073709551615", values.COUNTER64, 2**64 - 1),
            ("t 500", values.TIME_TICKS, 500),
            ("t 1d 0:00:00.5", values.TIME_TICKS, 8_640_050),
            ("a 192.0.2.1", values.IP_ADDRESS, b"\xc0\0\x02\x01"),
            ("o sysName.0", values.OBJECT, (1, 3, 6, 1, 2, 1, 1, 5, 0)),
            ("s two words", values.OCTETS, b"two words"),
            ("s ", values.OCTETS, b""),
            ("x 00 ff", values.OCTETS, b"\0\xff"),
            ("x 00:ff", values.OCTETS, b"\0\xff"),
            ("d 0 255", values.OCTETS, b"\0\xff"),
            ("b 0 9", values.OCTETS, b"\x80\x40"),
            ("n", values.NULL, None),
            ("F 1.5", values.OPAQUE, bytes.fromhex("9f78043fc00000")),
            ("INTEGER: 5", values.INTEGER, 5),
            ("INTEGER: up(1)", values.INTEGER, 1),
            ("Integer32: 5", values.INTEGER, 5),
            ('STRING: "quoted"', values.OCTETS, b"quoted"),
            ("STRING:", values.OCTETS, b""),
            ("Hex-STRING: 00 FF ", values.OCTETS, b"\0\xff"),
            ("OID: .1.3.6", values.OBJECT, (1, 3, 6)),
            ("Timeticks: (123) 0:00:01.23", values.TIME_TICKS, 123),
            ("Gauge32: 7", values.GAUGE32, 7),
            ("IpAddress: 127.0.0.1", values.IP_ADDRESS, b"\x7f\0\0\x01"),
        ],
    )
    def test_typed(self, said: str, tag: int, value: values.Value) -> None:
        assert text.is_typed(said)
        assert text.parse_value(said, MIB) == (tag, value)

    def test_by_the_object(self) -> None:
        assert text.parse_value("down", MIB, UP) == (values.INTEGER, 2)
        assert text.parse_value("i down", MIB, UP) == (values.INTEGER, 2)
        assert text.parse_value("any words", MIB, TYPES["DisplayString"]) == (values.OCTETS, b"any words")
        assert text.parse_value("0:1:2:a:b:c", MIB, TYPES["PhysAddress"]) == (values.OCTETS, b"\0\x01\x02\x0a\x0b\x0c")

    @pytest.mark.parametrize(
        "said",
        ["5", "words", "i x", "i 5000000000", "u -1", "a 1.2.3", "o nowhere", "x 0", "t soon", "d 256", "b 9999",
         "F x", "i " + "9" * 100, "NOTYPE: 5"],
    )  # fmt: skip
    def test_refused(self, said: str) -> None:
        with pytest.raises(LocalProtocolError):
            text.parse_value(said, MIB)

    def test_the_words_that_would_be_right_are_told(self) -> None:
        with pytest.raises(LocalProtocolError) as caught:
            text.parse_value("sideways", MIB, UP)
        assert "up, down" in caught.value.hint


class TestLines:
    @given(VARBINDS)
    def test_there_and_back(self, bind: Varbind) -> None:
        line = text.typed(bind, MIB)
        assert "\n" not in line
        if bind.tag in (values.NSAP_ADDRESS, values.UINTEGER32, *values.EXCEPTIONS):
            return  # nobody says these
        assert text.parse_line(line, MIB) == bind

    @pytest.mark.parametrize("line", ["ifIndex.2 i 2", "ifIndex.2 = INTEGER: 2", "ifIndex.2 = 2", " ifIndex.2   2 "])
    def test_forms(self, line: str) -> None:
        assert text.parse_line(line, MIB) == Varbind((1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 2), values.INTEGER, 2)

    @pytest.mark.parametrize("line", ["", "ifIndex.2", "nowhere.5 i 2", "words and more words", "ifIndex.2 ="])
    def test_what_is_none(self, line: str) -> None:
        assert text.parse_line(line, MIB) is None
