"""QUIC over our own datagram links, both sides: the engine does no I/O and has no clock (RFC 9000, RFC 9001)."""
