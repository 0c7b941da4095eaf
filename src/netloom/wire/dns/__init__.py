"""DNS messages as bytes, lean enough to probe with (RFC 1035 and its successors)."""
