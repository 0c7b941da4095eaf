"""Foreign SNMP programs, each on a port of 127.0.0.1: net-snmp's agent, trap receiver and tools, and snmpsim."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.interop.peers import free_port, need, running, wait_for_udp, wait_for_words

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "looking-glass"
PROTOCOLS = {
    "md5": "MD5",
    "sha": "SHA",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}
CIPHERS = {"des": "DES", "aes": "AES", "aes192": "AES-192", "aes256": "AES-256"}
"""Our names for the protocols of version 3, and net-snmp's."""
PAIRS = [
    ("md5", "des"),
    ("sha", "aes"),
    ("sha224", "aes192"),
    ("sha256", "aes256"),
    ("sha384", "aes"),
    ("sha512", "des"),
]
"""Every digest and every cipher that net-snmp has, once at least."""
MODULES = Path("/usr/share/snmp/mibs")
"""Where Debian has net-snmp's own MIB modules."""
TRAP_ENGINE = "8000000001020304"


class Place(msgspec.Struct, frozen=True):
    """A program that is ready, its port, and what it says."""

    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def user(auth: str, priv: str) -> str:
    """The user who has these protocols."""
    return f"{auth}{priv}"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A place for a program's state."""
    with tempfile.TemporaryDirectory(prefix="netloom-snmp-") as root:
        yield Path(root)


def _environment(root: Path) -> dict[str, str]:
    """net-snmp reads and writes nothing but what we gave it."""
    return {**os.environ, "SNMP_PERSISTENT_DIR": str(root / "state"), "SNMPCONFPATH": str(root), "MIBS": ""}


@contextlib.contextmanager
def snmpd() -> Iterator[Place]:
    """net-snmp's agent, over UDP and TCP, with a user for each pair of protocols and two communities."""
    program = need("snmpd", "snmpd")
    with folder() as root:
        port = free_port(socket.SOCK_DGRAM)
        users = [
            f"createUser {user(auth, priv)} {PROTOCOLS[auth]} {PASSWORD} {CIPHERS[priv]} {PASSWORD}\n"
            f"rwuser {user(auth, priv)} priv\n"
            for auth, priv in PAIRS
        ]
        (root / "snmpd.conf").write_text(
            f"agentaddress udp:127.0.0.1:{port},tcp:127.0.0.1:{port}\n"
            f"engineID looking-glass\nrocommunity public 127.0.0.1\nrwcommunity private 127.0.0.1\n"
            f"createUser plain SHA-256 {PASSWORD}\nrwuser plain auth\n"
            f"createUser other SHA {PASSWORD} AES rabbit-hole\nrwuser other priv\n"
            f"sysServices 72\nsysContact alice@example.test\n{''.join(users)}"
        )
        log = root / "log"
        command: list[str | Path] = [program, "-f", "-Lo", "-C", "-c", root / "snmpd.conf", "-p", root / "pid", "-r"]
        with running(command, log, env=_environment(root)) as process:
            wait_for_udp(process, log, port)
            wait_for_words(process, log, "NET-SNMP version")
            yield Place(port, log)


@contextlib.contextmanager
def snmptrapd() -> Iterator[Place]:
    """net-snmp's receiver of notifications, which writes each down: `HEARD version, user or community, bindings`."""
    program = need("snmptrapd", "snmptrapd")
    with folder() as root:
        port = free_port(socket.SOCK_DGRAM)
        (root / "snmptrapd.conf").write_text(
            "authCommunity log public\n"
            f"createUser -e 0x{TRAP_ENGINE} ann SHA-256 {PASSWORD} AES {PASSWORD}\n"
            f"createUser ann SHA-256 {PASSWORD} AES {PASSWORD}\nauthUser log ann priv\n"
            "format1 HEARD1 %N %w %q %v\\n\nformat2 HEARD2 %P %v\\n\noutputOption n\n"
        )
        log = root / "log"
        command: list[str | Path] = [program, "-f", "-Lo", "-C", "-c", root / "snmptrapd.conf", "-On"]
        command += ["-p", root / "pid", f"udp:127.0.0.1:{port}"]
        with running(command, log, env=_environment(root)) as process:
            wait_for_udp(process, log, port)
            yield Place(port, log)


