"""Whose host key is trusted: known_hosts, a pinned fingerprint, or what the caller allows (RFC 4251 §4.1)."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh

from netloom.errors import NetworkError, Status, UsageError
from netloom.wire import ssh

if TYPE_CHECKING:
    from collections.abc import Sequence

USER_FILE = "~/.ssh/known_hosts"
SYSTEM_FILE = "/etc/ssh/ssh_known_hosts"
ALGORITHMS = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-ed448",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
)  # fmt: skip
"""Host key algorithms, the preferred first; ssh-rsa, with SHA-1, only where OpenSSH's configuration asks for it."""
CERTIFICATES = tuple(
    name.removesuffix("@openssh.com") + "-cert-v01@openssh.com" for name in ALGORITHMS if name != "ssh-ed448"
)


_CERTIFICATE = "-cert-v01@openssh.com"
_HOST_CERTIFICATE = 2  # PROTOCOL.certkeys: SSH2_CERT_TYPE_HOST


class Trust:
    """What is known of one host's keys, and what becomes of one that isn't among them.

    `name` is as known_hosts has it: the host, or `[host]:port`. `policy` is the option's word.
    """

    def __init__(self, host: str, port: int | None, policy: str, store: Path) -> None:
        self.name = host if port is None else f"[{host}]:{port}"
        self._host = host
        self.policy = policy
        self.known: list[asyncssh.SSHKey] = []
        self.authorities: list[asyncssh.SSHKey] = []
        self.revoked: list[asyncssh.SSHKey] = []
        self._store = store

    @classmethod
    def read(cls, host: str, port: int | None, policy: str, files: Sequence[str]) -> Trust:
        """What the files say of a host; without any, OpenSSH's are read. `port` is None for the usual one.

        Raises UsageError for a file that can't be read or understood.
        """
        paths = [Path(file).expanduser() for file in files or (USER_FILE, SYSTEM_FILE)]
        trust = cls(host, port, policy, paths[0])
        for path in paths:
            try:
                text = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise UsageError(f"{path} can't be read: {error.strerror}") from error
            try:
                # By name only: an address that once had a key says nothing about a name that leads there today.
                found = asyncssh.import_known_hosts(text.decode("utf-8", "surrogateescape")).match(host, "", port)
            except ValueError as error:
                raise UsageError(f"{path} is no known_hosts file: {error}") from error
            trust.known += found[0]
            trust.authorities += found[1]
            trust.revoked += found[2]
        return trust

    @property
    def algorithms(self) -> list[str]:
        """What to ask the server's key to be: types that are known first, so that it shows one of them if it has it."""
        if self.policy.startswith("SHA256:"):
            return list(ALGORITHMS)
        known = [name for key in self.known for name in _algorithms(key)]
        certificates = CERTIFICATES if self.authorities else ()
        return list(dict.fromkeys((*certificates, *(name for name in ALGORITHMS if name in known), *ALGORITHMS)))

    def check(self, key: bytes) -> None:
        """Accept a server's key (as RFC 4253 §6.6 has it), or raise NetworkError with status `tls_error`."""
        offered = ssh.fingerprint(key)
        if any(revoked.public_data == key for revoked in self.revoked):
            hint = "don't log in there: the key was stolen or retired"
            raise _refused(f"host key {offered} of {self.name} is revoked", hint)
        if self.policy.startswith("SHA256:"):
            if offered != self.policy.rstrip("="):
                raise _refused(f"host key isn't the pinned one: expected {self.policy}, offered {offered}", "")
            return
        if ssh.key_type(key).endswith(_CERTIFICATE):
            self._check_certificate(key)
            return
        if self.policy == "no" or any(known.public_data == key for known in self.known):
            return
        if self.known:
            same = [known for known in self.known if known.public_data[:16] == key[:16]] or self.known
            known = ssh.fingerprint(same[0].public_data)
            hint = f"a new machine, or somebody in between? If that is right: -O hostkey={offered}"
            raise _refused(f"host key changed: known {known}, offered {offered}", hint)
        if self.policy == "accept-new":
            self._remember(key)
            return
        hint = f"compare it with the owner's, then: -O hostkey={offered} (or once: -O hostkey=accept-new)"
        raise _refused(f"host key of {self.name} isn't known: offered {offered} ({ssh.key_type(key)})", hint)

    def _check_certificate(self, key: bytes) -> None:
        try:
            certificate: Any = asyncssh.import_certificate(_line(key))  # one of OpenSSH's, by its type
            if certificate.signing_key not in self.authorities or certificate.signing_key in self.revoked:
                raise ValueError("its authority isn't trusted")
            certificate.validate(_HOST_CERTIFICATE, self._host)
        except ValueError as error:
            hint = "known_hosts has @cert-authority lines for this host: does one have its authority's key?"
            raise _refused(f"host certificate of {self.name} isn't valid: {error}", hint) from error

    def _remember(self, key: bytes) -> None:
        line = f"{self.name} {asyncssh.import_public_key(_line(key)).export_public_key().decode().strip()}\n"
        try:
            self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._store, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                if size:  # a file whose last line has no end would swallow ours
                    file.seek(size - 1)
                    line = line if file.read(1) == b"\n" else "\n" + line
                file.write(line.encode())
        except OSError as error:
            raise UsageError(f"the host key can't be kept in {self._store}: {error.strerror}") from error


def _refused(what: str, hint: str) -> NetworkError:
    return NetworkError(f"{what}. Nothing was sent", hint=hint, status=Status.TLS_ERROR)


def _algorithms(key: asyncssh.SSHKey) -> list[str]:
    return [name.decode("ascii") for name in key.sig_algorithms]


def _line(key: bytes) -> str:
    return f"{ssh.key_type(key)} {base64.b64encode(key).decode('ascii')}"
