"""NETCONF as bytes and as trees: framing, messages, filters and edits (RFC 6241, RFC 6242)."""
