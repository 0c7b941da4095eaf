"""What is to be told, from a name and lines of values."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.protocols.snmp.notification import LINES_LIMIT, agent_address, line_of, read, varbinds
from netloom.wire.snmp.convert import SNMP_TRAPS, SYS_UPTIME, TRAP_OID
from netloom.wire.snmp.mibs import MESSAGE, MESSAGE_TEXT, standard
from netloom.wire.snmp.values import INTEGER, OCTETS, Varbind

MIB = standard()
INDEX = (1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 2)


def test_a_name_and_lines() -> None:
    kind, about = read("linkDown", b"ifIndex.2 i 2\n\nifDescr.2 = STRING: eth0\n", MIB)
    assert kind == (*SNMP_TRAPS, 3)
    assert about == [Varbind(INDEX, INTEGER, 2), Varbind((*INDEX[:-2], 2, 2), OCTETS, b"eth0")]
    assert read("1.3.6.1.4.1.9999.0.1", b"", MIB) == ((1, 3, 6, 1, 4, 1, 9999, 0, 1), [])


def test_a_text_alone_is_a_message() -> None:
    assert read("", b"any \xff", MIB) == (MESSAGE, [Varbind(MESSAGE_TEXT, OCTETS, b"any \xff")])


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("linkSideways", b""),
        ("linkDown", b"hello"),
        ("linkDown", b"ifIndex.2 i x"),
        ("linkDown", b"\xff"),
        ("linkDown", b"ifIndex.2 i 2\n" * (LINES_LIMIT + 1)),
    ],
)
def test_mistakes(topic: str, payload: bytes) -> None:
    with pytest.raises(UsageError):
        read(topic, payload, MIB)
    with pytest.raises(UsageError):
        line_of("nothing", MIB)


def test_when_and_what_come_first() -> None:
    made = varbinds((1, 3, 6), [Varbind(INDEX, INTEGER, 2)], 2**32 + 5)
    assert [bind.oid for bind in made] == [SYS_UPTIME, TRAP_OID, INDEX]
    assert (made[0].value, made[1].value) == (5, (1, 3, 6))
    assert isinstance(varbinds((1, 3, 6), [])[0].value, int)


def test_addresses() -> None:
    assert agent_address("192.0.2.1") == b"\xc0\0\x02\x01"
    with pytest.raises(UsageError):
        agent_address("::1")
