"""IRC as bytes: messages with their tags, names, modes, ISUPPORT, CTCP and SASL (RFC 1459, RFC 2812, IRCv3)."""
