"""The operating system's errors in our words."""

from __future__ import annotations

import errno
import socket

import pytest

from netloom.errors import (
    CapabilityError,
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    ResolveError,
    Status,
    UsageError,
)
from netloom.links.translate import connecting, listening, lost, resolving


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (errno.ECONNREFUSED, Status.REFUSED),
        (errno.ENOENT, Status.REFUSED),
        (errno.ECONNRESET, Status.REFUSED),
        (errno.ENETUNREACH, Status.UNREACHABLE),
        (errno.EHOSTUNREACH, Status.UNREACHABLE),
        (errno.EADDRNOTAVAIL, Status.UNREACHABLE),
        (errno.EIO, Status.UNREACHABLE),
    ],
)
def test_connecting(number: int, status: Status) -> None:
    error = connecting(OSError(number, "x"), "192.0.2.1:80")
    assert isinstance(error, ConnectError)
    assert error.status is status
    assert "192.0.2.1:80" in error.message


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_missing_privilege(number: int) -> None:
    assert isinstance(connecting(OSError(number, "x"), "p"), CapabilityError)
    assert isinstance(listening(OSError(number, "x"), "p"), CapabilityError)


def test_a_port_in_use() -> None:
    error = listening(OSError(errno.EADDRINUSE, "x"), "127.0.0.1:80")
    assert isinstance(error, UsageError)
    assert "in use" in error.message
    assert "0" in error.hint


@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT, errno.EIO])
def test_lost(number: int) -> None:
    error = lost(OSError(number, "x"))
    assert isinstance(error, ConnectionLost)
    assert error.message


def test_an_error_of_ours_stays() -> None:
    ours = DeadlineExceeded("late")
    assert lost(ours) is ours


@pytest.mark.parametrize("number", [socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL])
def test_resolving(number: int) -> None:
    error = resolving(socket.gaierror(number, "x"), "nosuch.example")
    assert isinstance(error, ResolveError)
    assert "nosuch.example" in error.message
