"""Telnet as bytes: commands in the data, options, and what is said about them (RFC 854, RFC 855)."""
