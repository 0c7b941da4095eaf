"""One socket to a server: messages that are sent until they are heard, and what answers them (RFC 7252 §4, §5.3)."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import deque
from typing import TYPE_CHECKING

from msgspec import structs

from netloom.errors import DeadlineExceeded, PeerRefused, Phase, RemoteProtocolError
from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, emit, parse

if TYPE_CHECKING:
    from netloom.links.datagrams import Datagrams
    from netloom.links.dial import Dialler
    from netloom.protocols.coap.options import CoapOptions

_RANDOM = random.SystemRandom()
STRANGERS = 1000
"""Messages that answer nothing that was asked, after which a server is given up."""
HEARD = 64
"""Answers that came lately, so that one that comes again is only confirmed again."""


class Session:
    """Asks one server one thing at a time. `repeated` counts what was sent again.

    What comes for `following`, an observation's token, while something else is asked is kept in `told`: the latest.
    """

    def __init__(self, dial: Dialler, options: CoapOptions) -> None:
        self.repeated = 0
        self.following = b""
        self.told: Message | None = None
        self._dial = dial
        self._options = options
        self._link: Datagrams | None = None
        self._last = secrets.randbelow(1 << 16)
        self._heard: deque[int] = deque(maxlen=HEARD)
        self._turn = asyncio.Lock()
        self._asked: bytes | None = None

    @property
    def peer(self) -> str:
        """Whom we talk to."""
        return self._link.peer if self._link is not None else ""

    def token(self) -> bytes:
        """One that nobody guesses (RFC 7252 §5.3.1)."""
        return secrets.token_bytes(4)

    async def ask(self, code: int, options: tuple[tuple[int, bytes], ...], payload: bytes, token: bytes) -> Message:
        """The response. Raises DeadlineExceeded when nobody answers, PeerRefused when the message is refused."""
        kind = codes.CON if self._options.confirm else codes.NON
        async with self._turn:
            return await self._exchange(Message(kind, code, self._number(), token, options, payload))

    async def tell(self, code: int, options: tuple[tuple[int, bytes], ...], payload: bytes) -> None:
        """Ask for something and want no answer; a confirmable message is sent until it is heard."""
        kind = codes.CON if self._options.confirm else codes.NON
        message = Message(kind, code, self._number(), self.token(), options, payload)
        async with self._turn:
            if kind == codes.NON:
                link = await self._bound()
                link.enter(Phase.REQUEST)
                await link.send(emit(message))
            else:
                await self._exchange(message, confirmed=True)

    async def ping(self) -> bool:
        """Whether the server refuses an empty message, as it ought to (RFC 7252 §4.3)."""
        async with self._turn:
            try:
                await self._exchange(Message(codes.CON, codes.EMPTY, self._number()))
            except PeerRefused:
                return True
            except DeadlineExceeded:
                return False
        return True

    async def next(self, patience: float) -> Message | None:
        """The next message that belongs to what is followed; None after so many seconds without one."""
        if self.told is not None:
            found, self.told = self.told, None
            return found
        try:
            async with asyncio.timeout(patience):
                while True:
                    message = await self._receive()
                    if message is not None and self._is_followed(message):
                        return message
        except TimeoutError:
            return None

    # Inside

    async def _exchange(self, message: Message, *, confirmed: bool = False) -> Message:
        """The answer; where `confirmed` is enough, that it was heard."""
        link = await self._bound()
        link.enter(Phase.REQUEST)
        self._asked = message.token
        wait = self._options.patience * _RANDOM.uniform(1, codes.ACK_RANDOM_FACTOR)
        for attempt in range(self._options.retries + 1):
            self.repeated += attempt > 0
            if attempt and message.type == codes.NON:  # the same once more would be passed over (RFC 7252 §4.5)
                message = structs.replace(message, id=self._number())
            await link.send(emit(message))
            link.enter(Phase.FIRST_BYTE)
            try:
                async with asyncio.timeout(wait * 2**attempt):
                    found = await self._answer(message)
            except TimeoutError:
                continue
            if found.code != codes.EMPTY or confirmed:
                return found
            return await self._separate(message)
        tried = self._options.retries + 1
        times = f", however often it was asked ({tried} times)" if tried > 1 else ""
        raise DeadlineExceeded(f"no answer{times}", phase=Phase.FIRST_BYTE)

    async def _separate(self, asked: Message) -> Message:
        """The answer that comes by itself, after it was only said that the request was heard (§5.2.2)."""
        try:
            async with asyncio.timeout(codes.EXCHANGE_LIFETIME):
                return await self._answer(asked, heard=True)
        except TimeoutError:
            raise DeadlineExceeded("it was heard, and no answer came", phase=Phase.FIRST_BYTE) from None

    async def _answer(self, asked: Message, *, heard: bool = False) -> Message:
        """What answers a message: its response, or that it was heard."""
        for _ in range(STRANGERS):
            message = await self._receive()
            if message is None:
                continue
            own = message.id == asked.id
            if message.type == codes.RST:
                if own:
                    raise PeerRefused("the message is refused (RST)", code="RST", hint="is it a server of CoAP?")
            elif message.type == codes.ACK and message.code == codes.EMPTY:
                if own and not heard:
                    return message
            elif message.is_response and message.token == asked.token and asked.code != codes.EMPTY:
                if message.type == codes.ACK and not own:
                    continue
                return message
            elif self._is_followed(message):
                self.told = message
        words = f"{STRANGERS} messages that don't answer what was asked: somebody forges them"
        raise RemoteProtocolError(words, rule="RFC 7252 §5.3.2")

    async def _receive(self) -> Message | None:
        """A message, confirmed or refused as it wants to be; None for one that is no news."""
        link = await self._bound()
        data = await link.receive()
        message = parse(data)
        if message.type != codes.CON:
            return message
        tokens = [self._asked, *([self.following] if self.following else [])]
        known = message.is_response and message.token in tokens
        kind = codes.ACK if known else codes.RST
        await link.send(emit(Message(kind, codes.EMPTY, message.id)))
        if not known or message.id in self._heard:
            return None
        self._heard.append(message.id)
        return message

    def _is_followed(self, message: Message) -> bool:
        return bool(self.following) and message.is_response and message.token == self.following

    def _number(self) -> int:
        self._last = (self._last + 1) & 0xFFFF
        return self._last

    async def _bound(self) -> Datagrams:
        if self._link is None:
            self._link = await self._dial.datagrams()
        return self._link
