"""The decoder: heads and bodies in words, cut anywhere, and no secret."""

from __future__ import annotations

import random

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection

from netloom.wire.http.passive import Decoder, is_request
from tests.fuzzing import mutate

REQUEST = (
    b"POST /a?token=canary&x=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Basic canary\r\nCookie: sid=canary\r\n"
    b"Content-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: h\r\n\r\n"
)
ANSWERS = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: sid=canary\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;x=y\r\nworld\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"
)


def heard(decoder: Decoder, sender: str, *pieces: bytes) -> list[str]:
    return [said.words for piece in pieces for said in decoder.feed(sender, piece)]


def test_a_conversation() -> None:
    decoder = Decoder()
    assert heard(decoder, "client", REQUEST) == [
        "POST /a?token=•••&x=1 HTTP/1.1",
        "Host: h",
        "Authorization: Basic •••",
        "Cookie: •••",
        "Content-Length: 5",
        "5 bytes of the body",
        "GET /b HTTP/1.1",
        "Host: h",
    ]
    assert heard(decoder, "server", ANSWERS) == [
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 200 OK",
        "Set-Cookie: •••",
        "Transfer-Encoding: chunked",
        "8 bytes of the body",
        "HTTP/1.1 304 Not Modified",
    ]


def test_what_bodies_say() -> None:
    decoder = Decoder(lambda sender, body: [f"{sender}'s {body.decode()}"])
    said = heard(decoder, "client", *(REQUEST[at : at + 1] for at in range(len(REQUEST))))
    assert said[5:11] == ["1 bytes of the body"] * 5 + ["client's hello"]
    said = heard(decoder, "server", *(ANSWERS[at : at + 1] for at in range(len(ANSWERS))))
    assert "server's worldabc" in said


def test_each_octet_of_a_head_is_counted_once() -> None:
    assert sum(said.size for said in Decoder().feed("client", REQUEST)) == len(REQUEST)


@pytest.mark.parametrize(("sender", "data"), [("client", REQUEST), ("server", ANSWERS)])
def test_cutting_changes_nothing(sender: str, data: bytes) -> None:
    def heads(*pieces: bytes) -> list[str]:
        decoder = Decoder()
        heard(decoder, "client", REQUEST) if sender == "server" else None
        return [words for words in heard(decoder, sender, *pieces) if "bytes of the body" not in words]

    def size(*pieces: bytes) -> int:
        decoder = Decoder()
        return sum(int(words.split()[0]) for words in heard(decoder, sender, *pieces) if "bytes of the body" in words)

    whole = heads(data), size(data)
    for at in range(len(data)):
        assert (heads(data[:at], data[at:]), size(data[:at], data[at:])) == whole
    single = [data[at : at + 1] for at in range(len(data))]
    assert (heads(*single), size(*single)) == whole


def test_an_answer_to_head_has_no_body() -> None:
    decoder = Decoder()
    heard(decoder, "client", b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    said = heard(decoder, "server", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end")
    assert said == ["HTTP/1.1 200 OK", "Content-Length: 500", "HTTP/1.1 200 OK", "10 bytes of the body"]


def test_after_a_switch_it_is_something_else() -> None:
    decoder = Decoder()
    heard(decoder, "client", b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
    said = heard(decoder, "server", b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi")
    assert said == ["HTTP/1.1 101 Switching Protocols", "4 bytes"]


def test_what_is_no_http() -> None:
    assert heard(Decoder(), "server", b"SSH-2.0-OpenSSH\r\n") == ["17 bytes"]
    assert heard(Decoder(), "client", b"\x16\x03\x01" + bytes(100)) == ["103 bytes"]
    decoder = Decoder()
    assert heard(decoder, "server", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000) == ["120017 bytes"]


def test_a_terminal_is_not_commanded() -> None:
    (words, field) = heard(Decoder(), "server", b"HTTP/1.1 200 \x1b[2J\r\nA: \x1b]0;x\x07\r\n\r\n")
    assert "\x1b" not in words + field
    assert "\\x1b" in words


def test_recognising() -> None:
    assert is_request(b"GET / HTTP/1.1\r\nHost")
    assert not is_request(b"GET me a coffee\r\n")
    assert not is_request(b"")


def test_http_2() -> None:
    client = H2Connection(H2Configuration(client_side=True))
    server = H2Connection(H2Configuration(client_side=False))
    decoder = Decoder()
    client.initiate_connection()
    server.initiate_connection()
    fields = [(":method", "POST"), (":path", "/x?secret=canary"), (":scheme", "https"), (":authority", "h")]
    client.send_headers(1, [*fields, ("authorization", "Bearer canary")])
    client.send_data(1, b"hello", end_stream=True)
    sent = client.data_to_send()
    said = heard(decoder, "client", *[sent[at : at + 7] for at in range(0, len(sent), 7)])
    assert said[0] == "SETTINGS"
    assert "stream 1: POST /x?secret=••• HTTP/2" in said
    assert "stream 1: authorization: Bearer •••" in said
    assert "stream 1: 5 bytes of the body, the end" in said
    server.receive_data(sent)
    server.send_headers(1, [(":status", "404"), ("set-cookie", "canary")], end_stream=True)
    server.close_connection(error_code=1)
    said = heard(decoder, "server", server.data_to_send())
    assert said[0] == "SETTINGS"
    assert "stream 1: HTTP/2 404, the end" in said
    assert "stream 1: set-cookie: •••" in said
    assert said[-1] == "GOAWAY: PROTOCOL_ERROR"


def test_an_upgrade_to_http_2() -> None:
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_upgrade_connection(H2Connection().initiate_upgrade_connection())
    decoder = Decoder()
    heard(decoder, "client", b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n")
    server.send_headers(1, [(":status", "204")], end_stream=True)
    said = heard(decoder, "server", b"HTTP/1.1 101 S\r\nUpgrade: h2c\r\n\r\n", server.data_to_send())
    assert said == ["HTTP/1.1 101 S", "Upgrade: h2c", "SETTINGS", "stream 1: HTTP/2 204, the end"]


def test_a_server_that_knows_no_http_2() -> None:
    client = H2Connection()
    client.initiate_connection()
    decoder = Decoder()
    heard(decoder, "client", client.data_to_send())
    assert heard(decoder, "server", b"HTTP/1.1 400 Bad Request\r\n\r\n") == ["HTTP/1.1 400 Bad Request"]


@pytest.mark.parametrize("sender", ["client", "server"])
def test_hostile_bytes(sender: str) -> None:
    client = H2Connection(H2Configuration(client_side=True))
    client.initiate_connection()
    client.send_headers(1, [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "h")])
    samples = [REQUEST, ANSWERS, client.data_to_send()]
    generator = random.Random(1)
    for _ in range(5000):
        data = mutate(generator, samples)
        decoder = Decoder()
        for at in range(0, len(data), 50):
            decoder.feed(sender, data[at : at + 50])
