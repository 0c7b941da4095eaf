"""Names, numbers and addresses behind their qualifiers."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netloom.errors import UsageError
from netloom.packet.filters.language import parse
from netloom.packet.filters.tree import Address, Any, Carries, Hardware, Port
from tests.packet.filters.test_language import meant, unplaced

ALL = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("text", "protocol", "way", "address", "prefix"),
    [
        ("host 192.0.2.1", "", "or", "192.0.2.1", 32),
        ("192.0.2.1", "", "or", "192.0.2.1", 32),
        ("src 192.0.2.1", "", "src", "192.0.2.1", 32),
        ("arp dst host 192.0.2.1", "arp", "dst", "192.0.2.1", 32),
        ("net 10", "", "or", "10.0.0.0", 8),
        ("net 10.1", "", "or", "10.1.0.0", 16),
        ("net 10.1.2", "", "or", "10.1.2.0", 24),
        ("net 10.1.2.0", "", "or", "10.1.2.0", 32),
        ("net 10/8", "", "or", "10.0.0.0", 8),
        ("net 10.0/8", "", "or", "10.0.0.0", 8),
        ("host 10.0.0.0/8", "", "or", "10.0.0.0", 8),
        ("src and dst net 192.0.2.0/25", "", "and", "192.0.2.0", 25),
        ("ip net 192.0.2.0 mask 255.255.255.128", "ip", "or", "192.0.2.0", 25),
        ("net 0.0.0.0/0", "", "or", "0.0.0.0", 0),
        ("host 2001:db8::1", "", "or", "2001:db8::1", 128),
        ("ip6 src net 2001:db8::/33", "ip6", "src", "2001:db8::", 33),
        ("host ::ffff:192.0.2.1", "", "or", "::ffff:192.0.2.1", 128),
    ],
)
def test_addresses(text: str, protocol: str, way: str, address: str, prefix: int) -> None:
    value = ip_address(address)
    bits = value.max_prefixlen
    mask = (1 << bits) - (1 << bits - prefix)
    assert meant(text) == Address(protocol, way, value.version, int(value), mask)


def test_hardware_addresses() -> None:
    assert meant("ether src 2:0:0:0:0:1") == Hardware("src", 0x020000000001)
    assert meant("wlan host 0200.0000.0001 or 2:0:0:0:0:2") == Any(
        (Hardware("or", 0x020000000001), Hardware("or", 0x020000000002))
    )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("port domain", Port("", "or", 53, 53)),
        ("port ftp", Port("tcp", "or", 21, 21)),
        ("src port tftp", Port("udp", "src", 69, 69)),
        ("tcp port domain", Port("tcp", "or", 53, 53)),
        ("port ftp-data", Port("tcp", "or", 20, 20)),
        ("portrange 80", Port("", "or", 80, 80)),
        ("portrange 80-90", Port("", "or", 80, 90)),
        ("portrange ftp-data-telnet", Port("", "or", 20, 23)),
        ("portrange ftp-90", Port("", "or", 21, 90)),
        ("ether proto 0x0800", Carries("ether", 0x0800)),
        ("ether proto \\ip6", Carries("ether", 0x86DD)),
        ("proto \\tcp", Carries("", 6)),
        ("proto tcp", Carries("", 6)),
        ("ip6 proto ospf", Carries("ip6", 89)),
        ("ip proto 1 or 2", Any((Carries("ip", 1), Carries("ip", 2)))),
        ("net 10 or 11", Any((Address("", "or", 4, 10 << 24, 255 << 24), Address("", "or", 4, 11 << 24, 255 << 24)))),
    ],
)
def test_ports_and_protocols(text: str, condition: object) -> None:
    assert meant(text) == condition


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("host example.org", 5, "names of hosts aren't looked up", "host 192.0.2.1"),
        ("net localnet", 4, "names of hosts aren't looked up", "net 192.0.2.0/24"),
        ("host 10", 5, "no whole address", "net 10"),
        ("host 10.1", 5, "no whole address", "net 10.1"),
        ("host 192.0.2.1 or 5", 18, "no whole address", "net 5"),
        ("host 192.0.2.256", 5, "no IPv4 address", ""),
        ("host 1:2:3", 5, "no IPv6 address", ""),
        ("host 2:0:0:0:0:1", 5, "is a hardware address", "ether host 2:0:0:0:0:1"),
        ("ether host 192.0.2.1", 11, "no hardware address", ""),
        ("ether net 10", 0, "ether has no net", ""),
        ("tcp host 192.0.2.1", 0, "tcp has no host", ""),
        ("ip6 host 192.0.2.1", 9, "is an IPv4 address", ""),
        ("arp host ::1", 9, "is an IPv6 address", ""),
        ("net 10.1.2.3/8", 4, "bits behind its mask", "net 10.0.0.0/8"),
        ("net ::1/8", 4, "bits behind its mask", "net ::/8"),
        ("net 10.0.0.0/33", 4, "no prefix length", "/0 to /32"),
        ("net 10.0.0.0/", 4, "no prefix length", ""),
        ("net ::/129", 4, "no prefix length", "/0 to /128"),
        ("net 10.0.0.0 mask 255", 4, "no mask", ""),
        ("net ::1 mask 255.0.0.0", 4, "prefix length", ""),
        ("port 65536", 5, "no port", "0 to 65535"),
        ("port nothing-such", 5, "no port's name", ""),
        ("port 80 or 192.0.2.1", 11, "no port's name", ""),
        ("tcp port tftp", 9, "no port's name", ""),
        ("ip port 80", 0, "ip has no ports", ""),
        ("portrange a-b", 10, "no range", "6000-6008"),
        ("portrange 1-65536", 10, "no port", ""),
        ("tcp proto 5", 0, "carries no protocol", ""),
        ("src proto 5", 0, "no direction", ""),
        ("ip proto 256", 9, "no protocol's number", "0 to 255"),
        ("ether proto 65536", 12, "no protocol's number", "0 to 65535"),
        ("proto nothing-such", 6, "no protocol's name", ""),
        ("host", 4, "a host is expected", ""),
        ("port = 5", 5, "a port is expected", ""),
    ],
)
def test_a_mistake_is_pointed_at(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert (caught.value.text, caught.value.column) == (text, column)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def known(name: str) -> list[str]:
    return {"both": ["192.0.2.1", "2001:db8::1"], "many": [f"192.0.2.{at}" for at in range(100)]}.get(name, [])


def test_names_of_hosts_are_looked_up_where_that_is_asked_for() -> None:
    four, six = Address("", "or", 4, 0xC0000201, ALL), Address("", "or", 6, (0x20010DB8 << 96) + 1, (1 << 128) - 1)
    assert unplaced(parse("host both", known).condition) == Any((four, six))
    assert unplaced(parse("ip host both", known).condition) == Address("ip", "or", 4, 0xC0000201, ALL)
    found = parse("host many", known).condition
    assert isinstance(found, Any)
    assert len(found.parts) == 16
    with pytest.raises(UsageError, match="no such address"):
        parse("host none", known)
