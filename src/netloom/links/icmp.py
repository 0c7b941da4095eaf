"""The ICMP link: echoes to one host or requests from all, each with how it came, and what the network said about them.

Messages pass as datagrams of ICMP without IP's header, so that taps, faults and recordings hold for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from netloom.errors import ConnectError, NetloomError, Status
from netloom.links.datagrams import DatagramKind, Datagrams
from netloom.wire import icmp
from netloom.wire.icmp_words import PACKET_TOO_BIG, REDIRECT, SOURCE_QUENCH, in_words

if TYPE_CHECKING:
    from netloom.wire.icmp import Problem

_REFUSED = {4: ((3, 2), (3, 3)), 6: ((1, 4),)}
"""Types and codes with which the host itself says no."""
_TIME_EXCEEDED = {4: 11, 6: 3}


class Arrival(tuple[Any, ...]):
    """Who sent a message, as the socket module has it, and how it came.

    `ttl` is what was left of its time to live, `to` the address of ours that it was sent to, `at` when it came on the
    network's clock (seconds). `report` is set where nothing came but word of what we sent.
    """

    ttl: int | None = None
    to: str = ""
    at: float = 0.0
    report: Reported | None = None

    @classmethod
    def of(cls, place: Any, ttl: int | None, to: str = "") -> Arrival:
        """From a socket address."""
        made = cls(place)
        made.ttl = ttl
        made.to = to
        return made


class Reported(OSError):
    """Somebody on the way, or the host itself, says what became of a message of ours."""

    def __init__(self, problem: Problem, reporter: str, sequence: int | None = None) -> None:
        super().__init__(0, in_words(problem.version, problem.type, problem.code))
        self.problem = problem
        self.reporter = reporter
        self.sequence = sequence

    def as_error(self, target: str) -> NetloomError:
        """The same as what an attempt ends with."""
        problem = self.problem
        version, kind, code = problem.version, problem.type, problem.code
        words = in_words(version, kind, code)
        if problem.value and (kind == PACKET_TOO_BIG if version == 6 else (kind, code) == (3, 4)):
            words += f", the next link takes {problem.value} bytes"
        says = f"{target} says" if self.reporter == target else f"{self.reporter} says about {target}"
        refused = (kind, code) in _REFUSED[version]
        hint = ""
        if kind == _TIME_EXCEEDED[version] and code == 0:
            hint = "a route in circles, or a time to live too small for the way: -O ttl=64"
        elif "prohibited" in words:
            hint = "a firewall forbids it"
        elif not refused:
            hint = "is the address right, and does it run? Who says so is where the way ended"
        return ConnectError(f"{says}: {words}", status=Status.REFUSED if refused else Status.UNREACHABLE, hint=hint)

    @property
    def is_final(self) -> bool:
        """Whether the message is lost: a redirect or a source quench only advises."""
        return self.problem.version == 6 or self.problem.type not in (REDIRECT, SOURCE_QUENCH)


class Heard(Struct, frozen=True):
    """A message that came. `ttl` is what was left of it; `at` is when, on the network's clock (seconds)."""

    message: icmp.Message
    sender: Arrival
    size: int

    @property
    def host(self) -> str:
        """Who sent it."""
        return str(self.sender[0])


class IcmpLink(Datagrams):
    """Datagrams that are ICMP messages. A report about one of ours doesn't end the link."""

    __slots__ = ()

    kind: ClassVar[DatagramKind] = "icmp"

    @property
    def version(self) -> int:
        """IP's version."""
        return 6 if ":" in self.info("sockname")[0] else 4

    @property
    def identifier(self) -> int:
        """What tells our echoes from others'."""
        return int(self.info("sockname")[1])

    @property
    def answers_itself(self) -> bool:
        """Whether the kernel answers the requests that are heard here: then nobody else should."""
        return bool(self.info("kernel_answers"))

    @property
    def privileged(self) -> bool:
        """Whether it is a raw socket."""
        return bool(self.info("raw"))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        arrival = addr if isinstance(addr, Arrival) else Arrival.of(addr, None)
        arrival.at = self.trace.clock() if self.trace is not None else 0.0
        super().datagram_received(data, arrival)

    def error_received(self, exc: Exception) -> None:
        if not isinstance(exc, Reported):
            super().error_received(exc)
            return
        arrival = Arrival.of((exc.reporter, 0), None)
        arrival.report = exc
        self.datagram_received(b"", arrival)

    async def hear(self) -> Heard | Reported:
        """The next message, or what became of one of ours. Raises RemoteProtocolError for what is no ICMP."""
        data, sender = await self.receive_from()
        assert isinstance(sender, Arrival)  # noqa: S101  # datagram_received sees to it
        if sender.report is not None:
            return sender.report
        return Heard(icmp.parse(data, self.version), sender, len(data))
