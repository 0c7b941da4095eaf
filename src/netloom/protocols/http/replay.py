"""HTTP, replayed: the same method and target make the same request (RFC 9110 §9, §7.1)."""

from netloom.packet.tape.web import Replay

__all__ = ["Replay"]
