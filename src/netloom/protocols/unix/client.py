"""Unix sockets, the client's side: the link itself (unix(7))."""

from netloom.links.channel import StreamChannel


class Client(StreamChannel):
    """A connected Unix socket."""
