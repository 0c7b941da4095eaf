"""Who does what: options asked for, agreed on and refused, without ever going round in circles (RFC 855, RFC 1143)."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from netloom.wire.telnet.codes import DO, DONT, WILL, WONT
from netloom.wire.telnet.stream import emit_negotiation


class State(Enum):
    """What is known of an option at one side (RFC 1143 §7). OPPOSITE: asked for the other before the answer came."""

    NO = "no"
    YES = "yes"
    WANT_NO = "wants no"
    WANT_NO_OPPOSITE = "wants no, then yes"
    WANT_YES = "wants yes"
    WANT_YES_OPPOSITE = "wants yes, then no"


class Change(NamedTuple):
    """An option is in force from now on, or no longer: at our side, or (`ours` False) at the peer's."""

    option: int
    ours: bool
    on: bool


class Options:
    """All options of a connection. `ours` are those that we do when we are asked, `theirs` those that the peer may do.

    What is to be sent is collected; `unsent` gives it.
    """

    def __init__(self, ours: frozenset[int] = frozenset(), theirs: frozenset[int] = frozenset()) -> None:
        self.accepted = {True: ours, False: theirs}
        self._states: dict[tuple[bool, int], State] = {}
        self._unsent = bytearray()

    def state(self, option: int, *, ours: bool) -> State:
        return self._states.get((ours, option), State.NO)

    def on(self, option: int, *, ours: bool) -> bool:
        """Whether an option is in force. One that is to be ended is, until the peer has agreed."""
        return self.state(option, ours=ours) in (State.YES, State.WANT_NO, State.WANT_NO_OPPOSITE)

    def all_on(self, *, ours: bool) -> list[int]:
        return sorted(option for side, option in self._states if side is ours and self.on(option, ours=ours))

    def unsent(self) -> bytes:
        """What is to be sent now."""
        unsent, self._unsent = bytes(self._unsent), bytearray()
        return unsent

    def ask(self, option: int, *, ours: bool, on: bool) -> None:
        """Ask for an option, or for its end. The answer may take its time; asking again meanwhile changes the wish."""
        state = self.state(option, ours=ours)
        following = (_ASK_ON if on else _ASK_OFF).get(state)
        if following is None:
            return
        self._states[ours, option] = following
        if state in (State.NO, State.YES):
            self._send(option, ours=ours, on=on)

    def received(self, verb: int, option: int) -> Change | None:
        """The peer said WILL, WONT, DO or DONT; what that changes, if anything."""
        ours = verb in (DO, DONT)
        state = self.state(option, ours=ours)
        if verb in (WILL, DO):
            return self._agreed(option, ours, state)
        return self._refused(option, ours, state)

    def _agreed(self, option: int, ours: bool, state: State) -> Change | None:
        if state is State.NO:
            accepts = option in self.accepted[ours]
            self._send(option, ours=ours, on=accepts)
            if accepts:
                self._states[ours, option] = State.YES
                return Change(option, ours, True)
            return None
        following = _AFTER_YES[state]
        self._states[ours, option] = following
        if state is State.WANT_YES_OPPOSITE:
            self._send(option, ours=ours, on=False)
        if state is State.WANT_NO:
            return Change(option, ours, False)
        return Change(option, ours, True) if state is State.WANT_YES else None

    def _refused(self, option: int, ours: bool, state: State) -> Change | None:
        if state is State.NO:
            return None
        following = _AFTER_NO[state]
        self._states[ours, option] = following
        if state is State.YES:
            self._send(option, ours=ours, on=False)
        elif state is State.WANT_NO_OPPOSITE:
            self._send(option, ours=ours, on=True)
        was_on = state in (State.YES, State.WANT_NO, State.WANT_NO_OPPOSITE)
        return Change(option, ours, False) if was_on else None

    def _send(self, option: int, *, ours: bool, on: bool) -> None:
        verb = (WILL if on else WONT) if ours else (DO if on else DONT)
        self._unsent += emit_negotiation(verb, option)


_ASK_ON = {
    State.NO: State.WANT_YES,
    State.WANT_NO: State.WANT_NO_OPPOSITE,
    State.WANT_YES_OPPOSITE: State.WANT_YES,
}
_ASK_OFF = {
    State.YES: State.WANT_NO,
    State.WANT_NO_OPPOSITE: State.WANT_NO,
    State.WANT_YES: State.WANT_YES_OPPOSITE,
}
_AFTER_YES = {
    State.YES: State.YES,
    State.WANT_NO: State.NO,  # a peer that answers DONT by WILL; RFC 1143 lets it be
    State.WANT_NO_OPPOSITE: State.YES,
    State.WANT_YES: State.YES,
    State.WANT_YES_OPPOSITE: State.WANT_NO,
}
_AFTER_NO = {
    State.YES: State.NO,
    State.WANT_NO: State.NO,
    State.WANT_NO_OPPOSITE: State.WANT_YES,
    State.WANT_YES: State.NO,
    State.WANT_YES_OPPOSITE: State.NO,
}
