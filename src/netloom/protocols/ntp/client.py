"""NTP, the client's side: one question, one answer, four timestamps (RFC 5905 §8)."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import Phase, RemoteProtocolError
from netloom.shapes import Reply
from netloom.wire import ntp

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler


class NtpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What NTP can be told."""

    version: Annotated[int, Meta(ge=1, le=4, description="protocol version to ask in")] = 4


class Client:
    """Asks a clock for its time."""

    Options = NtpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: NtpOptions) -> None:
        self._dial = dial
        self._options = options

    async def ask(self) -> tuple[ntp.Packet, ntp.Measurement]:
        """The answer, and what follows from it. Raises PeerRefused for a kiss-o'-death (RFC 5905 §7.4)."""
        link = await self._dial.datagrams()
        # What is sent as our time is random: the server only gives it back, and nobody can forge an answer unseen.
        asked = ntp.request(secrets.randbits(64), self._options.version)
        link.enter(Phase.REQUEST)
        sent = ntp.from_unix_ns(time.time_ns())
        await link.send(ntp.emit(asked))
        link.enter(Phase.FIRST_BYTE)
        while True:
            data = await link.receive()
            received = ntp.from_unix_ns(time.time_ns())
            answer = ntp.parse(data)
            try:
                ntp.check_response(asked, answer)
            except RemoteProtocolError:
                if answer.mode == ntp.Mode.SERVER and answer.origin != asked.transmit:
                    continue  # stale or forged: the deadline bounds how long we wait for the real one
                raise
            return answer, ntp.measure(sent, answer.receive, answer.transmit, received)

    async def get(self, path: str) -> Reply:
        """The time there (Unix seconds), its distance from ours and the way's delay (seconds)."""
        answer, measured = await self.ask()
        value = {"time": ntp.to_unix(answer.transmit), "offset": measured.offset, "delay": measured.delay}
        return Reply(
            {"stratum": answer.stratum, "reference": answer.reference_words, "leap": ntp.LEAP[answer.leap]}, value=value
        )

    async def close(self) -> None:
        """NTP has no word for goodbye; the dialler lets go of the socket."""