SIMULATED = """\
1.3.6.1.2.1.1.1.0|4|a simulated device
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1
1.3.6.1.2.1.1.3.0|67|123456
1.3.6.1.2.1.1.5.0|4|simulated
1.3.6.1.2.1.2.1.0|2|2
1.3.6.1.2.1.2.2.1.2.1|4|lo
1.3.6.1.2.1.2.2.1.2.2|4|eth0
1.3.6.1.2.1.2.2.1.5.1|66|4294967295
1.3.6.1.2.1.2.2.1.6.2|4x|001122334455
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.8.2|2|7
1.3.6.1.2.1.2.2.1.10.1|65|4294967295
1.3.6.1.2.1.4.20.1.1.127.0.0.1|64|127.0.0.1
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.4.1.9999.1.0|2|-5
1.3.6.1.4.1.9999.2.0|4x|00ff
1.3.6.1.4.1.9999.3.0|4|
"""
"""A device as snmpsim and our own content have it."""


@contextlib.contextmanager
def snmpsim(auth: str = "SHA256", priv: str = "AES192") -> Iterator[Place]:
    """snmpsim's agent, which is pysnmp's, for the device; user `ann`."""
    script = Path(sys.executable).with_name("snmpsim-command-responder")
    if not script.is_file():
        if os.environ.get("CI") == "1":
            pytest.fail("snmpsim isn't installed: pip install snmpsim")
        pytest.skip("snmpsim isn't installed: pip install snmpsim")
    with folder() as root:
        port = free_port(socket.SOCK_DGRAM)
        (root / "data").mkdir()
        (root / "cache").mkdir()
        (root / "data" / "public.snmprec").write_text(SIMULATED)
        command: list[str | Path] = [
            sys.executable, script, f"--data-dir={root / 'data'}", f"--cache-dir={root / 'cache'}",
            f"--agent-udpv4-endpoint=127.0.0.1:{port}", "--v3-user=ann", f"--v3-auth-key={PASSWORD}",
            f"--v3-auth-proto={auth}", f"--v3-priv-key={PASSWORD}", f"--v3-priv-proto={priv}",
            "--logging-method=stdout",
        ]  # fmt: skip
        if os.geteuid() == 0:
            command += ["--process-user=root", "--process-group=root"]
        log = root / "log"
        with running(command, log, env={**os.environ, "HOME": str(root), "PYTHONUNBUFFERED": "1"}) as process:
            wait_for_udp(process, log, port)
            wait_for_words(process, log, "Listening")
            yield Place(port, log)


async def tool(program: str, *arguments: str) -> str:
    """What one of net-snmp's tools prints, numbers for names; it must succeed."""
    code, said = await attempt(program, *arguments)
    assert code == 0, said
    return said


async def attempt(program: str, *arguments: str) -> tuple[int, str]:
    """The same, however it ends."""
    with folder() as root:
        (root / "state" / "cert_indexes").mkdir(parents=True)  # otherwise it tells that it has made them
        process = await asyncio.create_subprocess_exec(
            need(program, "snmp"), *arguments, env=_environment(root), stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode(errors="replace")


def v3(auth: str = "sha256", priv: str = "aes", name: str = "ann", password: str = PASSWORD) -> list[str]:
    """The arguments of a tool that speaks version 3 as a user."""
    level = ["-l", "authPriv", "-x", CIPHERS[priv], "-X", password] if priv else ["-l", "authNoPriv"]
    return ["-v3", "-u", name, "-a", PROTOCOLS[auth], "-A", password, *level, "-On"]
