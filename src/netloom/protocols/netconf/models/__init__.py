"""The device in YANG's terms: ietf-system, ietf-interfaces, ietf-ip, ietf-routing, and what they lack (RFC 7950)."""
