"""Who is meant by an endpoint and its options."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint, Secret
from netloom.errors import UsageError
from netloom.protocols.snmp.options import Identity, Options, identity, octets

PASSWORD = Secret("wonderland")


def who(url: str, **options: object) -> Identity:
    return identity(Endpoint.parse(url), Options(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "options", "version", "community"),
    [
        ("snmp://h", {}, "2c", b"public"),
        ("snmp://h", {"version": "1"}, "1", b"public"),
        ("snmp://private@h", {}, "2c", b"private"),
        ("snmp://:private@h", {}, "2c", b"private"),
        ("snmp://h", {"community": Secret("private")}, "2c", b"private"),
        ("snmp://other@h", {"community": Secret("private")}, "2c", b"private"),
        ("snmp://h", {"community": Secret("")}, "2c", b""),
        ("snmp://name:word@h", {"version": "2c"}, "2c", b"name"),
    ],
)
def test_communities(url: str, options: dict[str, object], version: str, community: bytes) -> None:
    found = who(url, **options)
    assert (found.version, found.community) == (version, community)


class TestUsers:
    def test_both_protect(self) -> None:
        assert who("snmp://ann:wonderland@h") == Identity("3", b"", "ann", PASSWORD, PASSWORD)

    def test_another_password_encrypts(self) -> None:
        assert who("snmp://ann:wonderland@h", priv_password=Secret("x")).priv_password == Secret("x")

    def test_the_password_may_be_an_option(self) -> None:
        assert who("snmp://ann@h", auth_password=PASSWORD) == who("snmp://ann:wonderland@h")

    def test_without_privacy(self) -> None:
        assert who("snmp://ann:wonderland@h", priv="none").priv_password is None

    def test_without_any_proof(self) -> None:
        found = who("snmp://ann@h", version="3", auth="none")
        assert (found.user, found.password, found.priv_password) == ("ann", None, None)
        assert not found.proves

    def test_nobody_at_all(self) -> None:
        assert who("snmp://h", version="3").user == ""

    @pytest.mark.parametrize("url", ["snmp://ann@h", "snmp://ann:@h", f"snmp://{'x' * 33}:wonderland@h"])
    def test_mistakes(self, url: str) -> None:
        with pytest.raises(UsageError):
            who(url, version="3")


@pytest.mark.parametrize("place", ["http://h", "snmptrap://h#nosuch=1", "snmptrap://h#retries=many", "nothing"])
def test_places_to_tell_are_checked_at_once(place: str) -> None:
    with pytest.raises(UsageError):
        Options(notify=(place,))
    Options(notify=("snmptrap://public@h#version=1,inform=no",))


def test_hex() -> None:
    assert octets("0x80FF") == octets("80ff") == b"\x80\xff"
    assert octets("") == b""
