"""Raw IP of either version, as a capture's frames and tunnels have it: the first octet tells which it is."""

from __future__ import annotations

from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.formats import known
from netloom.packet.layer import Key, Parsed, whole

# The view

VERSION = 0
"""In the upper four bits."""
HEADER = 1

_RULE = "RFC 8200 §3"


# What reads it


class RawIP:
    """It has no header of its own: what is read is an IPv4 or an IPv6, as if it had been announced."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 101), ("link", 12), ("link", 14))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an IP header", _RULE)
        version = data[VERSION] >> 4
        layer = known().get(("version", version))
        if layer is None:
            raise RemoteProtocolError(f"version {version} where IP is", rule=_RULE, offset=VERSION)
        return layer.parse(data)
