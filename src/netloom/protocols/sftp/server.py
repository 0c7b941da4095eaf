"""SFTP, the server's side: one session over a tree of files (draft-ietf-secsh-filexfer-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.accounts import Right
from netloom.contents import Forbidden, NotFound
from netloom.errors import NetloomError, RemoteProtocolError
from netloom.links.ssh.hostkeys import identity as key_identity
from netloom.protocols.sftp.answers import Answers
from netloom.protocols.sftp.handles import Refused
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.packets import Packet, Version

if TYPE_CHECKING:
    from netloom.contents.files import Files
    from netloom.links.context import Context
    from netloom.links.faults.refusing import No
    from netloom.links.ssh.session import Session
    from netloom.links.stream import Stream
    from netloom.protocols.sftp.client import SFTPOptions

_SPOKEN = (codes.POSIX_RENAME, codes.FSYNC, codes.LIMITS, codes.EXPAND_PATH)
_HELLO = Version(codes.VERSION_NUMBER, tuple((name, b"1") for name in _SPOKEN))
_LANGUAGE = b"en"


def identity(options: SFTPOptions) -> dict[str, str]:
    """The option with which a client knows this server: its host key's fingerprint. Raises UsageError."""
    return {"hostkey": key_identity(options.host_key)}


async def serve(link: Session, content: Files, context: Context) -> None:
    """One session, until the client ends it. Requests are answered one by one, in their order: whoever asks for much
    and doesn't read waits. A server that stops lets files be finished, and no others be begun."""
    stream = link.stream
    rights = {right for right in Right if context.accounts.may(link.account, right)}
    answers = Answers(content, context, link.user, frozenset(rights))
    try:
        first = await _packet(stream)
        if first is not None:
            packets.parse_version(first, codes.INIT)
            await stream.write(packets.emit_version(codes.VERSION, _HELLO))
        while first is not None and (answers.handles.transferring or not context.closing):
            data = await _packet(stream)
            if data is None:
                break
            with context.working():
                await stream.write(await _answered(answers, packets.parse_packet(data), context))
        link.exit(0)
    finally:
        await answers.handles.end()


async def _packet(stream: Stream) -> bytes | None:
    """One packet without its length, or None where the client has ended."""
    head = await stream.read(4)
    if not head:
        return None
    if len(head) < 4:
        head += await stream.read_exactly(4 - len(head))
    return await stream.read_exactly(packets.parse_size(head))


async def _answered(answers: Answers, packet: Packet, context: Context) -> bytes:
    """What a request comes to. One that isn't understood is answered, and the session goes on."""
    try:
        values = packets.fields(packet)
    except RemoteProtocolError as error:
        known = packet.kind in codes.PACKETS
        code = codes.BAD_MESSAGE if known else codes.OP_UNSUPPORTED
        return _status(packet.number, code, error.message)
    handler: Any = answers.HANDLERS.get(packet.kind)
    if handler is None:
        return _status(packet.number, codes.OP_UNSUPPORTED, "not supported here")
    no = _refusal(packet.kind, values, context)
    if no is not None:
        answers.refused(packet.kind, values, no.number)
        return _status(packet.number, no.number, no.words())
    try:
        kind, *said = await handler(answers, *values)
    except (Refused, NetloomError) as error:
        code = error.code if isinstance(error, Refused) else _code(error)
        answers.refused(packet.kind, values, code)
        return _status(packet.number, code, error.message)
    return packets.emit(kind, packet.number, *said)


def _refusal(kind: int, values: tuple[Any, ...], context: Context) -> No | None:
    """What a fault wants to be answered to a request; what begins with OPEN is OPENDIR as well."""
    about = values[0] if values and isinstance(values[0], bytes) else b""
    steps = (codes.PACKETS[kind], "OPEN") if kind == codes.OPENDIR else (codes.PACKETS[kind],)
    return context.refuses(*steps, target=about.decode("utf-8", "replace"))


def _status(number: int, code: int, words: str) -> bytes:
    return packets.emit(codes.STATUS, number, code, words.encode("utf-8", "replace"), _LANGUAGE)


def _code(error: NetloomError) -> int:
    """A refusal as version 3 has it: what is there already and what is full are failures like others."""
    if isinstance(error, RemoteProtocolError):
        return codes.BAD_MESSAGE
    if isinstance(error, NotFound):
        return codes.NO_SUCH_FILE
    if isinstance(error, Forbidden):
        return codes.PERMISSION_DENIED
    return codes.FAILURE
