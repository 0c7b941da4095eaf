"""Names out of first payloads: whole, in pieces, hostile."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.packet.flows.names import MOST_PROTOCOLS, MOST_QUERIES, READERS, asked, host, kind, read, shown
from netloom.packet.flows.tracked import TCP, UDP, Names
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text
from netloom.wire.ja4 import ja4
from netloom.wire.tls_hello import ClientHello, emit
from tests.packet.flows.payloads import MADE
from tests.wire.initials import crypto_frame, initial
from tests.wire.test_tls_hello import HELLO, openssl, records

ASKED = Names(server_name="example.com", alpn=("h2", "http/1.1"), ja4=ja4(HELLO))


def question(*names: str) -> bytes:
    return dns.emit(dns.Message(1, 0x100, tuple(dns.Question(from_text(name), 1) for name in names)))


@pytest.mark.parametrize("size", [1, 2, 7, 50, 1000])
def test_tls_over_several_segments(size: int) -> None:
    stream = records(emit(HELLO), 40)
    reader = READERS["tls"](TCP)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [read(reader, 0, piece) for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert reader.names == ASKED


def test_openssl() -> None:
    reader = READERS["tls"](TCP)
    assert not read(reader, 0, openssl(b"c.example", b"h2"))
    assert (reader.names.server_name, reader.names.alpn) == ("c.example", ("h2",))
    assert reader.names.ja4.startswith("t13d")
    assert reader.names.ja4[8:10] == "h2"


def test_quic_over_several_datagrams() -> None:
    message = emit(HELLO)
    reader = READERS["quic"](UDP)
    assert read(reader, 0, initial(crypto_frame(40, message[40:]), b"chosen!!"))
    assert reader.names == Names()
    assert not read(reader, 0, initial(crypto_frame(0, message[:40]), b"chosen!!", 1))
    assert reader.names == Names(server_name="example.com", alpn=("h2", "http/1.1"), ja4=ja4(HELLO, "q"))


def test_names_that_are_asked() -> None:
    reader = READERS["dns"](UDP)
    assert read(reader, 0, question("a.example.", "b.example."))
    assert read(reader, 1, question("a.example."))
    assert read(reader, 0, question("."))
    assert reader.names.queries == ("a.example", "b.example", ".")


def test_dns_over_tcp() -> None:
    stream = dns.framed(question("a.example.")) + dns.framed(question("b.example."))
    reader = READERS["dns"](TCP)
    for at in range(len(stream)):
        assert read(reader, at % 2 * 0, stream[at : at + 1])
    assert reader.names.queries == ("a.example", "b.example")
    other = READERS["dns"](TCP)
    assert read(other, 1, stream)
    assert other.names == reader.names


def test_names_are_bounded() -> None:
    reader = READERS["dns"](UDP)
    assert not read(reader, 0, question(*(f"{number}.example." for number in range(MOST_QUERIES + 10))))
    assert len(reader.names.queries) == MOST_QUERIES
    many = b"".join(bytes([3]) + b"p%02d" % number for number in range(MOST_PROTOCOLS + 10))
    long = b"n" * 5000
    name = (len(long) + 3).to_bytes(2, "big") + b"\0" + len(long).to_bytes(2, "big") + long
    hello = ClientHello(extensions=((16, len(many).to_bytes(2, "big") + many), (0, name)))
    tls = READERS["tls"](TCP)
    assert not read(tls, 0, records(emit(hello)))
    assert len(tls.names.alpn) == MOST_PROTOCOLS
    assert tls.names.server_name == "n" * 255


def test_what_no_host_is_called_is_escaped() -> None:
    assert shown(b"a.example") == "a.example"
    assert shown(b"\x1b[31m\xff \0") == "\\x1b[31m\\xff\\x20\\x00"
    assert len(shown(b"\0" * 300)) == 255


def test_what_is_broken_ends_reading_with_what_was_read() -> None:
    reader = READERS["dns"](UDP)
    assert read(reader, 0, question("a.example."))
    assert not read(reader, 0, b"\0")
    assert reader.names.queries == ("a.example",)
    with pytest.raises(RemoteProtocolError):
        reader.feed(0, b"\0")
    assert not read(READERS["tls"](TCP), 0, b"GET / HTTP/1.1\r\n")


@settings(deadline=None)
@given(st.sampled_from(sorted(READERS)), st.data())
def test_hostile(name: str, data: st.DataObject) -> None:
    chance = random.Random(data.draw(st.integers(0, 20)))
    reader = READERS[name](data.draw(st.sampled_from([TCP, UDP])))
    for _ in range(3):
        _, payload = chance.choice(MADE[name](chance))
        changed = bytearray(payload)
        for _ in range(data.draw(st.integers(0, 3))):
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        read(reader, data.draw(st.integers(0, 1)), bytes(changed) + data.draw(st.binary(max_size=20)))
        assert isinstance(reader.names, Names)


def test_a_hello_in_parts_has_the_names_of_the_whole() -> None:
    stream = records(emit(HELLO))
    whole = READERS["tls"](TCP)
    read(whole, 0, stream)
    data = HELLO.extension(0)
    assert data is not None
    assert whole.names.server_name == host(data)
    assert (kind(stream).alpn, kind(stream).ja4) == (whole.names.alpn, whole.names.ja4)
    assert kind(stream).server_name == ""


def test_broken_parts_have_no_names() -> None:
    stream = records(emit(HELLO))
    assert kind(stream[:-1]) == kind(b"GET / HTTP/1.1") == Names()
    assert host(b"") == ""
    assert host(b"\0") is None


def test_names_of_dns_are_those_that_are_typed() -> None:
    assert asked(b"\1a\7example\0") == "a.example"
    assert asked(b"\0") == "."
