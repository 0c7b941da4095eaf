"""What an endpoint asks for: `snmp://agent/sysName.0,ifDescr.2` or `snmp://agent?oid=1.3.6.1.2.1.1.5.0`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from netloom.errors import UsageError
from netloom.protocols.snmp.names import names

if TYPE_CHECKING:
    from netloom.wire.oid import Oid

OIDS_LIMIT = 1000
"""Objects that one endpoint may name."""


@functools.lru_cache(maxsize=4096)
def target(path: str, query: str, mibs: tuple[str, ...] = ()) -> tuple[Oid, ...]:
    """The objects that path and query name, none perhaps. Raises UsageError."""
    words = [unquote(path.strip("/"))]
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "oid":
            raise UsageError(f"{name!r} is nothing that SNMP can be asked", hint="?oid=sysName.0,sysDescr.0")
        words.append(value)
    named = [word for part in words for word in _split(part)]
    if len(named) > OIDS_LIMIT:
        raise UsageError(f"{len(named)} objects: one endpoint names at most {OIDS_LIMIT}")
    known = names(mibs)
    try:
        return tuple(known.oid(word) for word in named)
    except ValueError as exc:
        raise UsageError(str(exc), hint="sysName.0, IF-MIB::ifDescr.2 or 1.3.6.1.2.1.1.5.0") from None


def _split(text: str) -> list[str]:
    """Words with commas between them; inside quotes a comma is one."""
    found, quoted = [""], ""
    for char in text:
        if char == "," and not quoted:
            found.append("")
            continue
        if char in "\"'" and quoted in ("", char):
            quoted = "" if quoted else char
        found[-1] += char
    return [word.strip() for word in found if word.strip()]
