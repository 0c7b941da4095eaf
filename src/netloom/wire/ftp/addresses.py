"""Where a data connection goes: PORT and 227, EPRT and 229 (RFC 959 §4.1.2, RFC 1123 §4.1.2.6, RFC 2428)."""

from __future__ import annotations

import ipaddress
import re

from netloom.errors import LocalProtocolError, RemoteProtocolError

_SIX = re.compile(r"(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})", re.ASCII)
_EPRT = re.compile(r"([!-~])([12])\1([^\s]{1,64}?)\1(\d{1,5})\1", re.ASCII)
_EPSV = re.compile(r"\(([!-~])\1\1(\d{1,5})\1\)", re.ASCII)
_PORTS = range(1, 65536)


def parse_port(argument: str) -> tuple[str, int]:
    """PORT's address and port. Raises RemoteProtocolError."""
    found = _SIX.fullmatch(argument.strip())
    if found is None:
        raise RemoteProtocolError("PORT has six numbers with commas between them", rule="RFC 959 §5.3.2")
    return _six(found, "RFC 959 §5.3.2")


def parse_passive(text: str) -> tuple[str, int]:
    """The address and port in the text of 227, which may stand in parentheses or not (RFC 1123 §4.1.2.6)."""
    found = _SIX.search(text)
    if found is None:
        raise RemoteProtocolError(f"227 without six numbers: {text[:60]!r}", rule="RFC 1123 §4.1.2.6")
    return _six(found, "RFC 1123 §4.1.2.6")


def _six(found: re.Match[str], rule: str) -> tuple[str, int]:
    numbers = [int(number) for number in found.groups()]
    port = numbers[4] << 8 | numbers[5]
    if max(numbers) > 255 or not port:
        raise RemoteProtocolError(f"{found[0]} is no address and port", rule=rule)
    return ".".join(map(str, numbers[:4])), port


def emit_port(host: str, port: int) -> str:
    """An IPv4 address and a port as PORT and 227 have them."""
    address = _address(host)
    if address.version != 4 or port not in _PORTS:
        raise LocalProtocolError(f"{host}:{port} can't be said as six numbers: that is for IPv4", rule="RFC 959 §5.3.2")
    return ",".join(map(str, (*address.packed, port >> 8, port & 255)))


def parse_extended_port(argument: str) -> tuple[str, int]:
    """EPRT's address and port, `|1|132.235.1.2|6275|` or `|2|1080::8:800:200C:417A|5282|`."""
    rule = "RFC 2428 §2"
    found = _EPRT.fullmatch(argument.strip())
    if found is None:
        raise RemoteProtocolError("EPRT is |1|ADDRESS|PORT| or |2|ADDRESS|PORT|", rule=rule)
    try:
        address = ipaddress.ip_address(found[3])
    except ValueError:
        raise RemoteProtocolError(f"{found[3]} is no address", rule=rule) from None
    if address.version != {"1": 4, "2": 6}[found[2]] or "%" in found[3]:
        raise RemoteProtocolError(f"{found[3]} is no address of protocol {found[2]}", rule=rule)
    port = int(found[4])
    if port not in _PORTS:
        raise RemoteProtocolError(f"{port} is no port", rule=rule)
    return str(address), port


def emit_extended_port(host: str, port: int) -> str:
    """EPRT's argument."""
    address = _address(host)
    if port not in _PORTS:
        raise LocalProtocolError(f"{port} is no port", rule="RFC 2428 §2")
    return f"|{1 if address.version == 4 else 2}|{address}|{port}|"


def parse_extended_passive(text: str) -> int:
    """The port in the text of 229, `(|||6446|)`."""
    found = _EPSV.search(text)
    if found is None or int(found[2]) not in _PORTS:
        raise RemoteProtocolError(f"229 without (|||PORT|): {text[:60]!r}", rule="RFC 2428 §3")
    return int(found[2])


def emit_extended_passive(port: int) -> str:
    """What 229 has in parentheses, with them."""
    if port not in _PORTS:
        raise LocalProtocolError(f"{port} is no port", rule="RFC 2428 §3")
    return f"(|||{port}|)"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        raise LocalProtocolError(f"{host} is no address", rule="RFC 2428 §2") from None
