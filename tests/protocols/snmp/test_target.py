"""What an endpoint asks for."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.protocols.snmp.target import OIDS_LIMIT, target

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
DESCRIPTION = (1, 3, 6, 1, 2, 1, 1, 1, 0)


@pytest.mark.parametrize(
    ("path", "query", "oids"),
    [
        ("", "", ()),
        ("/", "", ()),
        ("/sysName.0", "", (NAME,)),
        ("/1.3.6.1.2.1.1.5.0", "", (NAME,)),
        ("/.1.3.6.1.2.1.1.5.0", "", (NAME,)),
        ("/SNMPv2-MIB::sysName.0", "", (NAME,)),
        ("/sysName.0,%20sysDescr.0", "", (NAME, DESCRIPTION)),
        ("", "oid=sysName.0&oid=sysDescr.0", (NAME, DESCRIPTION)),
        ("/sysName.0", "oid=sysDescr.0,sysName.0", (NAME, DESCRIPTION, NAME)),
        ("/vacmGroupName.3.%22a,b%22", "", ((1, 3, 6, 1, 6, 3, 16, 1, 2, 1, 3, 3, 3, 97, 44, 98),)),
    ],
)
def test_named(path: str, query: str, oids: tuple[tuple[int, ...], ...]) -> None:
    assert target(path, query) == oids


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/sysNam.0", "", "did you mean sysName"),
        ("/1.3.x", "", "object"),
        ("", "type=MX", "type"),
        ("/" + "1.3," * (OIDS_LIMIT + 1), "", "at most"),
    ],
)
def test_mistakes(path: str, query: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        target(path, query)
