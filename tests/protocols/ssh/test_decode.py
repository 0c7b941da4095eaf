"""What the passive decoder says of a conversation: tests/wire/test_ssh_passive.py has the rest."""

from __future__ import annotations

from netloom.protocols.ssh.decode import Decoder


def test_a_greeting_in_words() -> None:
    (said,) = Decoder().feed("server", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    assert (said.words, said.sender) == ("SSH-2.0-OpenSSH_9.2p1 Debian-2", "server")
