"""Shell: a simulated device's command line, for SSH and Telnet. It never runs or reads anything of the host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Self

from netloom.contents._argument import once, split
from netloom.contents.shell.commands import Limits
from netloom.contents.shell.interpreter import Result, ShellSession
from netloom.contents.shell.tree import Tree
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CONTENT", "Limits", "Result", "Shell", "ShellSession"]

_LIMITS = Limits()
_FILES = {
    "/etc/hostname": "{hostname}\n",
    "/etc/os-release": 'NAME="netloom simulated device"\nID=netloom\nVERSION_ID="1"\n',
    "/etc/motd": "{banner}",
    "/etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n",
    "/var/log/messages": "boot: simulated device {hostname} is up\n",
}
_BANNER = "{hostname}: a simulated device. Nothing here runs on a real machine; try help.\n"


class Shell:
    """Sessions on a simulated device. Each has files of its own, which are gone when it ends."""

    KIND: ClassVar[str] = "shell"

    def __init__(
        self,
        hostname: str = "loom",
        files: Mapping[str, bytes] | None = None,
        *,
        limits: Limits = _LIMITS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`files` are more files by their absolute paths; `clock` gives Unix seconds. Raises UsageError."""
        if not hostname.isascii() or not all(part.replace("-", "a").isalnum() for part in hostname.split(".")):
            raise UsageError(f"{hostname!r} is no name of a host", hint="letters, digits, '-' and '.'")
        self.hostname = hostname
        self.limits = limits
        self.banner = _BANNER.format(hostname=hostname)
        self._clock = clock
        self._files = {
            path: text.format(hostname=hostname, banner=self.banner).encode() for path, text in _FILES.items()
        }
        self._files.update(files or {})

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`shell`, or `shell:hostname=edge-7`. Raises UsageError."""
        text, options = split(cls.KIND, argument, ("hostname",))
        if text:
            raise UsageError(f"--content shell takes hostname=…, not {text!r}", hint=f"shell:hostname={text}")
        return cls(once(cls.KIND, "hostname", options["hostname"]) or "loom")

    def describe(self) -> str:
        return f"simulated shell {self.hostname}"

    def session(self, user: str = "guest", environment: Mapping[str, str] | None = None) -> ShellSession:
        """A new session for one connection. `environment` is what the peer asked to be set; raises TooLarge."""
        name = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in user[:64])
        home = "/root" if user == "root" else f"/home/{name if name.strip('.') else '_'}"
        tree = Tree(
            {**self._files, f"{home}/readme.txt": b"These files are yours until you log out.\n"}, self.limits.memory
        )
        for directory in ("/tmp", "/bin", home):  # noqa: S108  # no directory of this host
            tree.make_directory(directory)
        tree.writable = (home, "/tmp")  # noqa: S108
        return ShellSession((user, home, self.hostname), tree, self.limits, environment or {}, self._clock)


CONTENT = Shell
