"""HTTP, the passive decoder: heads, bodies by size, HTTP/2 by frames (RFC 9112, RFC 9113)."""

from netloom.wire.http.passive import Decoder

__all__ = ["Decoder"]
