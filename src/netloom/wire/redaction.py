"""What is typed at a device as it may be reported: words that stand where a password does become dots."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"(?i)\b(secret|password|passphrase|cipher|irreversible-cipher|plain-text-password|encrypted-password|community)"
    r"((?:\s+(?:\d|sha512|cipher|irreversible-cipher|simple|read|write))*)\s+\S.*"
)


def redacted(line: str) -> str:
    """A line without what follows `secret`, `password` and their like."""
    return _SECRETS.sub(r"\1\2 •••", line)
