"""Passwords that weren't given are asked for: on a terminal, without an echo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

from netloom.accounts import Account
from netloom.cli.failures import say
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = "········"
"""What stands behind the question once it was answered, however long the answer was."""


def complete(accounts: Iterable[str]) -> list[str]:
    """`USER[:PASSWORD[:read]]` texts with the passwords that were missing. Raises UsageError without a terminal."""
    return [text if Account.parse(text).has_credentials else _completed(text) for text in accounts]


def _completed(text: str) -> str:
    name, _, rest = text.partition(":")
    rights = rest.partition(":")[2]
    asked = Account.parse(text).name
    if sys.stdin is None or sys.stderr is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"account {asked} has no password, and there is no terminal to ask for one",
            hint=f"--account {asked}:PASSWORD, or --accounts FILE with its hash",
        )
    password = ask(f"  password for {asked}: ")
    if not password:
        raise UsageError(f"account {asked} needs a password", hint="the one that was typed is empty")
    return f"{name}:{quote(password, safe='')}{f':{rights}' if rights else ''}"


def ask(question: str) -> str:
    """One line from the terminal, which shows none of it; empty at the end of the input."""
    import termios

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    silent = termios.tcgetattr(descriptor)
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, silent)  # before anybody can begin to type
        say(question)
        line = sys.stdin.readline().rstrip("\r\n")
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
        say("\n" if sys.exc_info()[0] else "")
    say(f"{SHOWN if line else ''}\n")
    return line
