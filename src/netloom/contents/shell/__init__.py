"""Shell: the command line of a simulated device, for SSH, Telnet and NETCONF. It never runs or reads anything of the
host.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from netloom.contents._argument import once, split
from netloom.contents.shell.cli.dialect import Login
from netloom.contents.shell.cli.dialects import NAMES, dialect
from netloom.contents.shell.cli.line import CommandLine
from netloom.contents.shell.commands import Limits
from netloom.contents.shell.device import Busy, Device, crypt
from netloom.contents.shell.device.example import example
from netloom.contents.shell.device.hardware import POSIX
from netloom.contents.shell.interpreter import ShellSession
from netloom.contents.shell.session import Result
from netloom.contents.shell.tree import Tree
from netloom.endpoint import suggest
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.shell.cli.dialect import Dialect
    from netloom.contents.shell.session import Sitting

__all__ = ["CONTENT", "Busy", "Device", "Limits", "Result", "Shell", "ShellSession", "Visitor"]

_LIMITS = Limits()
_FILES = {
    "/etc/hostname": "{hostname}\n",
    "/etc/os-release": 'NAME="netloom simulated device"\nID=netloom\nVERSION_ID="1"\n',
    "/etc/motd": "{banner}",
    "/etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n",
    "/var/log/messages": "boot: simulated device {hostname} is up\n",
}
_BANNER = "{hostname}: a simulated device. Nothing here runs on a real machine; try help.\n"


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes to a command line: as whom, over which protocol and from where, with what rights, and the terminal's
    columns and rows. `environment` is what the peer asked to be set.
    """

    user: str = "guest"
    via: str = ""
    peer: str = ""
    may_write: bool = True
    environment: Mapping[str, str] = {}
    columns: int = 80
    rows: int = 0


class Shell:
    """A simulated device: a small POSIX shell, or a network device that talks one of the dialects ios, eos, junos, vrp.

    A shell's sessions have files of their own, which are gone when they end. A network device is one `device`: what one
    session configures the others see, whatever protocol they come by.
    """

    KIND: ClassVar[str] = "shell"

    def __init__(  # noqa: PLR0913  # what `--content shell:…` and a test can say of it
        self,
        hostname: str = "loom",
        files: Mapping[str, bytes] | None = None,
        *,
        dialect: str = "",
        secret: str = "",
        limits: Limits = _LIMITS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`files` are more files by their absolute paths; `secret` is what a device asks for before it lets anybody
        configure; `clock` gives Unix seconds. Raises UsageError."""
        if not hostname.isascii() or not all(part.replace("-", "a").isalnum() for part in hostname.split(".")):
            raise UsageError(f"{hostname!r} is no name of a host", hint="letters, digits, '-' and '.'")
        if dialect and dialect not in NAMES:
            hint = suggest(dialect, NAMES) or f"dialects: {', '.join(NAMES)}; shell:hostname={dialect} is a name"
            raise UsageError(f"--content shell has no dialect {dialect!r}", hint=hint)
        if (secret or files) and bool(files) == bool(dialect):
            raise UsageError("a shell has files and no secret, a network device a secret and no files")
        self.hostname = hostname
        self.limits = limits
        self.banner = _BANNER.format(hostname=hostname)
        self._dialect = _dialect(dialect)
        self._clock = clock
        hardware = self._dialect.hardware if self._dialect is not None else POSIX
        name = hostname.partition(".")[0]
        self.device = Device(hardware, example(hardware, name, crypt.hashed(secret) if secret else ""), clock=clock)
        self._files = {
            path: text.format(hostname=hostname, banner=self.banner).encode() for path, text in _FILES.items()
        }
        self._files.update(files or {})

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`shell`, `shell:hostname=edge-7`, or `shell:ios,hostname=edge-7,secret=…`. Raises UsageError."""
        text, options = split(cls.KIND, argument, ("hostname", "secret"))
        hostname = once(cls.KIND, "hostname", options["hostname"]) or "loom"
        return cls(hostname, dialect=text, secret=once(cls.KIND, "secret", options["secret"]) or "")

    def describe(self) -> str:
        if self._dialect is None:
            return f"simulated shell {self.hostname}"
        return f"simulated {self.device.hardware.system} device {self.device.running.hostname}"

    @property
    def login(self) -> Login:
        """How it asks who is there, where the protocol doesn't tell."""
        if self._dialect is None:
            return Login(greeting=f"\n{self.banner}\n", user=f"{self.hostname} login: ")
        login, name = self._dialect.login, self.device.running.hostname
        greeting, user = (text.replace("{hostname}", name) for text in (login.greeting, login.user))
        return msgspec.structs.replace(login, greeting=greeting, user=user)

    def sit(self, visitor: Visitor) -> Sitting:
        """A session for somebody who has come. Raises TooLarge, Busy."""
        if self._dialect is None:
            return self.session(visitor.user, visitor.environment)
        session = self.device.enter(visitor.user, visitor.via, peer=visitor.peer, may_write=visitor.may_write)
        return CommandLine(self.device, self._dialect, session, (visitor.columns, visitor.rows))

    def session(self, user: str = "guest", environment: Mapping[str, str] | None = None) -> ShellSession:
        """A new session at the shell. `environment` is what the peer asked to be set; raises TooLarge."""
        name = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in user[:64])
        home = "/root" if user == "root" else f"/home/{name if name.strip('.') else '_'}"
        tree = Tree(
            {**self._files, f"{home}/readme.txt": b"These files are yours until you log out.\n"}, self.limits.memory
        )
        for directory in ("/tmp", "/bin", home):  # noqa: S108  # no directory of this host
            tree.make_directory(directory)
        tree.writable = (home, "/tmp")  # noqa: S108
        return ShellSession((user, home, self._name()), tree, self.limits, environment or {}, self._clock)

    def _name(self) -> str:
        """The host's name: the given one, until somebody configures another."""
        configured = self.device.running.hostname
        return self.hostname if configured == self.hostname.partition(".")[0] else configured


def _dialect(name: str) -> Dialect | None:
    return dialect(name) if name else None


CONTENT = Shell
