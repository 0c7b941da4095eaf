"""CoAP as bytes: messages and their options, blocks, links (RFC 7252, 7641, 7959, 9175, 6690)."""
