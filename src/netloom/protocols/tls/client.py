"""TLS, the client's side: the link itself (RFC 8446)."""

from netloom.links.channel import StreamChannel


class Client(StreamChannel):
    """A stream under TLS."""
