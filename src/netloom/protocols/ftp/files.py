"""FTP, the server's side of a tree of files: where one stands, what is there, what is changed (RFC 959, RFC 3659)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents import Exists, Forbidden, NotFound, TooLarge
from netloom.contents.files import join
from netloom.protocols.ftp import listings, ways
from netloom.wire.ftp import facts, replies, times
from netloom.wire.ftp.replies import Reply

if TYPE_CHECKING:
    from netloom.contents.files import Entry
    from netloom.protocols.ftp.session import Handler, Session

_STATUS = 1000  # entries that STAT tells of
_FILE = Reply(501, ("which file?",))
_NOT_READ = Reply(550, ("you may not read here",))
_NOT_WRITTEN = Reply(550, ("you may not write here",))


# Where one stands


async def _pwd(session: Session, argument: str) -> Reply:
    return Reply(257, (replies.emit_quoted(session.cwd, "is where you are"),))


async def _cwd(session: Session, argument: str) -> Reply:
    if not session.may(Right.READ):
        return _NOT_READ
    entry = await session.content.stat(join(session.cwd, argument))
    if entry.kind != "directory":
        raise NotFound(f"{entry.path} is no directory")
    session.cwd = entry.path
    return Reply(250, (f"{entry.path} is where you are",))


async def _cdup(session: Session, argument: str) -> Reply:
    return await _cwd(session, "..")


# What is there


async def _size(session: Session, argument: str) -> Reply:
    """As many bytes as RETR would send; where nothing stands, as many as were kept of an upload that broke off."""
    if not argument:
        return _FILE
    if not session.may(Right.READ):
        return _NOT_READ
    if session.ascii:
        return Reply(550, ("as text its size isn't known: TYPE I",))
    path = join(session.cwd, argument)
    try:
        return Reply(213, (str((await _file(session, path)).size),))
    except NotFound:
        kept = await session.content.partial(path) if session.may(Right.WRITE) else 0
        if not kept:
            raise
        return Reply(213, (str(kept),))


async def _mdtm(session: Session, argument: str) -> Reply:
    if not argument:
        return _FILE
    if not session.may(Right.READ):
        return _NOT_READ
    return Reply(213, (times.emit((await _file(session, join(session.cwd, argument))).modified),))


async def _file(session: Session, path: str) -> Entry:
    entry = await session.content.stat(path)
    if entry.kind != "file":
        raise Forbidden(f"{path} is a directory")
    return entry


async def _mlst(session: Session, argument: str) -> Reply:
    if not session.may(Right.READ):
        return _NOT_READ
    entry = await session.content.stat(join(session.cwd, argument))
    return Reply(250, ("this is there", f" {listings.mlst(session, entry, entry.path)}", "end"))


async def _stat(session: Session, argument: str) -> Reply:
    """How the session stands, or a listing without a data connection."""
    if not argument:
        who = session.user if session.account is not None else "anybody"
        lines = [
            f" {who}{', over TLS' if session.secured else ''}",
            f" TYPE {'A' if session.ascii else 'I'}, MODE S, STRU F",
            f" data connections are {'protected' if session.protected else 'clear'}",
        ]
        return Reply(211, ("netloom FTP", *lines, "end"))
    if not session.may(Right.READ):
        return _NOT_READ
    named = listings.path_of(argument, "LIST")
    found = await listings.entries(session, named)
    if len(found) > _STATUS:
        raise TooLarge(f"that are {len(found)} entries: LIST")
    return Reply(213, (named or session.cwd, *listings.status_lines(found), "end"))


# What is changed


async def _mkd(session: Session, argument: str) -> Reply:
    path = join(session.cwd, argument)
    if not session.may(Right.WRITE):
        reply = _NOT_WRITTEN
    else:
        try:
            await session.content.make_directory(path)
        except Exists as error:
            reply = Reply(550, (error.message,))
        else:
            reply = Reply(257, (replies.emit_quoted(path, "is made"),))
    session.record("MKD", path, reply)
    return reply


async def _rmd(session: Session, argument: str) -> Reply:
    return await _remove(session, argument, "RMD", "directory")


async def _dele(session: Session, argument: str) -> Reply:
    return await _remove(session, argument, "DELE", "file")


async def _remove(session: Session, argument: str, verb: str, kind: str) -> Reply:
    path = join(session.cwd, argument)
    reply = Reply(250, (f"{path} is gone",))
    if not argument:
        return Reply(501, (f"which {kind}?",))
    if not session.may(Right.WRITE):
        reply = _NOT_WRITTEN
    elif (await session.content.stat(path)).kind != kind:
        reply = Reply(550, (f"{path} is no {kind}",))
    else:
        await session.content.delete(path)
    session.record(verb, path, reply)
    return reply


async def _rnfr(session: Session, argument: str) -> Reply:
    if not argument:
        return _FILE
    if not session.may(Right.WRITE):
        session.record("RNFR", join(session.cwd, argument), _NOT_WRITTEN)
        return _NOT_WRITTEN
    session.renaming = (await session.content.stat(join(session.cwd, argument))).path
    return Reply(350, ("and to what? RNTO",))


async def _rnto(session: Session, argument: str) -> Reply:
    source, session.renaming = session.renaming, ""
    if not source:
        return Reply(503, ("RNFR comes first",))
    if not argument:
        return _FILE
    target = join(session.cwd, argument)
    await session.content.rename(source, target)
    reply = Reply(250, (f"{target} it is",))
    session.record("RNTO", f"{source} {target}", reply)
    return reply


# How things are done


async def _type(session: Session, argument: str) -> Reply:
    """ASCII and binary (RFC 959 §3.1.1); EBCDIC has gone."""
    kind, _, form = argument.upper().partition(" ")
    if (kind == "A" and form in ("", "N")) or (kind in ("I", "L") and form in ("", "8")):
        session.ascii = kind == "A"
        return Reply(200, (f"TYPE {'A' if session.ascii else 'I'}",))
    return Reply(504 if kind in ("A", "E", "I", "L") else 501, ("TYPE A or TYPE I",))


def _only(verb: str, value: str) -> Handler:
    async def handle(session: Session, argument: str) -> Reply:
        right = argument.upper() in (value, f"{value} R")
        return Reply(200 if right else 504, (f"{verb} {value}",))

    return handle


async def _rest(session: Session, argument: str) -> Reply:
    if not (argument.isascii() and argument.isdigit() and len(argument) <= 18):
        return Reply(501, ("REST OCTETS",))
    session.offset = int(argument)
    return Reply(350, (f"from {session.offset} on",))


async def _abor(session: Session, argument: str) -> Reply:
    """A transfer that was under way has ended by now."""
    ways.forget(session)
    session.offset = 0
    return Reply(226, ("nothing is under way",))


async def _allo(session: Session, argument: str) -> Reply:
    return Reply(202, ("there is no need to",))


async def _noop(session: Session, argument: str) -> Reply:
    return Reply(200, ("yes",))


async def _clnt(session: Session, argument: str) -> Reply:
    return Reply(200, ("nice to meet you",))


async def _syst(session: Session, argument: str) -> Reply:
    return Reply(215, ("UNIX Type: L8",))


async def _site(session: Session, argument: str) -> Reply:
    if argument.upper() == "HELP":
        return Reply(214, ("there is nothing of our own",))
    return Reply(502, ("not done here",))


async def _feat(session: Session, argument: str) -> Reply:
    context = session.context
    listed = {"EPRT": "", "EPSV": "", "HOST": "", "MDTM": ""}
    listed["MLST"] = "".join(f"{fact}{'*' if fact in session.facts else ''};" for fact in facts.KNOWN)
    listed |= {"REST": "STREAM", "SIZE": "", "TVFS": "", "UTF8": ""}
    if context.can_secure or session.secured:
        listed = {"AUTH": "TLS", **listed, "PBSZ": "", "PROT": ""}
    return replies.emit_features(listed)


async def _opts(session: Session, argument: str) -> Reply:
    name, _, value = argument.partition(" ")
    if name.upper() == "UTF8" and value.upper() in ("ON", "NLST", ""):
        return Reply(200, ("names are in UTF-8",))
    if name.upper() == "MLST":
        session.facts = facts.parse_wanted(value)
        return Reply(200, (f"MLST OPTS {''.join(f'{fact};' for fact in session.facts)}",))
    return Reply(501, ("OPTS MLST, OPTS UTF8 ON",))


async def _help(session: Session, argument: str) -> Reply:
    names = sorted(session.verbs)
    rows = [" " + " ".join(names[at : at + 10]) for at in range(0, len(names), 10)]
    return Reply(214, ("these are known", *rows, "end"))


VERBS: dict[str, Handler] = {
    "PWD": _pwd, "XPWD": _pwd, "CWD": _cwd, "XCWD": _cwd, "CDUP": _cdup, "XCUP": _cdup, "SIZE": _size, "MDTM": _mdtm,
    "MLST": _mlst, "STAT": _stat, "MKD": _mkd, "XMKD": _mkd, "RMD": _rmd, "XRMD": _rmd, "DELE": _dele, "RNFR": _rnfr,
    "RNTO": _rnto, "TYPE": _type, "MODE": _only("MODE", "S"), "STRU": _only("STRU", "F"), "REST": _rest,
    "ABOR": _abor, "ALLO": _allo, "NOOP": _noop, "CLNT": _clnt, "SYST": _syst, "SITE": _site, "FEAT": _feat,
    "OPTS": _opts, "HELP": _help,
}  # fmt: skip
