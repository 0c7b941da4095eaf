"""asyncssh's errors in netloom's words; nowhere else are they translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh

from netloom.errors import (
    ConnectionLost,
    NetloomError,
    NetworkError,
    PeerRefused,
    RemoteProtocolError,
    Status,
    Unauthenticated,
    UsageError,
)
from netloom.links.translate import lost

if TYPE_CHECKING:
    from netloom.links.ssh.greeting import Greeting

_BROKEN = (asyncssh.ProtocolError, asyncssh.MACError, asyncssh.CompressionError, asyncssh.ProtocolNotSupported)
_NO_WAY_IN = "give a password (ssh://user:password@host), a key (-O identity=FILE) or an agent (SSH_AUTH_SOCK)"


def translated(error: Exception, greeting: Greeting | None = None) -> NetloomError:
    """Why a connection or a channel failed. What the greeting already knew comes first."""
    if greeting is not None and greeting.error is not None:
        return greeting.error
    if isinstance(error, NetloomError):
        return error
    if isinstance(error, asyncssh.ChannelOpenError) and error.code == asyncssh.OPEN_REQUEST_SESSION_FAILED:
        # The channel stands; what was refused is a shell, a command or a subsystem (RFC 4254 §6.5)
        return PeerRefused("the server refused what was asked for", code="CHANNEL_FAILURE", text=error.reason)
    if isinstance(error, asyncssh.ChannelOpenError):
        message = f"the server refused to open a channel: {error.reason}"
        return PeerRefused(message, code=error.code, text=error.reason)
    if isinstance(error, asyncssh.DisconnectError):
        return _disconnected(error)
    return lost(error)


def unprepared(error: Exception) -> NetloomError:
    """Why a connection can't even be tried: a key, a file or a setting of our own."""
    if isinstance(error, NetloomError):
        return error
    if isinstance(error, asyncssh.KeyEncryptionError) or "passphrase" in str(error).lower():
        return UsageError(f"a private key can't be read: {error}", hint="-O passphrase=… (or use an agent)")
    return UsageError(f"SSH can't be set up: {error}", hint="see -O identity, known_hosts, config")


def _disconnected(error: asyncssh.DisconnectError) -> NetloomError:
    reason = error.reason
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return NetworkError(f"{reason}. Nothing was sent", status=Status.TLS_ERROR)
    if isinstance(error, asyncssh.KeyExchangeFailed):
        hint = "OpenSSH's configuration can allow older algorithms: KexAlgorithms, HostKeyAlgorithms, Ciphers, MACs"
        return NetworkError(f"key exchange failed: {reason}", status=Status.TLS_ERROR, hint=hint)
    # OpenSSH ends a connection with too many attempts by a "protocol error"
    if isinstance(error, asyncssh.PermissionDenied) or "authentication failures" in reason:
        return Unauthenticated(
            f"the server lets nobody in like that: {reason}", code=error.code, text=reason, hint=_NO_WAY_IN
        )
    if isinstance(error, _BROKEN):
        return RemoteProtocolError(f"SSH was broken off: {reason}", rule="RFC 4253")
    if isinstance(error, asyncssh.ConnectionLost):
        return ConnectionLost("the connection ended" if reason == "Connection lost" else reason)
    if error.code == asyncssh.DISC_BY_APPLICATION:
        return ConnectionLost(f"the peer ended the connection: {reason}")
    return PeerRefused(f"the peer ended the connection: {reason}", code=error.code, text=reason)
