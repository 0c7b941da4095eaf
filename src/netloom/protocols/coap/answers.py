"""What is answered to a request, method by method (RFC 7252 §5.8, RFC 7641 §4.1, RFC 7959 §2.9)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents import Forbidden, Invalid, NotFound, TooLarge
from netloom.errors import NetloomError, RemoteProtocolError
from netloom.protocols.coap.exchange import Answer, Asked
from netloom.protocols.coap.observers import Observer
from netloom.protocols.coap.sites import State
from netloom.protocols.coap.uploads import BODY_LIMIT, Refused
from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block, parse_block
from netloom.wire.coap.links import WELL_KNOWN, emit_links, matching
from netloom.wire.coap.message import Message, uint, unknown_critical

if TYPE_CHECKING:
    from netloom.protocols.coap.desk import Desk
    from netloom.protocols.coap.sites import Site

_UNDERSTOOD = (
    codes.IF_MATCH, codes.URI_HOST, codes.IF_NONE_MATCH, codes.URI_PORT, codes.URI_PATH, codes.URI_QUERY, codes.ACCEPT,
    codes.BLOCK2, codes.BLOCK1, codes.PROXY_URI, codes.PROXY_SCHEME,
)  # fmt: skip
_REGISTER, _DEREGISTER = 0, 1
_FRESH = 1.0
"""Seconds for which what discovery says is as it was."""
_DOCUMENTS = 16
_SURROGATES = range(0xD800, 0xE000)
_CODES: tuple[tuple[type[NetloomError], int], ...] = (
    (NotFound, codes.NOT_FOUND), (Forbidden, codes.METHOD_NOT_ALLOWED), (Invalid, codes.BAD_REQUEST),
    (TooLarge, codes.TOO_LARGE), (RemoteProtocolError, codes.BAD_REQUEST),
)  # fmt: skip


class Answers:
    """Answers for a site."""

    def __init__(self, site: Site, desk: Desk) -> None:
        self._site = site
        self._desk = desk
        self._documents: dict[tuple[str, ...], State] = {}
        self._until = 0.0

    def to(self, asked: Asked) -> Answer | None:
        """The answer; None for a request that is passed over."""
        message = asked.message
        bad = unknown_critical(message, _UNDERSTOOD)
        if bad is not None:
            return Answer(codes.BAD_OPTION, words=f"option {bad}") if message.type == codes.CON else None
        if message.value(codes.PROXY_URI) is not None or message.value(codes.PROXY_SCHEME) is not None:
            return Answer(codes.PROXYING_NOT_SUPPORTED)
        path = "/".join(message.texts(codes.URI_PATH))
        if any(ord(char) in _SURROGATES for char in path):
            return Answer(codes.BAD_REQUEST, words="a path is UTF-8")
        try:
            return self._carried_out(asked, path)
        except Refused as refused:
            size = [(codes.SIZE1, uint(BODY_LIMIT))] if refused.code == codes.TOO_LARGE else []
            return Answer(refused.code, tuple(size), words=refused.words)
        except (RemoteProtocolError, NotFound, Forbidden, Invalid, TooLarge) as error:
            code = next(code for kind, code in _CODES if isinstance(error, kind))
            return Answer(code, words=error.message)

    # Inside

    def _carried_out(self, asked: Asked, path: str) -> Answer:
        if asked.message.code == codes.GET:
            return self._get(asked, path)
        if asked.message.code in (codes.PUT, codes.POST, codes.DELETE):
            return self._change(asked, path)
        return Answer(codes.METHOD_NOT_ALLOWED)

    def _get(self, asked: Asked, path: str) -> Answer:
        message, observers = asked.message, self._desk.observers
        if not self._desk.context.accounts.may(None, Right.READ):
            return Answer(codes.FORBIDDEN)
        block = _block(message, codes.BLOCK2)
        wish = message.uint(codes.OBSERVE)
        observes = False
        if path == WELL_KNOWN:
            state = self._discovered(message.texts(codes.URI_QUERY))
        else:
            later = block is not None and block.number > 0
            observes = wish == _REGISTER and not later and observers.has_room(asked.peer, message.token)
            state = self._site.state(path, waits=observes)
        if wish == _DEREGISTER or (wish == _REGISTER and not observes):
            observers.remove(asked.peer, message.token)
        accepted = message.uint(codes.ACCEPT)
        if accepted is not None and state.format is not None and accepted != state.format:
            return Answer(codes.NOT_ACCEPTABLE, words=f"there is {codes.format_name(state.format)}")
        if block is not None and block.offset and block.offset >= len(state.payload):
            return Answer(codes.BAD_REQUEST, words="there is no such block")
        observer = observers.add(Observer(asked.peer, message.token, path, block)) if observes else None
        options = ((codes.OBSERVE, uint(observers.next())),) if observer is not None else ()
        if state.etag in message.values(codes.ETAG):
            return Answer(codes.VALID, (*options, (codes.ETAG, state.etag)), observer=observer)
        return Answer(codes.CONTENT, options, state=state, block=block, observer=observer)

    def _discovered(self, query: tuple[str, ...]) -> State:
        """What there is. It is put together once for all the blocks in which somebody takes it."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._documents.clear()
            self._until = now + _FRESH
        found = self._documents.get(query)
        if found is None:
            text = emit_links(matching(self._site.links(), query))
            found = State(text.encode(), codes.LINK_FORMAT)
            if len(self._documents) < _DOCUMENTS:
                self._documents[query] = found
        return found

    def _change(self, asked: Asked, path: str) -> Answer:
        message = asked.message
        if not self._desk.may_write(asked.peer):
            return Answer(codes.FORBIDDEN, words="it is only read from there")
        if path == WELL_KNOWN:
            return Answer(codes.METHOD_NOT_ALLOWED)
        block = _block(message, codes.BLOCK1)
        payload: bytes | None = message.payload
        told: tuple[tuple[int, bytes], ...] = ()
        if block is not None:
            told = ((codes.BLOCK1, emit_block(block)),)
            tag = message.values(codes.REQUEST_TAG)
            key = asked.peer, message.code, path, tag
            payload = self._desk.uploads.take(key, block, message.payload)
            if payload is None:
                return Answer(codes.CONTINUE, told)
        elif len(message.payload) > BODY_LIMIT:
            raise Refused(codes.TOO_LARGE, f"a body has at most {BODY_LIMIT} octets")
        if not self._is_as_expected(message, path):
            return Answer(codes.PRECONDITION_FAILED, told)
        if message.code == codes.DELETE:
            self._site.delete(path)
            return Answer(codes.DELETED, told)
        kind = message.uint(codes.CONTENT_FORMAT)
        if kind not in (None, codes.TEXT) and not self._site.takes_any:
            return Answer(codes.UNSUPPORTED_FORMAT, told, words=f"it is written as {codes.FORMATS[codes.TEXT]}")
        given = State(payload or b"", kind)
        self._site.write(path, given, replaces=message.code == codes.PUT, peer=_shown(asked.peer))
        return Answer(codes.CHANGED, told)

    def _is_as_expected(self, message: Message, path: str) -> bool:
        """What If-Match and If-None-Match want (RFC 7252 §5.10.8)."""
        tags = message.values(codes.IF_MATCH)
        unless = message.value(codes.IF_NONE_MATCH) is not None
        if not tags and not unless:
            return True
        try:
            etag = self._site.state(path).etag
        except NotFound:
            return not tags
        return not unless and (b"" in tags or etag in tags)


def _block(message: Message, number: int) -> Block | None:
    value = message.value(number)
    return None if value is None else parse_block(value)


def _shown(peer: object) -> str:
    if not isinstance(peer, tuple):
        return str(peer or "")
    return f"[{peer[0]}]:{peer[1]}" if ":" in str(peer[0]) else f"{peer[0]}:{peer[1]}"
