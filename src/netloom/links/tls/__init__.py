"""TLS over any link, both sides, on a memory BIO. Nothing outside this folder knows which engine does it."""

from netloom.links.tls.client import ClientTLS, secure
from netloom.links.tls.layer import TLSLayer
from netloom.links.tls.server import ServerTLS, accept

__all__ = ["ClientTLS", "ServerTLS", "TLSLayer", "accept", "secure"]
