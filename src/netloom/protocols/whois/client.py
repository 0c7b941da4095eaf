"""WHOIS, the client's side: a question, and on to whom the answer names, never twice to the same (RFC 3912)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from netloom.errors import ConnectionLost, NetworkError, PeerRefused, Phase, RemoteProtocolError, UsageError
from netloom.links.resolve import ascii_name
from netloom.protocols.whois.options import Options as WhoisOptions
from netloom.shapes import Reply
from netloom.wire import whois

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.wire.whois import Referral


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one server said. `charset` is a guess: the protocol doesn't tell."""

    server: str
    query: str
    data: bytes
    text: str
    charset: str


class Client:
    """Asks who holds what. `stopped` says why the last referral wasn't followed to its end, if it wasn't."""

    Options = WhoisOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: WhoisOptions) -> None:
        self.options = options
        self.endpoint = endpoint
        self.stopped = ""
        self._dial = dial

    def wanted(self, path: str = "") -> str:
        """What is asked for: the option, or the path."""
        return self.options.query or unquote((path or self.endpoint.path).removeprefix("/"))

    async def get(self, path: str) -> Reply:
        """The answer of the last server that knew something, as it was sent. Raises PeerRefused, NetworkError."""
        query = self.wanted(path)
        if not query.strip():
            raise UsageError("what is to be asked for?", hint=f"whois://{self.endpoint.authority}/NAME")
        answers = await self.ask(query)
        known = best(answers)
        meta: dict[str, object] = {
            "server": known.server,
            "servers": [answer.server for answer in answers],
            "found": not whois.is_nothing(known.text),
        }
        if self.stopped:
            meta["stopped"] = self.stopped
        return Reply(meta, body=_together(answers) if self.options.all else known.data)

    async def ask(self, query: str) -> list[Answer]:
        """Each server's answer, in the order in which they were asked.

        The first one's errors are raised; where a further one fails, what was learnt so far stays.
        """
        place = whois.Referral(self.endpoint.host or "localhost", self.endpoint.port or whois.PORT)
        answers = [await self._ask(None, str(place), query)]
        asked = {place}
        while (following := self._following(answers[-1], asked)) is not None:
            asked.add(following)
            try:
                where = self.endpoint.replace(host=following.host, port=following.port, socket="", zone="")
                answers.append(await self._ask(where, str(following), query))
            except (NetworkError, PeerRefused, RemoteProtocolError) as exc:
                self.stopped = f"{following}: {exc.message}"
                break
        return answers

    async def close(self) -> None:
        """The server hangs up by itself."""

    def _following(self, answer: Answer, asked: set[Referral]) -> Referral | None:
        """Whom to ask next: nobody twice, and not more than were allowed."""
        fresh = [referral for referral in whois.referrals(answer.text) if referral not in asked]
        if not fresh or not self.options.referrals:
            return None
        if len(asked) > self.options.referrals:
            self.stopped = f"{fresh[0]} isn't asked: that would be more than {self.options.referrals} referrals"
            return None
        return fresh[0]

    async def _ask(self, place: Endpoint | None, server: str, query: str) -> Answer:
        host = place.host if place is not None else self.endpoint.host
        if not query.isascii() and whois.kind_of(query) == "name":
            query = ascii_name(query)
        said = query if self.options.verbatim else whois.query_for(host, query)
        data = whois.emit_query(said)
        stream = await self._dial.stream(place)
        stream.enter(Phase.REQUEST)
        await stream.write(data)
        stream.enter(Phase.FIRST_BYTE)
        received = bytearray()
        while chunk := await stream.read():
            received += chunk
            if len(received) > self.options.max_size:
                raise RemoteProtocolError(
                    f"the answer is larger than {self.options.max_size} bytes", rule="RFC 3912 §2",
                    hint="-O max_size=BYTES takes more",
                )  # fmt: skip
        await stream.close()
        if not received:
            raise ConnectionLost(f"{server} hung up without an answer")
        text, charset = whois.decode(bytes(received))
        refused = whois.refusal(text)
        if refused is not None:
            raise PeerRefused(f"{server} says: {refused.text}", code=refused.code, text=refused.text)
        return Answer(server=server, query=said, data=bytes(received), text=text, charset=charset)


def best(answers: list[Answer]) -> Answer:
    """The last answer that knows something, or the last one."""
    return next((answer for answer in reversed(answers) if not whois.is_nothing(answer.text)), answers[-1])


def _together(answers: list[Answer]) -> bytes:
    return b"".join(f"# {answer.server}\r\n".encode() + answer.data.rstrip() + b"\r\n\r\n" for answer in answers)
