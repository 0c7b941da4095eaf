"""Foreign SFTP servers: OpenSSH's two, and ones made of paramiko and asyncssh."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_OK

from tests.interop.peers import free_port
from tests.interop.ssh_peers import PASSWORD, USER, Place, sshd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PROGRAM = "/usr/lib/openssh/sftp-server"


@contextlib.contextmanager
def openssh(folder: Path, server: str) -> Iterator[Place]:
    """OpenSSH's sshd with one of its SFTP servers, beginning in a folder `files`."""
    with sshd(folder, ("ed25519",), f"Subsystem sftp {server} -d {folder}/files") as place:
        yield place


class _Files(paramiko.SFTPServerInterface):
    """A folder, as paramiko's own stub has it."""

    root = ""

    def _real(self, path: str) -> str:
        return self.root + self.canonicalize(path)

    def list_folder(self, path: str) -> Any:
        try:
            found = []
            for place in Path(self._real(path)).iterdir():
                attributes = paramiko.SFTPAttributes.from_stat(place.stat())
                attributes.filename = place.name
                found.append(attributes)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return found

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(Path(self._real(path)).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            descriptor = os.open(self._real(path), flags | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        mode = "wb" if flags & os.O_WRONLY else "r+b" if flags & os.O_RDWR else "rb"
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = handle.writefile = os.fdopen(descriptor, mode)  # type: ignore[attr-defined]  # as its own example
        return handle

    def remove(self, path: str) -> int:
        try:
            Path(self._real(path)).unlink()
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))
        return SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        try:
            Path(self._real(oldpath)).rename(self._real(newpath))
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))
        return SFTP_OK

    def mkdir(self, path: str, attr: Any) -> int:
        Path(self._real(path)).mkdir()
        return SFTP_OK


class _Gate(paramiko.ServerInterface):
    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        return AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED


@contextlib.contextmanager
def paramiko_sftp(folder: Path) -> Iterator[int]:
    """A server made of paramiko over a folder, which serves one connection after another; its port."""
    key = paramiko.RSAKey.generate(2048)
    files = type("Files", (_Files,), {"root": str(folder)})
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)

        def serve() -> None:
            while not over.is_set():
                try:
                    accepted, _ = listening.accept()
                except OSError:
                    continue
                transport = paramiko.Transport(accepted)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
                with contextlib.suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Gate())
                transport.join(20)
                transport.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


class _Password(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@contextlib.asynccontextmanager
async def asyncssh_sftp(folder: Path) -> AsyncIterator[int]:
    """A server made of asyncssh over a folder; its port."""
    server = await asyncssh.listen(
        "127.0.0.1",
        free_port(),
        server_factory=_Password,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
    )
    try:
        yield server.get_port()
    finally:
        server.close()
        await server.wait_closed()
