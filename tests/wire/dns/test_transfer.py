"""DNS: what belongs to a transfer, whole or incremental, and where it ends."""

from __future__ import annotations

import pytest

from netloom.errors import RemoteProtocolError
from netloom.wire.dns import codes
from netloom.wire.dns.message import Record
from netloom.wire.dns.names import from_text
from netloom.wire.dns.transfer import Transfer, serial_of

ZONE = from_text("example.com")


def soa(serial: int, name: bytes = ZONE) -> Record:
    return Record(name, codes.SOA, codes.IN, 60, b"\0\0" + serial.to_bytes(4) + bytes(16))


def host(label: str) -> Record:
    return Record(from_text(f"{label}.example.com"), codes.A, codes.IN, 60, bytes(4))


def follow(records: list[Record], since: int | None = None) -> list[str | None]:
    transfer = Transfer(ZONE, since)
    found = [transfer.take(record) for record in records]
    assert transfer.done
    return found


def test_a_whole_zone_lies_between_two_soas() -> None:
    assert follow([soa(5), host("a"), host("b"), soa(5)]) == ["add", "add", "add", None]
    assert follow([soa(5), soa(5)]) == ["add", None]
    assert follow([soa(5), soa(5, from_text("EXAMPLE.com"))]) == ["add", None]


def test_a_soa_of_another_name_is_a_record() -> None:
    assert follow([soa(5), soa(9, from_text("sub.example.com")), soa(5)]) == ["add", "add", None]


def test_differences() -> None:
    """RFC 1995 §7, figure by figure."""
    records = [
        soa(3),
        soa(1),
        host("nezu"),
        soa(2),
        host("jain-bb"),
        host("jain-bb"),
        soa(2),
        host("x"),
        soa(3),
        host("y"),
        soa(3),
    ]
    said = follow(records, since=1)
    assert said == ["add", None, "delete", None, "add", "add", None, "delete", None, "add", None]


def test_a_server_may_send_the_whole_zone_instead() -> None:
    assert follow([soa(3), host("a"), soa(3)], since=1) == ["add", "add", None]


def test_a_soa_alone_says_that_nothing_has_changed() -> None:
    transfer = Transfer(ZONE, 3)
    transfer.take(soa(3))
    assert not transfer.done
    transfer.message_ends()
    assert transfer.done


@pytest.mark.parametrize(("serial", "since"), [(4, 3), (1, 0xFFFFFFFF), (4, None)])
def test_a_soa_alone_otherwise_begins_one(serial: int, since: int | None) -> None:
    transfer = Transfer(ZONE, since)
    transfer.take(soa(serial))
    transfer.message_ends()
    assert not transfer.done


@pytest.mark.parametrize(
    "records",
    [
        [host("a")],
        [soa(5, from_text("example.org"))],
        [soa(5), host("a"), soa(6)],
        [soa(5), soa(5), host("a")],
        [Record(ZONE, codes.SOA, 1, 60, b"\0\0")],
    ],
)
def test_what_is_no_transfer(records: list[Record]) -> None:
    with pytest.raises(RemoteProtocolError):
        follow(records)


def test_serials() -> None:
    assert serial_of(soa(0xFFFFFFFF)) == 0xFFFFFFFF
