"""The names that netloom knows by itself, as those who define them have them."""

from __future__ import annotations

import pytest

from netloom.wire.oid import show_oid
from netloom.wire.snmp.mibs import MESSAGE, MESSAGE_TEXT, TYPES, standard


@pytest.mark.parametrize(
    ("name", "oid", "base"),
    [
        ("sysUpTime", "1.3.6.1.2.1.1.3", "TimeTicks"),
        ("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", "Counter64"),
        ("ipAdEntAddr", "1.3.6.1.2.1.4.20.1.1", "IpAddress"),
        ("ipAddressIfIndex", "1.3.6.1.2.1.4.34.1.3", "Integer32"),
        ("tcpConnState", "1.3.6.1.2.1.6.13.1.1", "Integer32"),
        ("udpInDatagrams", "1.3.6.1.2.1.7.1", "Counter32"),
        ("hrProcessorLoad", "1.3.6.1.2.1.25.3.3.1.2", "Integer32"),
        ("hrStorageUsed", "1.3.6.1.2.1.25.2.3.1.6", "Integer32"),
        ("entPhysicalSerialNum", "1.3.6.1.2.1.47.1.1.1.1.11", "OctetString"),
        ("entPhySensorValue", "1.3.6.1.2.1.99.1.1.1.4", "Integer32"),
        ("dot1dTpFdbPort", "1.3.6.1.2.1.17.4.3.1.2", "Integer32"),
        ("laLoad", "1.3.6.1.4.1.2021.10.1.3", "OctetString"),
        ("memAvailReal", "1.3.6.1.4.1.2021.4.6", "Integer32"),
        ("snmpEngineID", "1.3.6.1.6.3.10.2.1.1", "OctetString"),
        ("usmStatsWrongDigests", "1.3.6.1.6.3.15.1.1.5", "Counter32"),
        ("snmpTrapAddress", "1.3.6.1.6.3.18.1.3", "IpAddress"),
    ],
)
def test_objects(name: str, oid: str, base: str) -> None:
    node = standard().names[name]
    assert show_oid(node.oid) == oid
    assert node.syntax is not None
    assert node.syntax.base == base


def test_notifications() -> None:
    found = {name: standard().names[name] for name in ("coldStart", "linkDown", "authenticationFailure")}
    assert [node.oid[-1] for node in found.values()] == [1, 3, 5]
    assert all(node.notifies and node.syntax is None for node in found.values())
    assert standard().oid("netloomMessage") == MESSAGE
    assert standard().oid("netloomText.0") == MESSAGE_TEXT


def test_numbers_have_names() -> None:
    syntax = standard().names["ifOperStatus"].syntax
    assert syntax is not None
    assert (syntax.enums[1], syntax.enums[7]) == ("up", "lowerLayerDown")
    kinds = standard().names["ifType"].syntax
    assert kinds is not None
    assert kinds.enums[6] == "ethernetCsmacd"
    assert TYPES["TruthValue"].enums == {1: "true", 2: "false"}


def test_every_name_stands_below_a_named_one() -> None:
    mib = standard()
    assert len(mib.oids) > 1000
    for node in mib.oids.values():
        assert len(node.oid) < 3 or any(node.oid[:size] in mib.oids for size in range(len(node.oid) - 1, 0, -1))
        assert node.syntax is None or node.syntax.base in TYPES
