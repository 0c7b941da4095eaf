"""The operating system's errors in netloom's words; nowhere else are they translated."""

from __future__ import annotations

import errno
import os
import socket

from netloom.errors import CapabilityError, ConnectError, ConnectionLost, NetloomError, ResolveError, Status, UsageError

_REFUSED = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ENOENT: "there is no such socket",
    errno.ENOTSOCK: "that is no socket",
}
_UNREACHABLE = {
    errno.ENETUNREACH: "no route to that network",
    errno.EHOSTUNREACH: "no route to that host",
    errno.ENETDOWN: "the network is down",
    errno.EHOSTDOWN: "the host is down",
    errno.EADDRNOTAVAIL: "that address can't be used from here",
    errno.EAFNOSUPPORT: "that address family isn't available here",
}
_LOST = {
    errno.ECONNRESET: "the peer reset the connection",
    errno.EPIPE: "the peer has closed the connection",
    errno.ECONNABORTED: "the connection was aborted",
    errno.ETIMEDOUT: "the kernel gave the peer up",
}
_DENIED = {errno.EACCES, errno.EPERM}


def _words(exc: OSError) -> str:
    if isinstance(exc, socket.gaierror):  # its numbers are its own
        return (exc.strerror or str(exc)).lower()
    return (
        (exc.strerror or str(exc) or type(exc).__name__).lower()
        if exc.errno is None
        else os.strerror(exc.errno).lower()
    )


def connecting(exc: OSError, place: str) -> NetloomError:
    """Why an address could not be connected to."""
    number = exc.errno
    if number in _REFUSED:
        return ConnectError(f"{place} refused: {_REFUSED[number]}", status=Status.REFUSED)
    if number in _UNREACHABLE:
        return ConnectError(f"{place} is unreachable: {_UNREACHABLE[number]}")
    if number in _LOST or isinstance(exc, ConnectionError):
        return ConnectError(f"{place}: {_LOST.get(number or 0, _words(exc))}", status=Status.REFUSED)
    if number in _DENIED:
        return CapabilityError(f"{place}: {_words(exc)}", hint="this needs a privilege that the process doesn't have")
    return ConnectError(f"{place}: {_words(exc)}")


def listening(exc: OSError, place: str, holder: str = "") -> NetloomError:
    """Why a server could not listen. `holder` is who does, where that is known."""
    if exc.errno == errno.EADDRINUSE:
        return UsageError(
            f"{place} is in use already{f' by {holder}' if holder else ''}",
            hint="choose another port, or 0 for one that the kernel chooses",
        )
    if exc.errno in _DENIED:
        return CapabilityError(f"{place}: {_words(exc)}", hint="ports below 1024 need a privilege; choose a higher one")
    return UsageError(f"can't listen on {place}: {_words(exc)}")


def lost(exc: Exception) -> NetloomError:
    """Why an established connection ended."""
    if isinstance(exc, NetloomError):
        return exc
    if isinstance(exc, OSError):
        return ConnectionLost(_LOST.get(exc.errno or 0, _words(exc)))
    return ConnectionLost(f"the connection ended: {exc}")


def resolving(exc: OSError, host: str) -> NetloomError:
    """Why a name has no address."""
    if isinstance(exc, socket.gaierror) and exc.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)):
        return ResolveError(
            f"{host} has no address: the name isn't known",
            hint=f"is it spelt right? netloom get 'dns://RESOLVER/{host}'",
        )
    if isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_AGAIN:
        return ResolveError(
            f"{host} could not be resolved: no answer from the resolver", hint="is a resolver reachable?"
        )
    return ResolveError(f"{host} could not be resolved: {_words(exc)}")
