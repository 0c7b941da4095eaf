"""WebSocket, replayed: the handshake, then frames without their masks (RFC 6455 §5)."""

from netloom.packet.tape.web_socket import Replay

__all__ = ["Replay"]
