"""Encoded words: what stands for other letters in a message's header (RFC 2047)."""

from __future__ import annotations


def decoded(text: str) -> str:
    """A field's value without encoded words. An encoding that is unknown or broken stays as it stands."""
    if "=?" not in text:
        return text
    from email.errors import HeaderParseError
    from email.header import decode_header

    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "latin-1", "replace")
            for part, charset in decode_header(text)
        )
    except (HeaderParseError, LookupError, ValueError):
        return text
