"""POP3 as bytes: commands, responses, and messages between them (RFC 1939, RFC 2449)."""
