"""DNS: what EDNS options say, and cookies that only their maker can make."""

from __future__ import annotations

from contextlib import suppress

import dns.edns
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes, edns
from netloom.wire.dns.message import Edns

SECRET = bytes(range(32))
CLIENT = b"\1\2\3\4\5\6\7\x08"
NOW = 1_790_000_000


@pytest.mark.parametrize(
    "text", ["192.0.2.0/24", "192.0.2.99/25", "0.0.0.0/0", "2001:db8::/33", "::/0", "198.51.100.7/32"]
)
def test_client_subnets_are_dnspythons(text: str) -> None:
    reference = dns.edns.ECSOption.from_text(text).to_wire()
    assert edns.subnet(text) == reference
    assert edns.subnet_text(edns.subnet(text)).endswith(f"/{text.rpartition('/')[2]}/0")


def test_bits_beyond_the_prefix_are_zero() -> None:
    assert edns.subnet("192.0.2.99/25") == bytes.fromhex("0001 19 00 c0000200")
    assert edns.subnet("255.255.255.255/4") == bytes.fromhex("0001 04 00 f0")


@pytest.mark.parametrize("text", ["", "192.0.2.0/33", "example.com", "1.2.3/8"])
def test_what_is_no_subnet(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        edns.subnet(text)


@pytest.mark.parametrize(
    "data", ["", "0001", "0001 18 00 c000", "0003 00 00", "0001 21 00 c000020000", "0001 08 21 c0"]
)
def test_what_is_no_subnet_option(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        edns.subnet_text(bytes.fromhex(data))


@given(st.binary(max_size=30))
def test_arbitrary_options(data: bytes) -> None:
    with suppress(RemoteProtocolError):
        assert edns.subnet_text(data)
    edns.nsid_text(data)
    edns.errors(Edns(options=((codes.OPTION_ERROR, data),)))
    edns.cookie_is_ours(SECRET, data, "192.0.2.1", NOW)


def test_names_of_servers() -> None:
    assert edns.nsid_text(b"gpdns-fra") == "gpdns-fra"
    assert edns.nsid_text(b"\0\xff") == "00ff"
    assert edns.nsid_text(b"") == ""


def test_errors_in_words() -> None:
    options = (
        (codes.OPTION_ERROR, b"\0\x10by order"),
        (codes.OPTION_NSID, b"x"),
        (codes.OPTION_ERROR, b"\0\3"),
        (codes.OPTION_ERROR, b"\xff\xff"),
        (codes.OPTION_ERROR, b"\0"),
    )
    assert edns.errors(Edns(options=options)) == ["Censored: by order", "Stale Answer", "error 65535"]


@given(st.integers(12, 2000), st.sampled_from([edns.QUERY_BLOCK, edns.RESPONSE_BLOCK]))
def test_padding_fills_blocks(size: int, block: int) -> None:
    assert (size + len(edns.padding(size, block))) % block == 0
    assert len(edns.padding(size, block)) < block


class TestCookies:
    GIVEN = CLIENT + edns.server_cookie(SECRET, CLIENT, "192.0.2.1", NOW)

    def test_our_own_is_good_for_an_hour(self) -> None:
        assert len(self.GIVEN) == 24
        assert edns.cookie_is_whole(self.GIVEN)
        assert edns.cookie_is_ours(SECRET, self.GIVEN, "192.0.2.1", NOW)
        assert edns.cookie_is_ours(SECRET, self.GIVEN, "192.0.2.1", NOW + edns.COOKIE_LIFE)

    @pytest.mark.parametrize("change", [-1, 3601, 1 << 31])
    def test_not_before_and_not_after(self, change: int) -> None:
        assert not edns.cookie_is_ours(SECRET, self.GIVEN, "192.0.2.1", NOW + change)

    def test_the_clock_may_pass_2106(self) -> None:
        end = (1 << 32) - 5
        given_then = CLIENT + edns.server_cookie(SECRET, CLIENT, "::1", end)
        assert edns.cookie_is_ours(SECRET, given_then, "::1", end + 10)

    def test_nobody_elses_is(self) -> None:
        assert not edns.cookie_is_ours(SECRET, self.GIVEN, "192.0.2.2", NOW)
        assert not edns.cookie_is_ours(SECRET[::-1], self.GIVEN, "192.0.2.1", NOW)
        assert not edns.cookie_is_ours(SECRET, CLIENT[::-1] + self.GIVEN[8:], "192.0.2.1", NOW)
        assert not edns.cookie_is_ours(SECRET, CLIENT, "192.0.2.1", NOW)
        for place in range(len(self.GIVEN)):
            forged = bytearray(self.GIVEN)
            forged[place] ^= 1
            assert not edns.cookie_is_ours(SECRET, bytes(forged), "192.0.2.1", NOW)

    @pytest.mark.parametrize(
        ("size", "whole"),
        [(0, False), (7, False), (8, True), (9, False), (15, False), (16, True), (40, True), (41, False)],
    )
    def test_sizes(self, size: int, whole: bool) -> None:
        assert edns.cookie_is_whole(bytes(size)) == whole
