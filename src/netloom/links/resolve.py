"""Names to addresses: literals at once, names in a thread that nobody has to wait for, IDNA as RFC 5891 has it."""

from __future__ import annotations

import asyncio
import socket
import threading

from netloom.errors import ResolveError, UsageError
from netloom.links.translate import resolving

SockAddr = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]

FAMILIES = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}


def literal(host: str, port: int, zone: str = "") -> SockAddr | None:
    """The address that a text already is, or None for a name."""
    if ":" in host:
        return socket.AF_INET6, (host, port, 0, _scope(zone))
    if host[-1:].isdigit():
        try:
            # Only the four-part form is an address; what inet_aton would take beyond it (127.1, 0x7f.1) is a name here.
            socket.inet_pton(socket.AF_INET, host)
        except OSError:
            return None
        return socket.AF_INET, (host, port)
    return None


def ascii_name(host: str) -> str:
    """The name as DNS and TLS have it (RFC 5891). Raises UsageError for a name that can't be one."""
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as exc:
        raise UsageError(f"{host} can't be a host name: {exc}") from exc


async def resolve(host: str, port: int, family: str = "any", zone: str = "") -> list[SockAddr]:
    """Every address of a host, in the system's order of preference (RFC 6724), families taking turns (RFC 8305 §4).

    Raises ResolveError. Cancelling doesn't wait for the system's resolver: its thread is a daemon, its answer dropped.
    """
    direct = literal(host, port, zone)
    if direct is not None:
        if family != "any" and direct[0] != FAMILIES[family]:
            raise ResolveError(f"{host} isn't an IPv{family} address")
        return [direct]
    name = ascii_name(host)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[SockAddr]] = loop.create_future()

    def settle(found: list[SockAddr] | OSError) -> None:
        if answer.done():
            return
        if isinstance(found, OSError):
            answer.set_exception(resolving(found, host))
        else:
            answer.set_result(found)

    def ask() -> None:
        found: list[SockAddr] | OSError
        try:
            rows = socket.getaddrinfo(name, port, FAMILIES[family], socket.SOCK_STREAM)
            found = [(row[0], row[4]) for row in rows]  # type: ignore[misc]  # only internet families are asked for
        except OSError as exc:
            found = exc
        except ValueError:  # a label that is empty or too long, a NUL
            found = OSError("that can't be a host name")
        try:
            loop.call_soon_threadsafe(settle, found)
        except RuntimeError:
            return  # the loop has closed: nobody waits for the answer

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    return take_turns(await answer)


def take_turns(addresses: list[SockAddr]) -> list[SockAddr]:
    """Interleave the families, beginning with the first address's; equal addresses once."""
    unique = list(dict.fromkeys(addresses))
    if not unique:
        return []
    first = [a for a in unique if a[0] == unique[0][0]]
    other = [a for a in unique if a[0] != unique[0][0]]
    turns: list[SockAddr] = []
    for index in range(max(len(first), len(other))):
        turns += first[index : index + 1] + other[index : index + 1]
    return turns


def _scope(zone: str) -> int:
    if not zone:
        return 0
    if zone.isdigit():
        return int(zone)
    try:
        return socket.if_nametoindex(zone)
    except OSError as exc:
        raise UsageError(f"%{zone}: there is no such network device here") from exc
