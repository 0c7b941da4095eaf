"""DNS, the client's side: questions over UDP, TCP, TLS and HTTPS, transfers and updates (RFC 1035, 2136, 5936)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import LocalProtocolError, RemoteProtocolError, Unsupported, UsageError
from netloom.links.dial import Dialler
from netloom.protocols.dns.answers import described, entry, flags_of, raise_for
from netloom.protocols.dns.options import Options as DnsOptions
from netloom.protocols.dns.options import template
from netloom.protocols.dns.target import Target, target
from netloom.protocols.dns.ways import Heard, Https, Streamed, Tally, over_udp
from netloom.shapes import Reply
from netloom.wire.dns import codes, tsig
from netloom.wire.dns.edns import CLIENT_COOKIE, cookie_is_whole
from netloom.wire.dns.message import CLASSIC_UDP, HEADER_SIZE, Message, Question, Record, emit
from netloom.wire.dns.names import ROOT, to_text
from netloom.wire.dns.query import Query, Template
from netloom.wire.dns.transfer import Transfer
from netloom.wire.dns.update import update

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.endpoint import Endpoint
    from netloom.records import Entry

UPDATE_LIMIT = 1 << 20
"""Bytes of an update's text."""
_TRANSFERS = (codes.AXFR, codes.IXFR)


class Client:
    """Asks a name server. Every question over UDP has a socket, a port and an id of its own."""

    Options = DnsOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: DnsOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.target = target(endpoint.path, endpoint.query)
        self.tally = Tally()
        self._dial = dial
        self._spent = False
        self._encrypted = endpoint.scheme != "dns"
        self._template = template(options, self._encrypted)
        self._cookie = b""
        self._stream: Streamed | None = None
        self._https: Https | None = None

    async def ask(self, question: Question) -> Heard:
        """The response to one question, whatever its rcode; over TCP where a datagram has no room for it."""
        if question.rdtype in _TRANSFERS:
            raise UsageError("a zone transfer is a list", hint=f"netloom list {self.endpoint}")
        form = self._template
        if self._encrypted or self.options.transport == "tcp":
            return await self._over_stream(question, form)
        heard = await self._over_udp(question, form)
        message = heard.message
        if message.flags & 15 == 0 and not message.flags & codes.TC and heard.kept_case:
            return heard
        rcode = message.rcode
        if rcode in (codes.FORMERR, codes.NOTIMP) and heard.message.edns is None and form.edns is not None:
            form = Template(form.flags, None)  # it doesn't know EDNS (RFC 6891 §7)
            heard = await self._over_udp(question, form)
        elif rcode == codes.BADCOOKIE and len(self._cookie) > CLIENT_COOKIE:
            heard = await self._over_udp(question, form)  # with the cookie that it has given us now (RFC 7873 §5.3)
        truncated = heard.message.has(codes.TC)
        if self.options.transport or not (truncated or not heard.kept_case):
            return heard
        # TCP can't be forged from outside: a name in another case than we asked for is good enough there.
        more = await self._over_stream(question, form)
        return msgspec.structs.replace(more, truncated=truncated, kept_case=heard.kept_case)

    async def get(self, path: str) -> Reply:
        """The answers to all questions of the path as one value. Raises PeerRefused with the rcode's name."""
        value: dict[str, Any] = {"rcode": "NOERROR", "flags": [], "answers": [], "authority": [], "additional": []}
        meta: dict[str, Any] = {}
        for question in self._target(path).questions:
            heard = await self.ask(question)
            message = heard.message
            raise_for(message, question)
            meta = {"transport": heard.transport, "size": len(heard.data), "truncated": heard.truncated}
            value["flags"] = flags_of(message)
            for section in ("answers", "authority", "additional"):
                records = [described(record) for record in getattr(message, section) if record.rdtype != codes.TSIG]
                value[section] += [record for record in records if record not in value[section]]
        return Reply(meta, value=value)

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Update a zone (RFC 2136): lines `add NAME TTL TYPE DATA`, `delete NAME [TYPE [DATA]]`, `prereq …`.

        Raises PeerRefused, and UsageError for lines that say nothing.
        """
        if self.endpoint.scheme == "doh":
            raise Unsupported("HTTPS is for questions", hint=f"dns://{self.endpoint.host}/ZONE")
        zone = self._target(path).name
        message = await _update(zone, body)
        number = int.from_bytes(os.urandom(2))
        data = emit(message.replace(id=number))
        query = Query(number, data, message.questions[0], data[HEADER_SIZE : HEADER_SIZE + len(zone) + 4])
        small = len(data) <= CLASSIC_UDP and not self._encrypted and self.options.transport != "tcp"
        heard = await self._exchange(query, self._datagram if small else self._kept_stream().ask)
        raise_for(heard.message, query.question)
        return Reply({"transport": heard.transport}, value={"zone": to_text(zone), "changes": len(message.authority)})

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """Transfer a zone, or with `?type=IXFR&serial=N` what has changed in it since: an entry a record.

        Raises PeerRefused, RemoteProtocolError for a transfer that isn't one.
        """
        if self.endpoint.scheme == "doh":
            raise Unsupported("a zone transfer needs a stream", hint=f"dns://{self.endpoint.host} or dot://")
        wanted = self._target(path)
        query = _transfer(wanted)
        chain = self._chain() if self.endpoint.user else None
        if chain is not None:
            query = msgspec.structs.replace(query, data=chain.sign(query.data, int(time.time())))
        way = self._kept_stream()
        await way.send(query)
        state = Transfer(wanted.name, wanted.serial)
        while not state.done:
            heard = await way.next(query)
            raise_for(heard.message, query.question)
            if chain is not None:
                check(chain, heard)
            if not heard.message.answers:
                raise RemoteProtocolError("a message of a transfer has no records", rule="RFC 5936 §2.2")
            for record in heard.message.answers:
                change = state.take(record)
                if change is not None:
                    yield entry(record, change if state.incremental else "")
            state.message_ends()

    async def close(self) -> None:
        """Close what is kept open; DNS has no word for goodbye."""
        if self._stream is not None:
            await self._stream.close()
        if self._https is not None:
            await self._https.close()

    # Inside

    def _target(self, path: str) -> Target:
        return self.target if path in ("", self.endpoint.path) else target(path, self.endpoint.query)

    def _query(self, question: Question, form: Template) -> Query:
        """A question with an id, a cookie and a case of letters that nobody can guess."""
        name = question.name
        noise = os.urandom(2 + CLIENT_COOKIE + len(name))
        number = noise[0] << 8 | noise[1]
        if self._encrypted:
            return form.query(number, question)
        cookie = b""
        if form.edns is not None and self.options.cookie:
            cookie = self._cookie = self._cookie or noise[2:10]
            if len(cookie) > CLIENT_COOKIE:
                form = _sized(form, cookie)
        return form.query(number, question, noise[10:] if self.options.mix_case else b"", cookie)

    async def _over_udp(self, question: Question, form: Template) -> Heard:
        query = self._query(question, form)
        heard = await (self._exchange(query, self._datagram) if self.endpoint.user else self._datagram(query))
        given = heard.cookie
        if given and cookie_is_whole(given):
            self._cookie = given
        return heard

    async def _over_stream(self, question: Question, form: Template) -> Heard:
        if self._encrypted and self.options.padding:
            form = form.padded(question)
        if self.endpoint.scheme != "doh":
            return await self._exchange(self._query(question, form), self._kept_stream().ask)
        if self._https is None:
            self._https = Https(self._dial, self.endpoint, self.options)
        # The id is 0, so that the same question is the same request for caches on the way (RFC 8484 §4.1).
        return await self._exchange(form.query(0, question), self._https.ask)

    async def _exchange(self, query: Query, way: Callable[[Query], Awaitable[Heard]]) -> Heard:
        """Ask on a way, with a signature where the endpoint has a key."""
        if not self.endpoint.user:
            return await way(query)
        chain = self._chain()
        heard = await way(msgspec.structs.replace(query, data=chain.sign(query.data, int(time.time()))))
        check(chain, heard)
        return heard

    async def _datagram(self, query: Query) -> Heard:
        """From a socket of its own: the dialler's first, or that of another one which goes when the answer is there."""
        if not self._spent:
            self._spent = True
            return await over_udp(self._dial, query, self.options, self.tally)
        first = self._dial
        dial = Dialler(first.network, first.endpoint, first.options, first.trace, recording=first.recording)
        try:
            return await over_udp(dial, query, self.options, self.tally)
        finally:
            await dial.close()

    def _kept_stream(self) -> Streamed:
        if self._stream is None:
            self._stream = Streamed(self._dial, "tls" if self._encrypted else "tcp", self.tally)
        return self._stream

    def _chain(self) -> tsig.Chain:
        """The signatures by the key that user and password are."""
        secret = self.endpoint.password
        if secret is None:
            raise UsageError(f"the key {self.endpoint.user} has no secret", hint="dns://KEY:BASE64@SERVER/…")
        try:
            return tsig.Chain(tsig.key(self.endpoint.user, secret, self.options.tsig))
        except LocalProtocolError as exc:
            raise UsageError(exc.message, hint=exc.hint) from None


