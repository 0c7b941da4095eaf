"""What an attempt lived through: its phases, the addresses it tried and what TLS agreed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.records import TLS, Address


_NAMES = {phase: phase.value for phase in Phase}  # asking an enum's member for its value takes three calls


class Trace:
    """A stopwatch over disjoint phases. `clock` gives seconds; a phase that is entered twice adds up."""

    __slots__ = ("_since", "_spent", "addresses", "clock", "dialogue", "peer", "phase", "tls_of")

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.phase: Phase | None = None
        self.addresses: list[Address] = []
        self.peer = ""
        self.tls_of: Callable[[], TLS] | None = None
        # Makes a passive decoder for each link that is opened: it is fed ("client" or "server", bytes).
        self.dialogue: Callable[[], Callable[[str, bytes], None]] | None = None
        self._spent: dict[Phase, float] = {}
        self._since = 0.0

    def enter(self, phase: Phase | None) -> None:
        """From now on the time belongs to this phase (None: to none)."""
        now = self.clock()
        current = self.phase
        if current is not None:
            spent = self._spent
            spent[current] = spent.get(current, 0.0) + now - self._since
        self.phase = phase
        self._since = now

    def phases(self) -> dict[str, float]:
        """Seconds spent in each phase that was entered, the current one up to now."""
        spent = self._spent
        if self.phase is not None:
            spent = {**spent, self.phase: spent.get(self.phase, 0.0) + self.clock() - self._since}
        return {_NAMES[phase]: seconds for phase, seconds in spent.items()}

    @property
    def tls(self) -> TLS | None:
        """What the attempt's last handshake agreed on; made only when it is asked for."""
        return self.tls_of() if self.tls_of is not None else None
