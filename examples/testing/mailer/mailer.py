"""Sends reminders by mail: with smtplib, patiently."""

import smtplib
import time
from collections.abc import Iterable
from email.message import EmailMessage


class NotSent(Exception):
    """The mail server wouldn't take it, however often it was asked."""


class Mailer:
    """Mail through one server, with STARTTLS and a login where they are given."""

    def __init__(self, host, port=587, *, login=None, tls=None, attempts=3, pause=1.0, timeout=10.0):
        self.host, self.port = host, port
        self.login, self.tls = login, tls
        self.attempts, self.pause, self.timeout = attempts, pause, timeout

    def remind(self, recipients: Iterable[str], what: str) -> set[str]:
        """Send one reminder; gives those addresses that the server doesn't know. Raises NotSent."""
        message = EmailMessage()
        message["From"] = "reminders@example.org"
        message["To"] = ", ".join(recipients)
        message["Subject"] = f"Reminder: {what}"
        message.set_content(f"Don't forget: {what}.\n")
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.pause * 2 ** (attempt - 1))
            try:
                return self._send(message)
            except smtplib.SMTPRecipientsRefused as refused:
                if all(500 <= code < 600 for code, _ in refused.recipients.values()):
                    return set(refused.recipients)
                last = refused
            except smtplib.SMTPResponseException as refused:
                if refused.smtp_code >= 500:
                    raise NotSent(f"{refused.smtp_code} {refused.smtp_error.decode(errors='replace')}") from refused
                last = refused
            except (smtplib.SMTPException, OSError) as error:
                last = error
        raise NotSent(f"tried {self.attempts} times, at last: {last}") from last

    def _send(self, message):
        with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
            if self.tls is not None:
                server.starttls(context=self.tls)
            if self.login is not None:
                server.login(*self.login)
            return set(server.send_message(message))
