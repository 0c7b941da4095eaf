"""UDP, the client's side: the link itself (RFC 768)."""

from netloom.links.channel import DatagramChannel


class Client(DatagramChannel):
    """A datagram socket with one peer."""
