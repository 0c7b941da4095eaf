"""Rewriting: a capture into another, with other addresses, ports, tags, times and lengths, its checksums kept right."""
