"""Queries see what rows tell, with addresses and times as people write them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.kernels.columns import WIDTHS
from netloom.packet.kernels.packettable import COLUMNS, Packets, needed
from tests.packet.kernels.asking import answers
from tests.packet.kernels.test_dissect import written

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = [
    Ethernet(src="02:00:00:00:00:01") / IPv4(src="192.0.2.1", dst="192.0.2.2") / TCP(dport=443),
    Ethernet() / IPv4(src="192.0.2.1", dst="198.51.100.7") / UDP(dport=53) / b"x",
    Ethernet() / IPv6(src="::", dst="2001:db8::1") / UDP(),
    Ethernet() / ARP(spa="10.0.0.1", tpa="10.0.0.2"),
    Ethernet(type=0x9999) / b"what is this",
]
START = 1_700_000_000_000_000_123


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    octets = [bytes(packet) for packet in PACKETS]
    frames = [Frame(data, START + number, 1, len(data)) for number, data in enumerate(octets)]
    return written(tmp_path_factory.mktemp("sql") / "x.pcapng", frames)


def asked(path: Path, query: str) -> list[dict[str, Any]]:
    return answers(Packets(query), path, query)


def test_addresses_and_names(path: Path) -> None:
    assert asked(path, "SELECT src, dst, protocol_name AS what FROM packets ORDER BY number") == [
        {"src": "192.0.2.1", "dst": "192.0.2.2", "what": "tcp"},
        {"src": "192.0.2.1", "dst": "198.51.100.7", "what": "udp"},
        {"src": "::", "dst": "2001:db8::1", "what": "udp"},
        {"src": "10.0.0.1", "dst": "10.0.0.2", "what": None},
        {"src": None, "dst": None, "what": None},
    ]


def test_sums(path: Path) -> None:
    found = asked(
        path, "SELECT src, count(*) AS n, sum(length) AS octets FROM packets GROUP BY src ORDER BY n DESC LIMIT 1"
    )
    assert found == [{"src": "192.0.2.1", "n": 2, "octets": len(bytes(PACKETS[0])) + len(bytes(PACKETS[1]))}]


def test_everything(path: Path) -> None:
    first = asked(path, "SELECT * FROM packets ORDER BY number")[0]
    assert set(first) == set(COLUMNS)
    assert (first["src_mac"], first["dst_mac"]) == ("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff")
    assert first["window"] == 8192
    assert first["number"] == 1


def test_time_is_exact_to_the_nanosecond(path: Path) -> None:
    (found,) = asked(path, "SELECT epoch_ns(max(time)) AS at, min(time) AS first FROM packets")
    assert found["at"] == START + 4
    assert found["first"] == datetime.datetime.fromtimestamp(1_700_000_000, datetime.UTC).replace(tzinfo=None)


def test_parquet_is_written(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    query = "COPY (SELECT src, length FROM packets) TO 'FILE' (FORMAT parquet)"
    asked(path, query.replace("FILE", str(file)))
    (found,) = asked(path, "SELECT count(*) AS n FROM 'FILE'".replace("FILE", str(file)))
    assert found == {"n": 5}


def test_only_columns_that_can_be_meant_are_read() -> None:
    assert needed("SELECT count(*) FROM packets") == ["length"]
    assert needed("select SRC_PORT from packets") == ["length", "src_port"]
    assert needed("SELECT src FROM packets") == ["length", "version", "src_high", "src_low"]
    assert needed("SELECT * FROM packets") == list(WIDTHS)
    assert needed("SELECT p.* FROM packets p") == list(WIDTHS)


@pytest.mark.parametrize("query", ["SELECT foo FROM packets", "SELEKT", "SELECT * FROM nowhere"])
def test_what_is_no_query_is_told(query: str, path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        asked(path, query)
    assert "the table is packets" in caught.value.hint


def test_nothing_is_fetched(path: Path) -> None:
    with pytest.raises(UsageError):
        asked(path, "SELECT * FROM 'http://127.0.0.1:1/x.parquet', packets")
