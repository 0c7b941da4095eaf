"""SSH, as far as it is read here."""

from __future__ import annotations

from netloom.wire import ssh
from tests.security.parsers.parser import Parser

PARSERS = {
    "ssh greetings": Parser(ssh.parse_greeting, [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"hello\r\nSSH-1.99-x\n"]),
    "ssh key exchange offers": Parser(
        ssh.parse_kexinit,
        [b"\x14" + bytes(61), b"\x14" + bytes(16) + b"".join([b"\0\0\0\5a,b-c"] * 10) + b"\1" + bytes(4)],
    ),
    "ssh host keys": Parser(
        lambda said: ssh.parse_host_key(said, "curve25519-sha256"), [b"\x1f\0\0\0\x0f\0\0\0\x0bssh-ed25519" + bytes(40)]
    ),
    "ssh packets": Parser(ssh.parse_packet, [ssh.emit_packet(b"\x14" + bytes(40))]),
}  # fmt: skip
SAID = {"ssh": [b"SSH-2.0-x\r\n" + ssh.emit_packet(b"\x14" + bytes(62))]}
