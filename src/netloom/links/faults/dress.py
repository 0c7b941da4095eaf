"""Faults put where they act: under streams and datagram sockets, only if there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.faults.fault import Fault, Side
    from netloom.links.faults.line import Line
    from netloom.links.faults.plan import Faults
    from netloom.links.options import LinkOptions
    from netloom.links.route import Route


def of_client(endpoint: Endpoint, over: str, options: LinkOptions) -> Faults | None:
    """The faults that a client's endpoint asks for: none, as a rule. Raises UsageError."""
    if not options.fault:
        return None
    from netloom.links.faults.fitting import carried, fits_client, fits_link
    from netloom.links.faults.plan import Faults

    def fits(fault: Fault) -> None:
        fits_client(fault, str(endpoint))
        fits_link(fault, carried(over, quic="also" if over == "https" else ""), str(endpoint))

    return Faults(options.fault, fits=fits)


def of_server(routes: list[Route], options: LinkOptions, above: Faults | None, *, secure: bool) -> Faults | None:
    """The faults that a server's endpoint asks for, and those that hold for it anyway. Raises UsageError."""
    if not options.fault and above is None:
        return None
    from netloom.links.faults.fitting import carried, fits_link, fits_server
    from netloom.links.faults.plan import Faults

    where = str(routes[0].endpoint)
    quic = next((mode for route in routes if (mode := getattr(route.options, "http3", ""))), "")

    def fits(fault: Fault) -> None:
        fits_link(fault, carried(routes[0].scheme.over, quic=quic), where)
        fits_server(fault, [(route.declared, route.scheme) for route in routes], where, secure=secure)

    return Faults(options.fault, above=above, fits=fits)


def stream(upper: asyncio.Protocol, faults: Faults | None, side: Side, number: int | None = None) -> asyncio.Protocol:
    """What a stream's transport talks to. `number`: it is a further connection of that one's."""
    if faults is None or not faults.wanted:
        return upper
    from netloom.links.faults.layer import FaultLayer

    return FaultLayer(upper, faults, side, number)


def datagrams(
    upper: asyncio.DatagramProtocol, faults: Faults | None, side: Side, number: int | None = None
) -> asyncio.DatagramProtocol:
    """What a datagram socket's transport talks to."""
    if faults is None or not faults.wanted:
        return upper
    from netloom.links.faults.datagrams import DatagramFaults

    return DatagramFaults(upper, faults, side, number)


def line(link: Datagrams, peer: Any) -> Line | None:
    """What faults know a peer of a datagram socket by; None where there are none."""
    layer: Any = link.transport
    while layer is not None and not hasattr(layer, "line"):
        layer = getattr(layer, "lower", None)
    found: Line | None = layer.line(peer) if layer is not None else None
    return found
