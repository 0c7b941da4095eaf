"""SSH, as far as it is read here."""

from __future__ import annotations

from netloom.wire import ssh
from tests.security.parsers.parser import Parser

PARSERS = {
    "ssh greetings": Parser(ssh.parse_greeting, [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"hello\r\nSSH-1.99-x\n"]),
    "ssh packets": Parser(ssh.parse_packet, [ssh.emit_packet(b"\x14" + bytes(40))]),
}  # fmt: skip
SAID = {"ssh": [b"SSH-2.0-x\r\n" + ssh.emit_packet(b"\x14" + bytes(62))]}