def check(chain: tsig.Chain, heard: Heard) -> None:
    """Raises RemoteProtocolError for an answer without a true signature; a "no" need not have one."""
    if tsig.signature(heard.message) is None and heard.message.rcode:
        return
    error = chain.check(heard.data, heard.message, int(time.time()))
    if error and not heard.message.rcode:
        raise RemoteProtocolError(f"the answer's signature isn't true: TSIG error {error}", rule="RFC 8945 §5.3")


def _sized(form: Template, cookie: bytes) -> Template:
    """The template with room for a cookie that has the server's part as well."""
    if form.edns is None:
        return form
    options = (*form.edns.options[:-1], (codes.OPTION_COOKIE, cookie))
    return Template(form.flags, msgspec.structs.replace(form.edns, options=options))


def _transfer(wanted: Target) -> Query:
    """The question for a zone, or with the serial that one has for what has changed since (RFC 1995 §3)."""
    since = wanted.serial
    question = Question(wanted.name, codes.AXFR if since is None else codes.IXFR)
    number = int.from_bytes(os.urandom(2))
    authority: tuple[Record, ...] = ()
    if since is not None:
        data = ROOT + ROOT + since.to_bytes(4) + bytes(16)
        authority = (Record(wanted.name, codes.SOA, codes.IN, 0, data),)
    data = emit(Message(number, 0, (question,), authority=authority))
    return Query(number, data, question, data[HEADER_SIZE : HEADER_SIZE + len(wanted.name) + 4])


async def _update(zone: bytes, body: AsyncIterator[bytes]) -> Message:
    text = bytearray()
    async for chunk in body:
        text += chunk
        if len(text) > UPDATE_LIMIT:
            raise UsageError(f"an update has at most {UPDATE_LIMIT} bytes")
    try:
        return update(zone, text.decode())
    except UnicodeDecodeError:
        raise UsageError("an update is text, in UTF-8") from None
    except LocalProtocolError as exc:
        raise UsageError(exc.message, hint=exc.hint) from None
