"""The letter of welcome, which a mailbox in memory has to show where nobody has sent anything."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_TEXT = """\
This mailbox lives in the memory of a netloom server, for as long as that runs.

What SMTP brings is here at once, for IMAP and POP3 alike:

    netloom send smtp://127.0.0.1:2525/ann@example.org hello
    netloom list imap://ann@127.0.0.1:1430/INBOX
"""


def letter(owner: str, at: float) -> bytes:
    """A message to an account; `at` in Unix seconds."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "netloom <netloom@localhost>"
    message["To"] = "you <you@localhost>"
    message["Subject"] = "Warp and weft"
    message["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
    message["Message-ID"] = f"<welcome-{owner.encode().hex()[:40]}@localhost>"
    message.set_content(_TEXT)
    return bytes(message)
