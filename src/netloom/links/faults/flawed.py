"""Wrong certificates: what the fault `certificate` shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from netloom.links.authority import Authority

if TYPE_CHECKING:
    from netloom.links.faults.kinds.certificate import Flaw

DAY = timedelta(days=1)
STRANGER = "wrong.name.invalid"
"""A name that no host has (RFC 6761 §6.4)."""


def issue(flaw: Flaw, authority: Authority, names: list[str]) -> tuple[bytes, bytes]:
    """Certificate and key, both PEM. But for its flaw, the certificate is what `authority` issues for `names`."""
    now = datetime.now(UTC)
    match flaw:
        case "expired":
            issued = authority.issue(names, not_after=now - DAY)
        case "early":
            issued = authority.issue(names, not_before=now + DAY)
        case "name":
            issued = authority.issue([STRANGER])
        case _:  # untrusted
            issued = Authority.create("nobody's authority").issue(names)
    return issued.cert_pem, issued.key_pem
