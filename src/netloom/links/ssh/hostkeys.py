"""A server's own host key: kept in a file that only its owner can read, or made anew for each start (RFC 4253 §7.1)."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import asyncssh

from netloom.errors import UsageError
from netloom.links import private
from netloom.wire.ssh import fingerprint

ALGORITHM = "ssh-ed25519"


def host_key(name: str) -> asyncssh.SSHKey:
    """The key that option `host_key` names: a file, `none`, or nothing for the one in the state folder.

    A file that isn't there yet is made. Raises UsageError where others could read it, or where it can't be kept.
    """
    if name == "none":
        return _fleeting()
    path = Path(name).expanduser() if name else state_file()
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            private.store(path, asyncssh.generate_private_key(ALGORITHM, comment="netloom").export_private_key())
        return _read(str(path), path.stat().st_mtime_ns)
    except OSError as error:
        hint = "-O host_key=FILE keeps it elsewhere, -O host_key=none makes a new one for each start"
        raise UsageError(f"the host key can't be kept in {path}: {error.strerror}", hint=hint) from error


def identity(name: str) -> str:
    """What people compare: `SHA256:…`. Raises UsageError as `host_key` does."""
    return fingerprint(host_key(name).public_data)


def state_file() -> Path:
    """Where the host key is kept: `$XDG_STATE_HOME/netloom/ssh/host_ed25519_key`."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "netloom" / "ssh" / "host_ed25519_key"


@functools.cache
def _fleeting() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(ALGORITHM)


@functools.lru_cache(maxsize=64)
def _read(path: str, changed: int) -> asyncssh.SSHKey:
    private.check(Path(path), "a private host key")
    try:
        return asyncssh.read_private_key(path)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise UsageError(f"{path} is no private key to serve with: {error}") from error
