"""SSH, the passive decoder: everything before the new keys in words, and then only how much (RFC 4253)."""

from netloom.wire.ssh_passive import LIMIT, Decoder

__all__ = ["LIMIT", "Decoder"]
