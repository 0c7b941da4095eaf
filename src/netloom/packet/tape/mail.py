"""Mails, replayed: the same but for when, by what program and between which boundaries they were written (RFC 5322)."""

from __future__ import annotations

import re

_VOLATILE = re.compile(
    rb"^(?:Date|Message-ID|Received|User-Agent|X-Mailer):[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)
_BOUNDARY = re.compile(rb"boundary=(?:\"([^\"\r\n]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE)
_BOUNDARIES = 64
"""Boundaries of a mail that are looked for."""


def mail_gist(data: bytes) -> str:
    """What of a mail has to be the same."""
    found = [match[1] or match[2] for _, match in zip(range(_BOUNDARIES), _BOUNDARY.finditer(data), strict=False)]
    for number, boundary in enumerate(found):
        data = data.replace(boundary, b"boundary %d" % number)
    head, blank, body = data.partition(b"\r\n\r\n")
    return (_VOLATILE.sub(b"", head + b"\r\n") + blank + body).decode("latin-1")
