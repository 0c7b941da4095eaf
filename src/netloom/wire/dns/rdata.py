"""Record data: names inside it, its text and its fields; rare types are dnspython's (RFC 1035 §3.3, RFC 3597)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes
from netloom.wire.dns.names import read_name, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

_SOA_TIMES = struct.Struct("!IIIII")
_SRV_NUMBERS = struct.Struct("!HHH")

# Where names stand in the data of the types in which they may be compressed, or were once: a number is so many octets,
# n a name, s a character-string, * the rest (RFC 1035 §3.3, RFC 1183, 2163, 2230, 2535, 2782, 3403, 3597 §4).
LAYOUTS: dict[int, tuple[int | str, ...]] = {
    **dict.fromkeys((2, 3, 4, 5, 7, 8, 9, 12, 39), ("n",)),  # NS MD MF CNAME MB MG MR PTR DNAME
    6: ("n", "n", 20),  # SOA
    **dict.fromkeys((15, 18, 21, 36), (2, "n")),  # MX AFSDB RT KX
    **dict.fromkeys((14, 17), ("n", "n")),  # MINFO RP
    24: (18, "n", "*"),  # SIG
    26: (2, "n", "n"),  # PX
    30: ("n", "*"),  # NXT
    33: (6, "n"),  # SRV
    35: (4, "s", "s", "s", "n"),  # NAPTR
}
COMPRESSED = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15})
"""The types of RFC 1035: only in their data may names be compressed when sending (RFC 3597 §4)."""

_QUOTED = {octet: chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03d}" for octet in range(256)}
_QUOTED |= {0x22: '\\"', 0x5C: "\\\\"}


def read(data: bytes, at: int, size: int, rdtype: int, known: dict[int, bytes]) -> bytes:
    """The data of a record whose type has names in it, uncompressed. Raises RemoteProtocolError."""
    end = at + size
    parts = []
    for step in LAYOUTS[rdtype]:
        if step == "n":
            name, after = read_name(data, at, known)
            parts.append(name)
        else:
            width = step if isinstance(step, int) else 1 + (data[at] if at < end else 0)
            after = end if step == "*" else at + width
            parts.append(data[at:after])
        if after > end:
            break
        at = after
    else:
        if at == end:
            return b"".join(parts)
    raise malformed(rdtype, at)


def names_in(rdtype: int, rdata: bytes) -> list[tuple[int, int]]:
    """Where the names of uncompressed data of such a type begin and end. Raises LocalProtocolError."""
    at = 0
    found = []
    try:
        for step in LAYOUTS[rdtype]:
            if step == "n":
                start = at
                while rdata[at]:
                    at += rdata[at] + 1
                at += 1
                found.append((start, at))
            elif step != "*":
                at += rdata[at] + 1 if step == "s" else int(step)
    except IndexError:
        raise LocalProtocolError(f"{codes.type_name(rdtype)} data is cut short", rule="RFC 1035 §3.3") from None
    return found


def malformed(rdtype: int, at: int | None = None) -> RemoteProtocolError:
    """The error for data that isn't what its type asks for."""
    return RemoteProtocolError(f"{codes.type_name(rdtype)} data is malformed", rule="RFC 1035 §3.3", offset=at)


def text(rdtype: int, rdclass: int, rdata: bytes) -> str:
    """The data as zone files have it (RFC 1035 §5.1). Raises RemoteProtocolError for what isn't of its type."""
    own = _TEXT.get(rdtype) if rdclass == codes.IN else None
    if own is None:
        return _foreign(rdtype, rdclass, rdata)
    try:
        return own(rdata)
    except (IndexError, struct.error, ValueError):
        raise malformed(rdtype) from None


def fields(rdtype: int, rdclass: int, rdata: bytes) -> dict[str, Any]:
    """The data's parts by their usual names, for the types that have several: MX, SRV, SOA, CAA, TXT; else nothing."""
    own = _FIELDS.get(rdtype) if rdclass == codes.IN else None
    if own is None:
        return {}
    try:
        return own(rdata)
    except (IndexError, struct.error, ValueError):
        raise malformed(rdtype) from None


def from_text(rdtype: int, words: str) -> bytes:
    """The data of class IN that a text stands for; names in it are absolute. Raises LocalProtocolError."""
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    try:
        kind = dns.rdatatype.RdataType.make(rdtype)
        made = dns.rdata.from_text(dns.rdataclass.IN, kind, words, dns.name.root, relativize=False)
        return made.to_wire() or b""
    except (dns.exception.DNSException, ValueError, OverflowError) as exc:
        what = f"{words[:80]!r} is no data of type {codes.type_name(rdtype)}: {exc}"
        raise LocalProtocolError(what, rule="RFC 1035 §5.1") from exc


