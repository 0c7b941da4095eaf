from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.socketio.decode import Decoder, asks_for_a_session
from netloom.wire.socketio.engine import emit_payload
from tests.protocols.socketio.server import OPEN, ok
from tests.wire.test_websocket import framed

ASKED = b"GET /socket.io/?EIO=4&transport=polling&sid=SECRET HTTP/1.1\r\nHost: h\r\n\r\n"
SWITCH = b"GET /socket.io/?EIO=4&transport=websocket&sid=SECRET HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

SAID = [
    (OPEN, "session ••• · heartbeat 10 + 5 s · or websocket"),
    ("0{}", "a handshake that is none"),
    ("1", "close the session"),
    ("2", "are you there?"),
    ("3probe", "I am probe"),
    ("5", "from here on, this way"),
    ("6", "nothing"),
    ("40", "connect"),
    ('40/a,{"token":"SECRET"}', "connect /a · token •••"),
    ("41/a,", "disconnect /a"),
    ('42["a",1,{"b":"c"}]', 'event a: [1,{"b":"c"}]'),
    ('42/n,7["a\x1b"]'.replace("\x1b", "\\u001b"), "event /n a\\x1b, id 7: []"),
    ('437["x"]', 'acknowledged, id 7: ["x"]'),
    ('44{"message":"no"}', 'refused: {"message":"no"}'),
    ('451-["a",{"_placeholder":true,"num":0}]', 'event with attachments: ["a",{"_placeholder":true,"num":0}]'),
    ("42[]", "no packet: that is no EVENT: 2[]"),
    ('42["a","' + "x" * 200 + '"]', 'event a: ["' + "x" * 58 + "…"),
]


def words(decoder: Decoder, sender: str, data: bytes, step: int = 0) -> list[str]:
    step = step or len(data)
    return [said.words for at in range(0, len(data), step) for said in decoder.feed(sender, data[at : at + step])]


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize(("message", "shown"), SAID)
def test_in_a_websocket(message: str, shown: str, step: int) -> None:
    decoder = Decoder()
    head = words(decoder, "client", SWITCH)
    assert head[0] == "GET /socket.io/?EIO=4&transport=websocket&sid=••• HTTP/1.1"
    answer = words(decoder, "server", SWITCHED + framed(1, message.encode()) + framed(2, b"x"), step)
    assert answer[0] == "HTTP/1.1 101 Switching Protocols"
    assert answer[-2:] == [shown, "an attachment, 1 bytes"]
    assert words(decoder, "client", framed(1, message.encode(), mask=b"\1\2\3\4"), step) == [shown]


@pytest.mark.parametrize("step", [0, 1])
def test_polled(step: int) -> None:
    decoder = Decoder()
    words(decoder, "client", ASKED)
    messages: list[str | bytes] = [message for message, _ in SAID]
    said = words(decoder, "server", ok(emit_payload([*messages, b"\xff"])), step)
    assert said[-len(messages) - 1 :] == [*[shown for _, shown in SAID], "an attachment, 1 bytes"]
    post = (
        ok("x")
        .replace(b"HTTP/1.1 200 OK", b"POST /socket.io/?sid=SECRET HTTP/1.1")
        .replace(b"1\r\n\r\nx", b"2\r\n\r\n40")
    )
    assert words(decoder, "client", post, step)[-1] == "connect"
    assert not any("SECRET" in line for line in said)


def test_other_frames() -> None:
    decoder = Decoder()
    words(decoder, "server", SWITCHED)
    said = framed(1, b'42["a', last=False) + framed(9, b"x") + framed(0, b'"]') + framed(8, b"\x03\xe8bye\x1b")
    assert words(decoder, "server", said) == ["WebSocket ping", "event a: []", "close 1000 bye\\x1b"]
    assert words(decoder, "server", framed(1, b"4", compressed=True)) == ["compressed, 1 bytes"]
    assert words(decoder, "client", framed(10, b"") + framed(11, b"") + framed(1, b"x")) == [
        "WebSocket pong", "frame of kind 11", "no packet: x",
    ]  # fmt: skip
    long = words(decoder, "server", framed(1, b"4" + b"x" * 100_000))
    assert long == ["4: 65536 characters and more"]


def test_what_is_no_payload() -> None:
    decoder = Decoder()
    words(decoder, "client", ASKED)
    said = words(decoder, "server", ok("hello") + ok("ok") + ok("\x1e".join(["2"] * 60)))
    assert [line for line in said if line.startswith(("are", "and", "no"))] == ["are you there?"] * 50 + [
        "and 10 more packets"
    ]


def test_recognised() -> None:
    assert asks_for_a_session(ASKED)
    assert asks_for_a_session(b"POST /x?a=b&EIO=4 HTTP/1.1\r\n")
    assert not asks_for_a_session(ASKED.replace(b"EIO=4", b"EIO=40"))
    assert not asks_for_a_session(b"GET / HTTP/1.1\r\nReferer: /?EIO=4\r\n")


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=200)), max_size=20))
def test_it_never_raises(pieces: list[tuple[str, bytes]]) -> None:
    switched, fresh = Decoder(), Decoder()
    switched.feed("server", SWITCHED)
    for sender, data in pieces:
        switched.feed(sender, data)
        fresh.feed(sender, data)
