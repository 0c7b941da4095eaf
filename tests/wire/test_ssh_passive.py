"""What the passive decoder says of a conversation."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from netloom.wire import ssh
from netloom.wire.ssh_passive import LIMIT, Decoder
from tests.links.ssh.test_greeting import KEY, NEWKEYS, OWN, SAID
from tests.wire.test_ssh import SAMPLE

if TYPE_CHECKING:
    from netloom.records import Said

CONVERSATION = [("client", OWN + NEWKEYS + b"secret"), ("server", SAID)]
WORDS = [
    "SSH-2.0-us",
    "key exchange proposal: curve25519-sha256, ssh-ed25519, x, x …",
    "new keys: everything is encrypted from here on",
    "6 bytes, encrypted",
    "SSH-2.0-there it is after 1 lines",
    "key exchange proposal: other, ssh-ed25519, x, x … (strict)",
    f"key exchange: the server's part, host key ssh-ed25519 {ssh.fingerprint(KEY)}",
    "new keys: everything is encrypted from here on",
    "11 bytes, encrypted",
]


def told(pieces: list[tuple[str, bytes]]) -> list[Said]:
    decoder = Decoder()
    return [said for sender, data in pieces for said in decoder.feed(sender, data)]


def test_a_conversation_in_words() -> None:
    said = told(CONVERSATION)
    assert [one.words for one in said] == WORDS
    for sender, data in CONVERSATION:
        assert sum(one.size for one in said if one.sender == sender) == len(data)


@pytest.mark.parametrize("size", [1, 5, 100])
def test_cuts_change_only_what_is_encrypted(size: int) -> None:
    pieces = [(who, data[at : at + size]) for who, data in CONVERSATION for at in range(0, len(data), size)]
    clear = [one.words for one in told(pieces) if "encrypted" not in one.words or "new keys" in one.words]
    assert clear == [words for words in WORDS if "bytes, encrypted" not in words]


def test_what_is_no_ssh() -> None:
    decoder = Decoder()
    assert decoder.feed("server", b"\x16\x03\x01")[0].words.startswith("no SSH: binary data")
    assert decoder.feed("server", b"more")[0].words == "4 bytes, encrypted"


def test_hostile_bytes_are_never_raised() -> None:
    generator = random.Random(1)
    whole = OWN + ssh.emit_packet(ssh.emit_kexinit(SAMPLE)) + NEWKEYS
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(generator.randint(1, 6)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        decoder = Decoder()
        for sender in ("client", "server"):
            decoder.feed(sender, bytes(data))
            assert len(decoder._buffers[sender]) <= LIMIT


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed("server", b"hello\n" * 1000)
    assert len(decoder._buffers["server"]) <= LIMIT
