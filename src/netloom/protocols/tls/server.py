"""TLS, the server's side: the content attends to the link (RFC 8446)."""

from netloom.links.channel import serve

__all__ = ["serve"]
