"""What clients may ask for beyond RFC 2812: CAP (IRCv3 capability-negotiation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.irc.authentication import mechanisms
from netloom.wire.irc.numerics import ERR_INVALIDCAPCMD

if TYPE_CHECKING:
    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message

NAMES = (
    "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "echo-message", "extended-join",
    "invite-notify", "labeled-response", "message-tags", "multi-prefix", "server-time", "setname", "userhost-in-names",
)  # fmt: skip


def offered(session: Session) -> dict[str, str]:
    """Capabilities with their values; logging in is offered where there is anybody to log in as."""
    found = dict.fromkeys(NAMES, "")
    if ways := mechanisms(session):
        found["sasl"] = ",".join(ways)
    return dict(sorted(found.items()))


def cap(session: Session, message: Message) -> None:
    """CAP LS, LIST, REQ, END."""
    subcommand = message.params[0].upper()
    rest = message.params[1:]
    if subcommand == "LS":
        _ls(session, rest[0] if rest else "")
    elif subcommand == "LIST":
        session.from_server("CAP", session.nick or "*", "LIST", " ".join(sorted(session.caps)))
    elif subcommand == "REQ":
        _req(session, rest[0] if rest else "")
    elif subcommand == "END":
        session.negotiating = False
    else:
        session.reply(ERR_INVALIDCAPCMD, message.params[0], "Invalid CAP subcommand")


def _ls(session: Session, version: str) -> None:
    session.negotiating = session.negotiating or not session.registered
    known = offered(session)
    if version.isascii() and version.isdigit() and len(version) <= 4 and int(version) >= 302:
        session.caps.add("cap-notify")
        words = [f"{name}={value}" if value else name for name, value in known.items()]
    else:
        words = list(known)
    session.from_server("CAP", session.nick or "*", "LS", " ".join(words))


def _req(session: Session, asked: str) -> None:
    """All of them or none."""
    session.negotiating = session.negotiating or not session.registered
    known = offered(session)
    caps = set(session.caps)
    fits = True
    for word in asked.split():
        name = word.removeprefix("-")
        fits = fits and name in known and word != "-cap-notify"
        (caps.discard if word.startswith("-") else caps.add)(name)
    if fits:
        session.caps = caps
    session.from_server("CAP", session.nick or "*", "ACK" if fits else "NAK", asked)
