"""What a session at a command line is, whichever device it is at: the shape that SSH and Telnet talk to."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Result(msgspec.Struct, frozen=True):
    """What a command line came to."""

    status: int
    stdout: bytes = b""
    stderr: bytes = b""


class Interrupted(Exception):
    """Somebody typed Ctrl-C, or there is nobody to be asked."""


class Ask(Protocol):
    """Ask whoever is at the command line: for a line, for one that isn't shown, or for a key."""

    async def line(self, prompt: str, *, hidden: bool = False) -> str:
        """What is answered. Raises Interrupted."""

    async def key(self, prompt: str) -> str:
        """One key. Raises Interrupted."""


class Pager(msgspec.Struct, frozen=True):
    """How long output is shown by pieces: the words at the end of each, and what takes them away again."""

    prompt: str
    erase: str


class Sitting(Protocol):
    """One user's session. `exited` is the status with which it ended, or None; `page` how many lines are shown at once
    (0: all); `keys` are those that mean something by themselves in the middle of a line; limits are in characters of a
    line and bytes of what is piped in.
    """

    exited: int | None
    page: int
    line_limit: int
    input_limit: int
    scripted: bool
    """Whether it says nothing by itself where there is no terminal: no prompt, no banner."""

    @property
    def pager(self) -> Pager: ...

    @property
    def keys(self) -> frozenset[str]: ...

    @property
    def banner(self) -> str: ...

    @property
    def prompt(self) -> str: ...

    def reads_input(self, line: str) -> bool:
        """Whether a line waits for what is piped in."""

    def asks(self, line: str) -> bool:
        """Whether a line may ask for something before it is done."""

    def redacted(self, line: str) -> str:
        """A line as it may be reported: passwords in it are dots."""

    async def run(self, line: str, stdin: bytes = b"", ask: Ask | None = None) -> Result:
        """Carry out a line. Raises TooLarge."""

    async def pressed(self, key: str, line: str) -> tuple[str, str]:
        """One of its `keys`, after `line`: what is shown, and the line as it is then."""

    async def ended(self, line: str) -> Result | None:
        """Ctrl-Z after a line; None where it means nothing."""

    def interrupted(self) -> None:
        """Ctrl-C on a line."""

    def close(self) -> None:
        """It is over."""
