"""FTP, the server's side of who is there: accounts, TLS, virtual hosts (RFC 959 §4.1.1, RFC 2228, 4217, 7151)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.protocols.ftp import ways
from netloom.protocols.ftp.session import End
from netloom.wire.ftp.replies import Reply

if TYPE_CHECKING:
    from netloom.protocols.ftp.session import Handler, Session

_ANYBODY = ("anonymous", "ftp")


async def _user(session: Session, argument: str) -> Reply:
    """Who it is. A name tells nothing about whether there is such an account."""
    session.leave()
    if not argument:
        return Reply(501, ("USER NAME",))
    if session.options.require_tls and not session.secured:
        return Reply(530, ("not without TLS: AUTH TLS",))
    if not _is_anybody(session, argument) and not _is_private(session):
        return Reply(530, ("no password without TLS: AUTH TLS",))
    session.user = argument
    return Reply(331, ("an address will do" if _is_anybody(session, argument) else "the password, please",))


async def _pass(session: Session, argument: str) -> Reply:
    if not session.user or session.entered:
        return Reply(503, ("USER comes first",))
    user = session.user
    if _is_anybody(session, user):
        if Right.READ not in session.context.accounts.anonymous:
            session.leave()
            reply = Reply(530, ("only who has an account is let in",))
            session.record("LOGIN", user, reply)
            return reply
        session.entered = True
        return Reply(230, ("welcome, whoever you are",))
    account = await session.context.accounts.authenticate(user, argument, session.host)
    if account is None:
        session.leave()
        session.failures += 1
        reply = Reply(530, ("who you are isn't shown by that",))
        session.record("LOGIN", user, reply)
        if session.failures >= session.options.max_logins:
            raise End(421, "too many failed logins")
        return reply
    session.account, session.entered = account, True
    reply = Reply(230, ("welcome",))
    session.record("LOGIN", user, reply)
    return reply


def _is_anybody(session: Session, user: str) -> bool:
    """Whether a name is nobody's in particular: without any accounts every name is."""
    accounts = session.context.accounts
    return not len(accounts) or (user.lower() in _ANYBODY and user not in accounts)


def _is_private(session: Session) -> bool:
    """Whether nobody on the way can read what is said, or that doesn't matter."""
    if session.secured or session.options.allow_plain_auth or session.context.endpoint.socket:
        return True
    try:
        return ipaddress.ip_address(session.host.partition("%")[0]).is_loopback
    except ValueError:
        return False


async def _acct(session: Session, argument: str) -> Reply:
    return Reply(202, ("accounts within accounts aren't known here",))


async def _rein(session: Session, argument: str) -> Reply:
    ways.forget(session)
    session.leave()
    return Reply(220, ("start again with USER",))


async def _quit(session: Session, argument: str) -> Reply:
    raise End(221, "goodbye")


async def _auth(session: Session, argument: str) -> Reply | None:
    """AUTH TLS (RFC 4217 §4). Whoever was logged in before isn't any more."""
    if session.secured:
        return Reply(503, ("TLS is there already",))
    if not session.context.can_secure:
        return Reply(502, ("there is no TLS here",))
    if argument.upper() not in ("TLS", "TLS-C"):
        return Reply(504, ("AUTH TLS",))
    if session.link.peek():
        # Injected by somebody in between: taken for the secured client's own if they stayed (CVE-2011-0411)
        raise End(534, "nothing may follow AUTH before the handshake")
    await session.say(Reply(234, ("begin TLS",)))
    session.mute = True
    await session.context.secure(session.link)
    session.mute = False
    ways.forget(session)
    session.leave()
    session.ready_for_protection = session.protected = False
    return None


async def _pbsz(session: Session, argument: str) -> Reply:
    """The buffer's size, which TLS has no use for (RFC 4217 §9)."""
    if not session.secured:
        return Reply(503, ("AUTH TLS comes first",))
    if not (argument.isascii() and argument.isdigit()):
        return Reply(501, ("PBSZ 0",))
    session.ready_for_protection = True
    return Reply(200, ("PBSZ=0",))


async def _prot(session: Session, argument: str) -> Reply:
    level = argument.upper()
    if not session.ready_for_protection:
        return Reply(503, ("PBSZ 0 comes first",))
    if level in ("S", "E"):
        return Reply(536, ("PROT P or PROT C",))
    if level not in ("P", "C"):
        return Reply(504, ("PROT P or PROT C",))
    if level == "C" and session.options.require_tls:
        return Reply(534, ("data is protected here: PROT P",))
    session.protected = level == "P"
    return Reply(200, ("data connections have TLS" if session.protected else "data connections are clear",))


async def _ccc(session: Session, argument: str) -> Reply:
    return Reply(534, ("TLS stays to the end",))


async def _host(session: Session, argument: str) -> Reply:
    """RFC 7151: before the login. There is one tree of files here, whatever name it is asked for by."""
    if session.entered or session.user:
        return Reply(503, ("HOST comes before USER",))
    if not argument or " " in argument:
        return Reply(501, ("HOST NAME",))
    return Reply(220, ("netloom FTP ready",))


VERBS: dict[str, Handler] = {
    "USER": _user, "PASS": _pass, "ACCT": _acct, "REIN": _rein, "QUIT": _quit, "AUTH": _auth, "PBSZ": _pbsz,
    "PROT": _prot, "CCC": _ccc, "HOST": _host,
}  # fmt: skip
