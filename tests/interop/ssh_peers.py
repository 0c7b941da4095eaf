"""Foreign SSH servers and agents, each on a port of 127.0.0.1: OpenSSH's sshd, Dropbear, and one made of paramiko."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.server import InteractiveQuery

from tests.interop.peers import free_port, need, running, wait_for_port, wait_for_unix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USER, PASSWORD = "ann", "can4ry pa55:word"

SSHD = """
Port {port}
ListenAddress 127.0.0.1
{host_keys}
{more}
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PidFile none
PrintMotd no
AllowTcpForwarding yes
LogLevel VERBOSE
"""


class Place(msgspec.Struct, frozen=True):
    """A server that is ready: its port, its folder, and the key that it lets in."""

    port: int
    folder: Path
    key: Path

    @property
    def fingerprints(self) -> dict[str, str]:
        """Its host keys' fingerprints, as ssh-keygen tells them."""
        found = {}
        for path in self.folder.glob("host_*.pub"):
            words = run("ssh-keygen", "-lf", path).split()
            found[path.read_text().split()[0]] = words[1]
        return found

    def known_hosts(self) -> str:
        """Lines for it, as ssh-keyscan makes them, with hashed names."""
        return run("ssh-keyscan", "-H", "-p", str(self.port), "127.0.0.1")


def run(program: str, *arguments: str | Path) -> str:
    """What a program of OpenSSH says."""
    path = need(program, "openssh-client")
    done = subprocess.run([path, *map(str, arguments)], capture_output=True, check=True, text=True, timeout=60)
    return done.stdout


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A key pair made by ssh-keygen."""
    run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", path)
    return path


@contextlib.contextmanager
def sshd(folder: Path, kinds: Sequence[str] = ("ed25519", "ecdsa", "rsa"), more: str = "") -> Iterator[Place]:
    """OpenSSH's server, for the user who runs the tests, by key only."""
    path = need("sshd", "openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    keys = [make_key(folder / f"host_{kind}", kind) for kind in kinds]
    key = make_key(folder / "user_key")
    (folder / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    place = Place(free_port(), folder, key)
    host_keys = "\n".join(f"HostKey {item}" for item in keys)
    config = folder / "sshd_config"
    config.write_text(SSHD.format(port=place.port, host_keys=host_keys, folder=folder, more=more))
    log = folder / "sshd.log"
    with running([path, "-D", "-e", "-f", config], log) as process:
        wait_for_port(process, log, place.port)
        yield place


@contextlib.contextmanager
def dropbear(folder: Path) -> Iterator[Place]:
    """Dropbear, by key only; it looks for keys in the real home of the user, so that ours gets nobody in."""
    path = need("dropbear", "dropbear-bin")
    make = need("dropbearkey", "dropbear-bin")
    host = folder / "dropbear_key"
    subprocess.run([make, "-t", "ed25519", "-f", str(host)], capture_output=True, check=True, timeout=60)
    place = Place(free_port(), folder, make_key(folder / "user_key"))
    log = folder / "dropbear.log"
    with running(
        [path, "-F", "-E", "-s", "-p", f"127.0.0.1:{place.port}", "-r", host, "-P", folder / "pid"], log
    ) as it:
        wait_for_port(it, log, place.port)
        yield place


@contextlib.contextmanager
def agent(folder: Path, key: Path) -> Iterator[str]:
    """An ssh-agent that holds one key; its socket."""
    place = folder / "agent.sock"
    log = folder / "agent.log"
    with running([need("ssh-agent", "openssh-client"), "-D", "-a", place], log) as process:
        wait_for_unix(process, log, place)
        subprocess.run(
            [need("ssh-add", "openssh-client"), "-q", str(key)],
            env={**os.environ, "SSH_AUTH_SOCK": str(place)},
            check=True,
            timeout=60,
        )
        yield str(place)


class Gate(paramiko.ServerInterface):
    """Lets `ann` in by password or by keyboard-interactive, and answers commands with their own words."""

    def __init__(self, methods: str) -> None:
        self.methods = methods
        self.tries: list[str] = []

    def get_allowed_auths(self, username: str) -> str:
        return self.methods

    def check_auth_password(self, username: str, password: str) -> int:
        self.tries.append("password")
        right = "password" in self.methods and (username, password) == (USER, PASSWORD)
        return AUTH_SUCCESSFUL if right else AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        self.tries.append("keyboard-interactive")
        query = InteractiveQuery("Hello", "Prove it")
        query.add_prompt("Secret word: ", False)
        return query if "keyboard-interactive" in self.methods else AUTH_FAILED

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return AUTH_SUCCESSFUL if responses == [PASSWORD] else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._answer, args=(channel, command), daemon=True).start()
        return True

    @staticmethod
    def _answer(channel: paramiko.Channel, command: bytes) -> None:
        channel.sendall(b"you said: " + command + b"\n")
        channel.sendall_stderr(b"on paramiko\n")
        channel.send_exit_status(5)
        channel.close()


@contextlib.contextmanager
def paramiko_server(methods: str) -> Iterator[tuple[int, Gate]]:
    """A server made of paramiko, which serves one connection after another."""
    key = paramiko.RSAKey.generate(2048)
    gate = Gate(methods)
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
                with contextlib.suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=gate)
                transport.join(20)
                transport.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1], gate
        finally:
            over.set()
            thread.join()


async def told(*command: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> tuple[int, bytes, bytes]:
    """A program's exit status, what it printed, and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate(stdin)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, out, err


def askpass(folder: Path) -> dict[str, str]:
    """What makes OpenSSH's client take the password from a program."""
    program = folder / "askpass"
    program.write_text(f"#!/bin/sh\necho '{PASSWORD}'\n")
    program.chmod(0o700)
    return {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
