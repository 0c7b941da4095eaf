"""HTTP/3 as bytes: frames, settings and compressed fields, without any I/O (RFC 9114, RFC 9204)."""
