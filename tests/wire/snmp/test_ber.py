"""SNMP's part of BER: lengths, integers, identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.snmp import ber
from tests.wire.snmp.strategies import INT, OIDS


class TestElements:
    @given(st.binary(max_size=70_000) | st.sampled_from([bytes(n) for n in (0, 127, 128, 255, 256, 65_535, 65_536)]))
    def test_any_length(self, content: bytes) -> None:
        data = ber.element(ber.OCTETS, content)
        assert ber.read(data, 0, len(data)) == (ber.OCTETS, len(data) - len(content), len(data))

    def test_the_shortest_length_is_said(self) -> None:
        assert [ber.element(4, bytes(n))[:4] for n in (1, 127, 128, 256)] == [
            b"\x04\x01\0", b"\x04\x7f\0\0", b"\x04\x81\x80\0", b"\x04\x82\x01\0",
        ]  # fmt: skip

    def test_a_longer_length_is_understood(self) -> None:
        """RFC 3417 §8 allows the long form where the short one would do; net-snmp says it."""
        assert ber.read(b"\x30\x82\x00\x01\x05", 0, 5) == (0x30, 4, 5)

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x04", b"\x04\x02x", b"\x04\x80xx\0\0", b"\x04\x85\0\0\0\0\x01x", b"\x04\x82\0", b"\x1f\x01x",
         b"\x04\x84\xff\xff\xff\xff"],
    )  # fmt: skip
    def test_what_isnt_one(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            ber.read(data, 0, len(data))

    def test_it_ends_where_its_frame_ends(self) -> None:
        with pytest.raises(RemoteProtocolError):
            ber.read(b"\x04\x03abc", 0, 4)

    @pytest.mark.parametrize("content", [b"abc", bytes(200)])
    def test_what_is_expected_is_what_is_read(self, content: bytes) -> None:
        data = ber.element(ber.OCTETS, content)
        assert ber.expect(b"x" + data, 1, 1 + len(data), ber.OCTETS) == ber.read(b"x" + data, 1, 1 + len(data))[1:]
        for end in range(1, len(data)):
            with pytest.raises(RemoteProtocolError):
                ber.expect(b"x" + data, 1, end, ber.OCTETS)

    def test_another_tag(self) -> None:
        with pytest.raises(RemoteProtocolError, match="0x04"):
            ber.expect(b"\x05\0", 0, 2, ber.OCTETS)


class TestIntegers:
    @given(INT)
    def test_read_back(self, value: int) -> None:
        data = ber.integer(value)
        assert ber.read_integer(data, 0, len(data)) == (value, len(data))

    @pytest.mark.parametrize(
        ("value", "octets"),
        [(0, "00"), (127, "7f"), (128, "0080"), (256, "0100"), (-1, "ff"), (-128, "80"), (-129, "ff7f"),
         (-(2**31), "80000000"), (2**31 - 1, "7fffffff")],
    )  # fmt: skip
    def test_the_fewest_octets(self, value: int, octets: str) -> None:
        assert ber.integer(value)[2:].hex() == octets

    def test_more_octets_than_needed_are_borne(self) -> None:
        assert ber.read_integer(b"\x02\x04\0\0\0\x05", 0, 6)[0] == 5

    @pytest.mark.parametrize("data", [b"\x02\0", b"\x02\x05\0\0\0\0\x05"])
    def test_none_or_too_many(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            ber.read_integer(data, 0, len(data))

    def test_octets_have_a_limit(self) -> None:
        with pytest.raises(RemoteProtocolError):
            ber.read_octets(b"\x04\x03abc", 0, 5, 2)
        assert ber.read_octets(b"\x04\x03abc", 0, 5, 3) == (b"abc", 5)


class TestIdentifiers:
    @given(OIDS)
    def test_read_back(self, oid: tuple[int, ...]) -> None:
        data = ber.oid(oid)
        assert ber.decoded_oid(data[3 if data[1] > 127 else 2 :]) == oid

    def test_known_ones(self) -> None:
        assert ber.oid((1, 3, 6, 1, 4, 1, 8072)).hex() == "06072b06010401bf08"
        assert ber.oid((2, 999, 3)).hex() == "0603883703"
        assert ber.decoded_oid(b"\x88\x37\x03") == (2, 999, 3)
        assert ber.decoded_oid(b"") == (0, 0)

    @pytest.mark.parametrize("content", ["80", "2b80", "2b8001", "2bffffffffff7f", "2b" + "01" * 127])
    def test_refused(self, content: str) -> None:
        with pytest.raises(RemoteProtocolError):
            ber.decoded_oid(bytes.fromhex(content))

    @pytest.mark.parametrize("oid", [(1,), (3, 1), (1, 40), (1, 3, 2**32), (1, 3, -1)])
    def test_never_said(self, oid: tuple[int, ...]) -> None:
        with pytest.raises(LocalProtocolError):
            ber.oid(oid)
