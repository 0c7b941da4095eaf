"""TCP, the client's side: the link itself (RFC 9293)."""

from netloom.links.channel import StreamChannel


class Client(StreamChannel):
    """A connected TCP stream."""
