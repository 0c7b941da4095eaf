"""A request as it is asked, and an answer before it is a message."""

from __future__ import annotations

from msgspec import Struct

from netloom.links.datagrams import Peer
from netloom.protocols.coap.observers import Observer
from netloom.protocols.coap.sites import State
from netloom.wire.coap.block import Block
from netloom.wire.coap.message import Message


class Asked(Struct, frozen=True):
    """A request, and how many octets may be answered to it."""

    message: Message
    peer: Peer
    room: int
    proven: bool


class Answer(Struct, frozen=True):
    """What is answered: a code and options, and words, or a representation of which `block` is wanted.

    `observer` is who asked, where they are told of changes from now on.
    """

    code: int
    options: tuple[tuple[int, bytes], ...] = ()
    words: str = ""
    state: State | None = None
    block: Block | None = None
    observer: Observer | None = None
