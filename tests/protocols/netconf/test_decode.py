"""What NETCONF's passive decoder says of a dialogue."""

from __future__ import annotations

import pytest

from netloom.protocols.netconf.decode import Decoder
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import BASE, BASE_10, BASE_11, Hello, Notification, Reply, Rpc, RpcError
from netloom.wire.netconf.xml import Node, container


def hello(*names: str, session: int | None = None) -> bytes:
    return framing.emit(messages.emit_hello(Hello(names, session)), chunked=False)


LOCK = container("lock", BASE, container("target", BASE, Node("running", BASE)))
ASKED = [
    messages.emit_rpc(Rpc(LOCK, {"message-id": "1"})),
    messages.emit_rpc(Rpc(Node("get", BASE), {"message-id": "2"})),
]
ANSWERED = [
    messages.emit_reply(Reply({"message-id": "1"}, errors=(RpcError(tag="lock-denied"),))),
    messages.emit_reply(Reply({"message-id": "2"}, content=(Node("data", BASE),))),
    messages.emit_reply(Reply({"message-id": "3"}, is_ok=True)),
    messages.emit_notification(Notification("2026-01-01T00:00:00Z", Node("netconf-config-change", "urn:x"))),
]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_dialogue_in_words(size: int, chunked: bool) -> None:
    names = (BASE_10, BASE_11) if chunked else (BASE_10,)
    decoder, said = Decoder(), []
    for who, data in (
        ("server", hello(*names, session=4)), ("client", hello(*names)),
        ("client", b"".join(framing.emit(one, chunked=chunked) for one in ASKED)),
        ("server", b"".join(framing.emit(one, chunked=chunked) for one in ANSWERED)),
    ):  # fmt: skip
        for at in range(0, len(data), size):
            said += decoder.feed(who, data[at : at + size])
    count = len(names)
    assert [one.words for one in said] == [
        f"hello: session 4, {count} capabilities", f"hello: {count} capabilities", "1 lock running", "2 get",
        "1 error lock-denied", f"2 data, {len(ANSWERED[1])} bytes", "3 ok",
        "notification netconf-config-change at 2026-01-01T00:00:00Z",
    ]  # fmt: skip


def test_inside_ssh_nothing_is_seen() -> None:
    decoder = Decoder()
    assert [said.words for said in decoder.feed("server", b"SSH-2.0-x\r\n")] == ["SSH-2.0-x"]


def test_what_is_no_netconf() -> None:
    decoder = Decoder()
    assert decoder.feed("server", b"hello]]>]]>")[0].words.startswith("no NETCONF: no well-formed XML")
    assert decoder.feed("server", b"more")[0].words == "4 bytes"
