"""SMTP as bytes, both sides: replies, commands, message data and authentication (RFC 5321 and its extensions)."""
