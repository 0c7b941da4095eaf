"""FTP as bytes: commands, replies, addresses, listings, facts and times (RFC 959, 1123, 2389, 2428, 2640, 3659)."""
