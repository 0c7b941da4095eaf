"""Changes as they are spelled."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.rewriting.changes import ANY, NONE, Tags, hardware, names, ports, prefixes, tags

if TYPE_CHECKING:
    from collections.abc import Callable


def address(text: str, *asked: str) -> str:
    return str(ip_address(prefixes(asked).address(ip_address(text).packed)))


def test_prefixes_the_longest_counts() -> None:
    asked = ("10.0.0.0/8=198.0.0.0/8", "10.1.0.0/16=172.16.0.0/16", "10.1.2.3=192.0.2.1", "::/0=::/0")
    assert address("10.9.8.7", *asked) == "198.9.8.7"
    assert address("10.1.8.7", *asked) == "172.16.8.7"
    assert address("10.1.2.3", *asked) == "192.0.2.1"
    assert address("11.1.2.3", *asked) == "11.1.2.3"
    assert address("2001:db8::1", *asked) == "2001:db8::1"
    assert address("1.2.3.4", "0.0.0.0/1=128.0.0.0/1") == "129.2.3.4"
    assert not prefixes([])


def test_the_beginning_of_an_address() -> None:
    change = prefixes(["10.0.0.0/8=198.0.0.0/8", "10.1.2.0/24=1.2.3.0/24"])
    assert change.address(b"\x0a\x01", 4) == b"\xc6\x01"
    assert change.address(b"\x0a\x01\x02", 4) == b"\1\2\3"
    assert change.address(b"", 4) == b""


WRONG: list[tuple[Callable[[list[str]], Any], list[str], str]] = [
    (prefixes, ["10.0.0.0/8"], "OLD=NEW is expected"),
    (prefixes, ["10.0.0.0/8="], "OLD=NEW is expected"),
    (prefixes, ["10.0.0.1/8=11.0.0.0/8"], "no address and no prefix"),
    (prefixes, ["10.0.0.0/8=11.0.0.0/9"], "can't become"),
    (prefixes, ["10.0.0.0/8=2001:db8::/8"], "no address and no prefix"),
    (prefixes, ["10.0.0.1=::1"], "can't become"),
    (prefixes, ["10.0.0.1=x"], "'x' in"),
    (prefixes, ["10.0.0.1=10.0.0.2", "10.0.0.1=10.0.0.3"], "becomes two things"),
    (ports, ["80=65536"], "no number up to 65535"),
    (ports, ["http=80"], "'http' in"),
    (ports, ["80=1", "80=2"], "80 becomes two things"),
    (hardware, ["02:00:00:00:00:01=02:00"], "six octets"),
    (hardware, ["02:00:00:00:00:01"], "OLD=NEW"),
    (tags, ["10=4096"], "no number up to 4095"),
    (tags, ["10=any"], "a number or none"),
    (tags, ["none=none"], "a number or none"),
    (tags, ["push=none"], "a number or none"),
    (tags, ["x=1"], "'x' in"),
]


@pytest.mark.parametrize(("read", "texts", "told"), WRONG)
def test_mistakes(read: Callable[[list[str]], Any], texts: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read(texts)


def test_a_prefix_with_bits_behind_it_is_shown_without() -> None:
    with pytest.raises(UsageError) as raised:
        prefixes(["10.0.0.1/8=11.0.0.0/8"])
    assert raised.value.hint == "10.0.0.0/8"


def test_ports_and_hardware() -> None:
    assert ports(["80=8080", " 1 = 2 "]) == {80: 8080, 1: 2}
    assert hardware(["02:00:00:00:00:01=02-00-00-00-00-0A"]) == {b"\2\0\0\0\0\1": b"\2\0\0\0\0\x0a"}


def test_tags() -> None:
    found = tags(["10=20", "any=none", "none=5", "push=6"])
    assert found == Tags({10: 20}, NONE, 5, 6)
    assert (found.of(10), found.of(11)) == (20, NONE)
    assert Tags().of(11) == 11
    assert found
    assert not tags([])
    assert tags(["any=7"]).of(3) == 7
    assert ANY != NONE


def test_names_go_with_their_addresses() -> None:
    change = prefixes(["10.0.0.0/8=198.0.0.0/8"])
    assert names({"10.1.1.1": "a", "::1": "b"}, change) == {"198.1.1.1": "a", "::1": "b"}
