"""IMAP as bytes: commands, responses, and what is in them (RFC 9051, RFC 3501)."""
