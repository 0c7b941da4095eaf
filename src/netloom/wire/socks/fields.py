"""What SOCKS 4 and 5 share: addresses, ports and texts (RFC 1928 §5, RFC 1929, SOCKS4A)."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address

from netloom.errors import LocalProtocolError, RemoteProtocolError

RULE_REQUEST = "RFC 1928 §4"
RULE_ADDRESS = "RFC 1928 §5"

FIELD_LIMIT = 255
"""Octets in a domain name, user name or password: SOCKS 5 counts them in one octet; SOCKS 4 gets the same bound."""


def parse_ip(host: str) -> IPv4Address | IPv6Address | None:
    """A text as an address; None if it is a name."""
    try:
        return IPv4Address(host)
    except AddressValueError:
        pass
    try:
        address = IPv6Address(host)
    except AddressValueError:
        return None
    if address.scope_id is not None:
        raise LocalProtocolError(f"an address with a zone ({host}) means nothing to a proxy", rule=RULE_ADDRESS)
    return address


def emit_port(port: int) -> bytes:
    """A port in two octets."""
    if not 0 <= port <= 0xFFFF:
        raise LocalProtocolError(f"{port} is no port", rule=RULE_REQUEST)
    return port.to_bytes(2, "big")


def emit_octet(value: int, what: str) -> bytes:
    """A number in one octet."""
    if not 0 <= value <= 0xFF:
        raise LocalProtocolError(f"{value} is no {what}: it has one octet", rule=RULE_REQUEST)
    return bytes((value,))


def emit_text(text: str, what: str, rule: str) -> bytes:
    """A text of 1 to 255 octets."""
    data = text.encode()
    if not 1 <= len(data) <= FIELD_LIMIT:
        raise LocalProtocolError(f"a {what} has 1 to {FIELD_LIMIT} octets, not {len(data)}", rule=rule)
    return data


def emit_domain(host: str) -> bytes:
    """A domain name: printable ASCII."""
    data = emit_text(host, "domain name", RULE_ADDRESS)
    if not _is_printable(data):
        raise LocalProtocolError(f"{host!r} is no domain name: printable ASCII is (IDNA)", rule=RULE_ADDRESS)
    return data


def _is_printable(data: bytes) -> bool:
    return all(0x21 <= octet <= 0x7E for octet in data)


def parse_domain(data: bytes, offset: int, rule: str) -> str:
    """A domain name that stands at `offset` of a message."""
    if not data or not _is_printable(data):
        raise RemoteProtocolError(f"{data!r} is no domain name", rule=rule, offset=offset)
    return data.decode("ascii")


def parse_text(data: bytes, what: str, offset: int, rule: str) -> str:
    """A UTF-8 text that stands at `offset` of a message."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(f"the {what} isn't UTF-8", rule=rule, offset=offset + error.start) from None


def emit_address(host: str, port: int) -> bytes:
    """Type, address and port, as SOCKS 5 has them."""
    address = parse_ip(host)
    if address is None:
        domain = emit_domain(host)
        return b"\x03" + bytes((len(domain),)) + domain + emit_port(port)
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed + emit_port(port)


def parse_address(buffer: bytes, start: int) -> tuple[str, int, int] | None:
    """The host, the port, and where they end."""
    if len(buffer) < start + 2:
        return None
    kind, first = buffer[start], start + 1
    if kind == 1:
        length = 4
    elif kind == 4:
        length = 16
    elif kind == 3:
        length, first = buffer[first], first + 1
        if length == 0:
            raise RemoteProtocolError("an empty domain name", rule=RULE_ADDRESS, offset=first - 1)
    else:
        raise RemoteProtocolError(f"address type {kind} is unknown", rule=RULE_ADDRESS, offset=start)
    end = first + length
    if len(buffer) < end + 2:
        return None
    raw = bytes(buffer[first:end])
    if kind == 3:
        host = parse_domain(raw, first, RULE_ADDRESS)
    else:
        host = str(IPv4Address(raw) if kind == 1 else IPv6Address(raw))
    return host, int.from_bytes(buffer[end : end + 2], "big"), end + 2


def expect(buffer: bytes, offset: int, octet: int, what: str, rule: str) -> None:
    """Refuse a message whose octet at `offset` is there and is another."""
    if len(buffer) > offset and buffer[offset] != octet:
        raise RemoteProtocolError(f"{what} is {buffer[offset]}, not {octet}", rule=rule, offset=offset)
