"""Who is there: capabilities, TLS, logging in, and what both sides agree on (RFC 9051 §6.1 to §6.3.1, RFC 2971)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents.mail import visitor
from netloom.errors import PeerRefused
from netloom.protocols.imap.session import SAID, End, Handler, Session, bad, needs, no, ok
from netloom.wire.imap import commands, responses
from netloom.wire.imap.responses import Condition
from netloom.wire.smtp import auth

if TYPE_CHECKING:
    from netloom.contents.mail.visitor import Visitor
    from netloom.wire.imap.commands import Command

_AGREED = {"IMAP4REV2": "IMAP4rev2", "UTF8=ACCEPT": "UTF8=ACCEPT"}
_FAILED = "who you are isn't shown by that"


async def _capability(session: Session, command: Command) -> Condition:
    session.say(responses.Capabilities(session.capabilities()))
    return ok("that is all")


async def _noop(session: Session, command: Command) -> Condition:
    if session.view is not None:
        await session.view.mailbox.refresh()
    return ok("nothing was to be done")


async def _logout(session: Session, command: Command) -> Condition:
    raise End(Condition("*", "BYE", "goodbye"), Condition(command.tag, "OK", "logged out"))


async def _starttls(session: Session, command: Command) -> Condition:
    context, link = session.context, session.link
    if session.visitor is not None or session.is_secured:
        return bad("TLS is there already, or somebody is logged in")
    if not context.can_secure:
        return bad("there is no TLS here")
    if link.peek():
        # Injected by somebody in between: taken for the secured client's own if they stayed (CVE-2011-0411)
        raise End(Condition("*", "BYE", "nothing may follow STARTTLS before the handshake"))
    session.say(Condition(command.tag, "OK", "begin TLS"))
    await session.flush()
    session.mute = True
    await context.secure(link)
    session.mute = False
    return SAID


async def _login(session: Session, command: Command) -> Condition:
    arguments = command.arguments
    if session.visitor is not None or not isinstance(arguments, commands.Login):
        return bad("somebody is logged in already")
    accounts = session.context.accounts
    if not visitor.takes_passwords(accounts, private=session.is_private):
        return no("not without TLS", "PRIVACYREQUIRED")
    if not arguments.user or not arguments.password:
        return no("a name and a password are needed", "AUTHENTICATIONFAILED")
    return await _entered(session, await visitor.enter(accounts, arguments.user, arguments.password, session.peer))


async def _authenticate(session: Session, command: Command) -> Condition:
    arguments = command.arguments
    if session.visitor is not None or not isinstance(arguments, commands.Authenticate):
        return bad("somebody is logged in already")
    accounts = session.context.accounts
    name = arguments.mechanism
    if name not in visitor.mechanisms(accounts, private=session.is_private):
        if name in visitor.mechanisms(accounts, private=True):
            return no("not without TLS", "PRIVACYREQUIRED")
        return no("this way to authenticate isn't offered", "CANNOT")
    attempt = auth.Attempt(name, arguments.initial)

    async def ask(challenge: bytes) -> bytes:
        session.say(responses.Continue(auth.encode(challenge)))
        line = await session.read_line()
        if line.text == b"*":
            raise PeerRefused("the client gave up")
        return commands.from_base64(line.text)

    try:
        known = await visitor.authenticate(attempt, accounts, session.peer, session.options.name or "localhost", ask)
    except PeerRefused:
        return bad("given up")
    return await _entered(session, known)


async def _entered(session: Session, known: Visitor | None) -> Condition:
    if known is None:
        return no(_FAILED, "AUTHENTICATIONFAILED")
    session.enter(known)
    await session.content.welcome(known.owner)
    return ok("welcome", "CAPABILITY", " ".join(session.capabilities()))


async def _id(session: Session, command: Command) -> Condition:
    session.say(responses.Identity((("name", "netloom"),)))
    return ok("nice to meet you")


@needs("user")
async def _enable(session: Session, command: Command) -> Condition:
    wanted = command.arguments.names if isinstance(command.arguments, commands.Enable) else ()
    agreed = tuple(dict.fromkeys(_AGREED[name] for name in wanted if name in _AGREED))
    if agreed:
        session.utf8 = True
    if "IMAP4rev2" in agreed:
        session.rev2 = True
        if session.view is not None:
            session.view.rev2 = True
    session.say(responses.Enabled(agreed))
    return ok("enabled")


COMMANDS: dict[str, Handler] = {
    "CAPABILITY": _capability, "NOOP": _noop, "LOGOUT": _logout, "STARTTLS": _starttls, "LOGIN": _login,
    "AUTHENTICATE": _authenticate, "ID": _id, "ENABLE": _enable,
}  # fmt: skip
