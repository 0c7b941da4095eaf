"""The PROXY protocol on links: telling whose connection it is, and being told (HAProxy's proxy-protocol.txt)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from netloom.wire.proxy_protocol import Place, Proxied, Version


async def introduce(stream: Stream, version: Version, proxied: Proxied | None) -> None:
    """Say first whose connection it is: ours, where nothing else is told. Raises LocalProtocolError, ConnectionLost."""
    from netloom.wire.proxy_protocol import Proxied, emit

    await stream.write(emit(version, proxied or Proxied(own_place(stream), peer_place(stream))))


async def introduced(stream: Stream) -> str:
    """Hear whose connection it is: that is its peer from now on. Raises RemoteProtocolError, ConnectionLost."""
    from netloom.wire.proxy_protocol import SIZE_LIMIT, parse

    proxied = await stream.parse(parse, SIZE_LIMIT)
    if proxied.source is not None:
        host, port = proxied.source
        stream.peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}" if port else host
    return stream.peer


def own_place(stream: Stream) -> Place:
    """Our end's address."""
    return _place(stream.info("sockname"))


def peer_place(stream: Stream) -> Place:
    """The other end's address."""
    return _place(stream.info("peername"))


def _place(address: Any) -> Place:
    return (str(address[0]), int(address[1])) if isinstance(address, tuple) else (str(address or ""), 0)
