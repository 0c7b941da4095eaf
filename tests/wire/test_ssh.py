"""SSH before encryption: both ways, cut anywhere, broken anyhow."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import ssh
from netloom.wire.ssh import Greeting, KexInit, Version
from tests.fuzzing import cuts, hammer

words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)
softwares = words.filter(lambda word: not word.startswith("-"))
comments = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
versions = st.builds(Version, st.sampled_from(["2.0", "1.99"]), softwares, comments)
lines = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).filter(lambda s: s[:4] != "SSH-")
names = st.lists(words.filter(lambda word: "," not in word), max_size=5).map(tuple)
proposals = st.builds(
    KexInit,
    cookie=st.binary(min_size=16, max_size=16),
    kex=names,
    host_key=names,
    ciphers_c2s=names,
    ciphers_s2c=names,
    macs_c2s=names,
    macs_s2c=names,
    compression_c2s=names,
    compression_s2c=names,
    languages_c2s=names,
    languages_s2c=names,
    first_kex_packet_follows=st.booleans(),
)
SAMPLE = KexInit(
    cookie=bytes(range(16)),
    kex=("curve25519-sha256", "diffie-hellman-group-exchange-sha256", "ext-info-s", ssh.STRICT_SERVER),
    host_key=("rsa-sha2-512", "ssh-ed25519"),
    ciphers_c2s=("chacha20-poly1305@openssh.com", "aes128-ctr"),
    ciphers_s2c=("aes128-ctr",),
    macs_c2s=("hmac-sha2-256",),
    macs_s2c=("hmac-sha2-256",),
    compression_c2s=("none", "zlib@openssh.com"),
    compression_s2c=("none",),
)
# The public key of RFC 8709's example, and what ssh-keygen -l says of it
KEY = base64.b64decode("AAAAC3NzaC1lZDI1NTE5AAAAIJxmPv5T8nU+vcRyqBD1R9W0gBmsKjVhYkJIYVnpW4w5")


class TestGreeting:
    @given(st.builds(Greeting, versions, st.lists(lines, max_size=4).map(tuple)))
    def test_both_ways(self, greeting: Greeting) -> None:
        data = ssh.emit_greeting(greeting)
        assert cuts(ssh.parse_greeting, data) == (greeting, len(data))

    def test_real_ones(self) -> None:
        found = ssh.parse_greeting(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n\0\0")
        assert found == (Greeting(Version("2.0", "OpenSSH_9.2p1", "Debian-2+deb12u3")), 40)
        assert ssh.parse_greeting(b"SSH-2.0-\n") == (Greeting(Version("2.0", "")), 9)
        assert ssh.parse_greeting(b"SSH-1.99-Cisco-1.25\n") == (Greeting(Version("1.99", "Cisco-1.25")), 20)

    def test_lines_before_it(self) -> None:
        found = ssh.parse_greeting("Ünder repair\r\nback soon\nSSH-2.0-x\r\n".encode())
        assert found is not None
        assert found[0].lines == ("Ünder repair", "back soon")

    @pytest.mark.parametrize(
        "data",
        [
            b"\x15\x03\x01\0\x02\x02\x16",  # a TLS alert
            b"\xff\xfd\x18\xff\xfd\x20",  # telnet
            b"SSH-\r\n",
            b"SSH-2.0\r\n",
            b"SSH-2.0-" + b"x" * 250 + b"\r\n",
            b"x" * 9000,
            b"\n" * 1100,
        ],
    )
    def test_what_is_no_greeting(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError) as caught:
            ssh.parse_greeting(data)
        assert caught.value.rule == "RFC 4253 §4.2"

    @pytest.mark.parametrize(
        "greeting",
        [
            Greeting(Version("2.0", "a b")),
            Greeting(Version("2.0", "a", "b\r\nSSH-2.0-c")),
            Greeting(Version("2.0", "x" * 250)),
            Greeting(Version("2.0", "x"), ("two\r\nlines",)),
            Greeting(Version("2.0", "x"), ("SSH-1.0-y",)),
        ],
    )
    def test_illegal_ones_are_not_said(self, greeting: Greeting) -> None:
        with pytest.raises(LocalProtocolError):
            ssh.emit_greeting(greeting)

    def test_hostile_bytes(self) -> None:
        hammer(ssh.parse_greeting, [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"hello\r\nworld\nSSH-1.99-Cisco-1.25\n"])


class TestPacket:
    @given(st.binary(min_size=1, max_size=300))
    def test_both_ways(self, payload: bytes) -> None:
        data = ssh.emit_packet(payload)
        assert len(data) % 8 == 0
        assert cuts(ssh.parse_packet, data) == (payload, len(data))

    def test_chosen_padding(self) -> None:
        assert ssh.parse_packet(ssh.emit_packet(b"abc", b"\xff" * 8)) == (b"abc", 16)
        for padding in (b"", b"\0" * 3, b"\0" * 7, b"\0" * 256):
            with pytest.raises(LocalProtocolError):
                ssh.emit_packet(b"abc", padding)
        for payload in (b"", bytes(36000)):
            with pytest.raises(LocalProtocolError):
                ssh.emit_packet(payload)

    @pytest.mark.parametrize("data", [b"\x7f\xff\xff\xff\x04", b"\0\0\0\x0c\x03", b"\0\0\0\x0c\x0b", b"\0\0\0\x0d\x04"])
    def test_bad_sizes(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            ssh.parse_packet(data)

    def test_hostile_bytes(self) -> None:
        hammer(ssh.parse_packet, [ssh.emit_packet(b"\x14" + bytes(40)), ssh.emit_packet(b"\x15")])


class TestKexInit:
    @given(proposals)
    def test_both_ways(self, proposal: KexInit) -> None:
        assert ssh.parse_kexinit(ssh.emit_kexinit(proposal)) == proposal

    def test_every_cut_is_refused(self) -> None:
        whole = ssh.emit_kexinit(SAMPLE)
        for end in range(len(whole) - 4):
            with pytest.raises(RemoteProtocolError):
                ssh.parse_kexinit(whole[:end])
        assert ssh.parse_kexinit(whole + b"more") == SAMPLE

    def test_marks_are_no_methods(self) -> None:
        assert SAMPLE.strict
        assert SAMPLE.algorithms == ("curve25519-sha256", "diffie-hellman-group-exchange-sha256")
        assert ssh.agreed(("kex-strict-s-v00@openssh.com", "x", "curve25519-sha256"), SAMPLE.kex) == "curve25519-sha256"
        assert ssh.agreed(("x",), SAMPLE.kex) == ""

    @pytest.mark.parametrize("change", [{"cookie": b"short"}, {"kex": ("a,b",)}, {"kex": ("",)}, {"kex": ("ä",)}])
    def test_illegal_ones_are_not_said(self, change: dict[str, object]) -> None:
        fields = {name: getattr(SAMPLE, name) for name in SAMPLE.__struct_fields__} | change
        with pytest.raises(LocalProtocolError):
            ssh.emit_kexinit(KexInit(**fields))

    def test_hostile_bytes(self) -> None:
        hammer(ssh.parse_kexinit, [ssh.emit_kexinit(SAMPLE)])


class TestHostKey:
    @pytest.mark.parametrize(
        ("method", "number"),
        [
            ("curve25519-sha256", 31),
            ("diffie-hellman-group14-sha256", 31),
            ("diffie-hellman-group-exchange-sha256", 33),
            ("rsa2048-sha256", 30),
        ],
    )
    def test_where_it_stands(self, method: str, number: int) -> None:
        payload = bytes((number,)) + ssh.emit_string(KEY) + b"rest"
        assert ssh.parse_host_key(payload, method) == KEY
        assert ssh.parse_host_key(b"\x1f\0\0\0\0", "diffie-hellman-group-exchange-sha1") is None
        assert ssh.parse_host_key(b"", method) is None
        assert ssh.parse_host_key(payload, "") is None

    def test_its_names(self) -> None:
        assert ssh.key_type(KEY) == "ssh-ed25519"
        assert ssh.fingerprint(b"") == "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"

    def test_hostile_bytes(self) -> None:
        payload = b"\x1f" + ssh.emit_string(KEY)
        hammer(lambda data: ssh.parse_host_key(b"\x1f" + data[1:], "curve25519-sha256"), [payload])
