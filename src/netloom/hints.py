"""Hints: what to try next, by how an attempt ended and by what was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import registry
from netloom.errors import Phase, Status

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.records import Address
    from netloom.shapes import Protocol

_WRONG_PROTOCOL = "is that the right protocol for this port?"
_SILENT = {
    Phase.RESOLVE: "is a resolver reachable?",
    Phase.CONNECT: "a firewall that drops packets, or a host that is down, looks like this",
    Phase.TLS: "it is connected and says nothing: does it speak TLS on this port?",
    Phase.TRANSFER: "is it slow, or stuck in the middle? A longer deadline tells",
}


def recognised(seen: bytes, own: Protocol | None, endpoint: Endpoint) -> str:
    """What a server's bytes say about it, where they aren't our `own` protocol's: the protocols' patterns are asked."""
    from netloom.packet.flows.declared import recogniser
    from netloom.packet.flows.recognise import SERVER, TRANSPORTS

    for transport in TRANSPORTS.values():
        for known in recogniser().each(transport, SERVER, seen):
            if own is None or known.name != own.name:
                scheme = next(iter(registry.protocol(known.name).schemes))
                return f"that is {known.name}: try {scheme}://{endpoint.authority}"
    return ""


def for_plaintext(seen: bytes, declared: Protocol, endpoint: Endpoint) -> str:
    """What to try where TLS was begun with a server that doesn't speak it there."""
    found = recognised(seen, None, endpoint)
    upgrades = any(scheme.starttls for scheme in declared.schemes.values())
    plain = next((name for name, scheme in declared.schemes.items() if scheme.over not in ("tls", "https")), "")
    if not found and plain:
        found = f"try it without TLS: {plain}://{endpoint.authority}"
    return f"{found} (#tls=starttls)" if found and upgrades else found or _WRONG_PROTOCOL


def for_status(
    status: Status, phase: Phase | None, declared: Protocol, endpoint: Endpoint, tried: list[Address]
) -> str:
    """What to try after an attempt that ended so, in that phase."""
    if status is Status.REFUSED:
        return f"is the server running, and is {endpoint.port} its port?" if endpoint.port else "is the server running?"
    if status is Status.TIMEOUT:
        return _for_silence(phase, declared, endpoint)
    if status is Status.PROTOCOL_ERROR:
        return _WRONG_PROTOCOL
    if status is Status.CLOSED:
        return "the server ended the connection: its log may say why"
    if status is Status.UNREACHABLE and any(a.family == "ipv6" for a in tried):
        return "only IPv6 fails? Try -4"
    return ""


def _for_silence(phase: Phase | None, declared: Protocol, endpoint: Endpoint) -> str:
    if phase in _SILENT:
        return _SILENT[phase]
    if phase not in (Phase.GREETING, Phase.REQUEST, Phase.FIRST_BYTE):
        return ""
    over = registry.for_scheme(endpoint.scheme)[1].over
    if over == "icmp":
        return _SILENT[Phase.CONNECT]
    if over.startswith("udp"):
        return f"no datagram came back: does {declared.name} run there, and does a firewall let it answer?"
    secure = next((name for name, scheme in declared.schemes.items() if scheme.over in ("tls", "https")), "")
    if secure and secure != endpoint.scheme:
        return f"it is connected and says nothing: behind TLS? Try {secure}://{endpoint.authority}"
    return f"it is connected and says nothing: {_WRONG_PROTOCOL}"
