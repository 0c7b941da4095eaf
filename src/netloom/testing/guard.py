"""The network is off: whoever dials out from a test is stopped, and named. Loopback and Unix sockets stay."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import site
import socket
import sys
import sysconfig
import threading
import traceback
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_RESOLVES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_LIBRARIES = tuple(
    os.path.realpath(path)
    for path in (
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        site.getusersitepackages(),
        str(Path(__file__).parents[1]),
    )
)


class Guard:
    """One for the process: what Python can hook into for ever is hooked once, and asks who is on guard.

    Other processes, and libraries that open their sockets without Python, aren't seen.
    """

    def __init__(self) -> None:
        self._allowed: list[str] | None = None
        self._test = ""
        self._resolved: set[str] = set()
        self._hooked = False
        self._asking = threading.local()
        self.offences: list[str] = []

    @contextlib.contextmanager
    def watching(self, allowed: Sequence[str] = (), test: str = "") -> Iterator[list[str]]:
        """While inside, the network is off. Gives the list of offences, which grows.

        `allowed` are names (`*` and `?` may stand in them), addresses and networks; `test` is blamed where nobody else
        is found.
        """
        self._hook()
        before = self._allowed, self._test, self._resolved, self.offences
        self._allowed, self._test, self._resolved, self.offences = list(allowed), test, set(), []
        try:
            yield self.offences
        finally:
            self._allowed, self._test, self._resolved, self.offences = before

    @property
    def watches(self) -> bool:
        """Whether anything is forbidden now."""
        return self._allowed is not None

    def allow(self, name: str) -> None:
        """One more that may be reached, while something is forbidden."""
        if self._allowed is not None:
            self._allowed.append(name)

    def _hook(self) -> None:
        if self._hooked:
            return
        self._hooked = True
        sys.addaudithook(self._hear)
        with contextlib.suppress(ImportError):
            from netloom.testing.guard_uvloop import wrap

            wrap(self)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self._allowed is None or not event.startswith("socket.") or getattr(self._asking, "now", False):
            return
        if event in _CONNECTS:
            if args[0].family in _FAMILIES:
                self.check_address(args[1])
        elif event in _RESOLVES:
            self.check_name(args[0])
        elif event == "socket.getnameinfo":
            self.check_address(args[0])

    def check_address(self, address: Any) -> None:
        """Raises Blocked for an address of the socket module that may not be reached."""
        if self._allowed is None or not isinstance(address, tuple) or not address:
            return
        host = str(address[0])
        if not self._may(host):
            port = f" port {address[1]}" if len(address) > 1 else ""
            self._stop(f"{host}{port}")

    def check_name(self, host: Any) -> None:
        """Raises Blocked for a name that may not be asked for; what one that may stands for, may be reached."""
        if self._allowed is None or host is None:
            return
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if not self._may(name):
            self._stop(name)
        if _literal(name) is None:
            self._learn(name)

    def check(self, host: Any, port: Any) -> None:
        """Either of them. Raises Blocked."""
        if host is not None and _literal(str(host)) is not None:
            self.check_address((host, port))
        else:
            self.check_name(host)

    def _may(self, host: str) -> bool:
        allowed = self._allowed or ()
        if host in self._resolved or any(fnmatchcase(host.lower(), each.lower()) for each in allowed):
            return True
        address = _literal(host)
        if address is None:
            return host in ("", "localhost", socket.gethostname()) or host.endswith(".localhost")
        here = address.is_loopback or address.is_unspecified
        return here or any(address in network for network in _networks(allowed))

    def _learn(self, name: str) -> None:
        self._asking.now = True
        try:
            with contextlib.suppress(OSError):
                self._resolved |= {str(found[4][0]) for found in socket.getaddrinfo(name, None)}
        finally:
            self._asking.now = False

    def _stop(self, where: str) -> None:
        who = _dialler() or self._test
        self.offences.append(f"{who} dialled {where}")
        raise Blocked(
            f"{who} dialled {where}, and the network is off in this test",
            hint='@pytest.mark.network, or @pytest.mark.network("example.org", "10.0.0.0/8") for some',
        )


GUARD = Guard()


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address that is written out, without its zone; IPv4 within IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _networks(allowed: Sequence[str]) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for each in allowed:
        with contextlib.suppress(ValueError):
            yield ipaddress.ip_network(each, strict=False)


def _dialler() -> str:
    """Who did it: the last line outside the standard library, installed packages and netloom.

    In a thread that has none it is what the main thread is at; where that has none either, as in an event loop, nobody.
    """
    frames = [*_stack(threading.main_thread().ident), *traceback.extract_stack()]
    return next((_shown(each) for each in reversed(frames) if not _is_library(each.filename)), "")


def _stack(thread: int | None) -> traceback.StackSummary:
    return traceback.extract_stack(sys._current_frames().get(thread or 0))


def _shown(frame: traceback.FrameSummary) -> str:
    with contextlib.suppress(ValueError):
        return f"{Path(frame.filename).relative_to(Path.cwd())}:{frame.lineno}"
    return f"{frame.filename}:{frame.lineno}"


def _is_library(path: str) -> bool:
    real = os.path.realpath(path)
    program = os.path.realpath(sys.argv[0]) if sys.argv else ""
    return path.startswith("<") or real == program or real.startswith(_LIBRARIES)
