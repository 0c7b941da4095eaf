"""Unix sockets, the server's side: the content attends to the link (unix(7))."""

from netloom.links.channel import serve

__all__ = ["serve"]
