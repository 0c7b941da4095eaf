"""The PROXY protocol on links: telling whose connection it is, and being told (HAProxy's proxy-protocol.txt)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.network import place_of

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from netloom.wire.proxy_protocol import Proxied, Version


async def introduce(stream: Stream, version: Version, proxied: Proxied | None) -> None:
    """Say first whose connection it is: ours, where nothing else is told. Raises LocalProtocolError, ConnectionLost."""
    from netloom.wire.proxy_protocol import Proxied, emit

    own, peer = place_of(stream.info("sockname")), place_of(stream.info("peername"))
    await stream.write(emit(version, proxied or Proxied(own, peer)))


async def introduced(stream: Stream) -> Proxied | None:
    """Hear whose connection it is: that is its peer from now on. None where the header tells nothing of that.

    Raises RemoteProtocolError, ConnectionLost.
    """
    from netloom.wire.proxy_protocol import SIZE_LIMIT, Proxied, parse

    told = await stream.parse(parse, SIZE_LIMIT)
    if told.source is None:
        return None
    host, port = told.source
    stream.peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}" if port else host
    return Proxied(told.source, told.destination)


def introduction(stream: Stream) -> Proxied:
    """Whose connection an accepted one is, for whoever is told of it further on."""
    from netloom.wire.proxy_protocol import Proxied

    return Proxied(place_of(stream.info("peername")), place_of(stream.info("sockname")))
