"""The Subject of a message as a person reads it (RFC 5322 §3.6.5, RFC 2047)."""

from __future__ import annotations

import re

from netloom.wire.encoded_words import decoded

_HEADER_LIMIT = 256 << 10
_SUBJECT = re.compile(rb"^subject[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def subject_of(data: bytes) -> str:
    """The decoded Subject of a message, "" without one. An encoding that is unknown or broken is left as it stands."""
    header = re.split(rb"\r?\n\r?\n", data[:_HEADER_LIMIT], maxsplit=1)[0]
    found = _SUBJECT.search(header)
    if found is None:
        return ""
    return decoded(re.sub(rb"\r?\n(?=[ \t])", b"", found[1]).strip().decode("utf-8", "replace"))