def _foreign(rdtype: int, rdclass: int, rdata: bytes) -> str:
    import dns.exception
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    try:
        kind, group = dns.rdatatype.RdataType.make(rdtype), dns.rdataclass.RdataClass.make(rdclass)
        return str(dns.rdata.from_wire(group, kind, rdata, 0, len(rdata)).to_text())
    except (dns.exception.DNSException, ValueError, OverflowError):
        raise malformed(rdtype) from None


def _whole_name(rdata: bytes, at: int = 0) -> str:
    name, end = read_name(rdata, at, {})
    if end != len(rdata):
        raise ValueError(end)
    return to_text(name)


def _a(rdata: bytes) -> str:
    a, b, c, d = rdata
    return f"{a}.{b}.{c}.{d}"


def _aaaa(rdata: bytes) -> str:
    """RFC 5952: the longest run of zeros, of two groups or more, is left out."""
    groups = struct.unpack("!8H", rdata)
    best = length = run = 0
    for place, group in enumerate(groups):
        run = run + 1 if group == 0 else 0
        if run > length:
            best, length = place - run + 1, run
    if best == 0 and (length == 6 or (length == 5 and groups[5] == 0xFFFF)):
        return ("::" if length == 6 else "::ffff:") + _a(rdata[12:])
    if length < 2:
        return ":".join([f"{group:x}" for group in groups])
    left, right = groups[:best], groups[best + length :]
    return f"{':'.join([f'{group:x}' for group in left])}::{':'.join([f'{group:x}' for group in right])}"


def _soa_fields(rdata: bytes) -> dict[str, Any]:
    mname, at = read_name(rdata, 0, {})
    rname, at = read_name(rdata, at, {})
    serial, refresh, retry, expire, minimum = _SOA_TIMES.unpack(rdata[at:])
    return {
        "mname": to_text(mname), "rname": to_text(rname), "serial": serial, "refresh": refresh, "retry": retry,
        "expire": expire, "minimum": minimum,
    }  # fmt: skip


def _mx_fields(rdata: bytes) -> dict[str, Any]:
    return {"preference": rdata[0] << 8 | rdata[1], "exchange": _whole_name(rdata, 2)}


def _srv_fields(rdata: bytes) -> dict[str, Any]:
    priority, weight, port = _SRV_NUMBERS.unpack(rdata[:6])
    return {"priority": priority, "weight": weight, "port": port, "target": _whole_name(rdata, 6)}


def _words(fields_of: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], str]:
    return lambda rdata: " ".join([str(value) for value in fields_of(rdata).values()])


def _strings(rdata: bytes) -> list[bytes]:
    at = 0
    found = []
    while at < len(rdata):
        after = at + rdata[at] + 1
        if after > len(rdata):
            raise ValueError(at)
        found.append(rdata[at + 1 : after])
        at = after
    if not found:
        raise ValueError(at)
    return found


def _quoted(octets: bytes) -> str:
    return '"' + "".join([_QUOTED[octet] for octet in octets]) + '"'


def _txt(rdata: bytes) -> str:
    return " ".join([_quoted(string) for string in _strings(rdata)])


def _txt_fields(rdata: bytes) -> dict[str, Any]:
    return {"strings": [string.decode("utf-8", "backslashreplace") for string in _strings(rdata)]}


def _caa(rdata: bytes) -> tuple[int, bytes, bytes]:
    after = 2 + rdata[1]
    tag = rdata[2:after]
    if after > len(rdata) or not tag.isalnum():
        raise ValueError(after)
    return rdata[0], tag, rdata[after:]


def _caa_text(rdata: bytes) -> str:
    flags, tag, value = _caa(rdata)
    return f"{flags} {tag.decode()} {_quoted(value)}"


def _caa_fields(rdata: bytes) -> dict[str, Any]:
    flags, tag, value = _caa(rdata)
    return {"flags": flags, "tag": tag.decode(), "value": value.decode("utf-8", "backslashreplace")}


_TEXT: dict[int, Callable[[bytes], str]] = {
    codes.A: _a,
    codes.AAAA: _aaaa,
    **dict.fromkeys((codes.NS, codes.CNAME, codes.PTR, 39), _whole_name),
    codes.SOA: _words(_soa_fields),
    codes.MX: _words(_mx_fields),
    codes.SRV: _words(_srv_fields),
    codes.TXT: _txt,
    codes.CAA: _caa_text,
}
_FIELDS: dict[int, Callable[[bytes], dict[str, Any]]] = {
    codes.SOA: _soa_fields,
    codes.MX: _mx_fields,
    codes.SRV: _srv_fields,
    codes.TXT: _txt_fields,
    codes.CAA: _caa_fields,
}
