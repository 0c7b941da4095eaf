"""Files over HTTP: read whole or in parts, on conditions, listed, stored and deleted (RFC 9110 §9, §13, §14)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from netloom.accounts import Right
from netloom.contents import Exists, Forbidden, NotFound, OutOfRange, TooLarge
from netloom.links.http.messages import header
from netloom.protocols.http.access import admit
from netloom.protocols.http.downloads import describe, directory, file
from netloom.wire.http import conditional

if TYPE_CHECKING:
    from netloom.contents.files import Files
    from netloom.contents.files.tree import Entry
    from netloom.errors import NetloomError
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.wire.http.conditional import Validators

_TEXT = ("content-type", "text/plain; charset=utf-8")
_READS = frozenset({"GET", "HEAD"})
_WRITES = frozenset({"PUT", "DELETE"})
_ALLOW = ("allow", "GET, HEAD, OPTIONS, PUT, DELETE")
_CODES: dict[type[NetloomError], int] = {Forbidden: 403, NotFound: 404, Exists: 412, TooLarge: 413, OutOfRange: 416}


async def serve(exchange: Exchange, content: Files, context: Context) -> None:
    """One request to a tree of files."""
    started = time.time()
    method = exchange.request.method
    user: str | None = ""
    try:
        if method == "OPTIONS":
            await exchange.respond(204, (_ALLOW,))
        elif method not in _READS and method not in _WRITES:
            await exchange.respond(405, (_TEXT, _ALLOW), f"{method} means nothing to files\n".encode())
        else:
            right = Right.READ if method in _READS else Right.WRITE
            if len(context.accounts) or right not in context.accounts.anonymous:
                user = await admit(exchange, context, right)
            if user is not None:
                await _answer(exchange, content, context)
    except tuple(_CODES) as error:
        await exchange.respond(_CODES[type(error)], (_TEXT,), f"{error.message}\n".encode("utf-8", "backslashreplace"))
    finally:
        target = exchange.request.target.partition("?")[0]
        context.access(
            method, target, status=str(exchange.status or ""), user=user or "", size=exchange.sent, started=started
        )


async def _answer(exchange: Exchange, content: Files, context: Context) -> None:
    path = path_of(exchange.request.target, context.endpoint.path)
    method = exchange.request.method
    if method == "PUT":
        await _store(exchange, content, path)
    elif method == "DELETE":
        await _delete(exchange, content, path)
    else:
        await _read(exchange, content, context, path)


def path_of(target: str, prefix: str) -> str:
    """The path in the tree that a target means. Raises Forbidden where its octets are no UTF-8."""
    bare = target.partition("?")[0]
    prefix = prefix.rstrip("/")
    if prefix and (bare == prefix or bare.startswith(prefix + "/")):
        bare = bare[len(prefix) :]
    if "%" not in bare:
        return bare or "/"
    try:
        return unquote_to_bytes(bare).decode() or "/"
    except UnicodeDecodeError:
        raise Forbidden("a path is in UTF-8") from None


async def _read(exchange: Exchange, content: Files, context: Context, path: str) -> None:
    if path.endswith("/"):
        await _read_directory(exchange, content, context, path)
        return
    try:
        await file(exchange, content, path)
    except Forbidden:
        entry = await content.stat(path)
        if entry.kind == "file" or exchange.status:
            raise
        # From the tree's own path, not from the request's: `//elsewhere/..` must not lead there.
        place = context.endpoint.path.rstrip("/") + quote(entry.path.rstrip("/"))
        _, question, query = exchange.request.target.partition("?")
        await exchange.respond(301, (("location", f"{place}/{question}{query}"), _TEXT))


async def _read_directory(exchange: Exchange, content: Files, context: Context, path: str) -> None:
    entry = await content.stat(path)
    if entry.kind == "file":
        raise NotFound(f"{entry.path} is no directory")
    try:
        page = await content.stat(f"{entry.path}/index.html")
    except NotFound:
        if not context.options.index:
            raise Forbidden("this directory isn't listed") from None
        await directory(exchange, content, entry.path)
        return
    await file(exchange, content, page.path)


async def _store(exchange: Exchange, content: Files, path: str) -> None:
    """PUT (§9.3.4). The file appears when it is whole; a broken upload leaves what was there."""
    request = exchange.request
    if header(request.headers, "content-range") is not None:
        await exchange.respond(400, (_TEXT,), b"a part can't be stored\n")
        return
    if path.endswith("/"):
        raise Forbidden("a file's path doesn't end with /")
    present = await _present(content, path)
    if await _refused(exchange, present):
        return
    only_new = conditional.tags(header(request.headers, "if-none-match") or "") == ["*"]
    try:
        async with content.write(path, overwrite=not only_new) as sink:
            async for chunk in exchange.chunks():
                await sink.write(chunk)
    except NotFound as error:
        await exchange.respond(409, (_TEXT,), f"{error.message}\n".encode("utf-8", "backslashreplace"))
        return
    entry = await content.stat(path)
    await exchange.respond(201 if present is None else 204, (("etag", describe(entry).etag),))


async def _delete(exchange: Exchange, content: Files, path: str) -> None:
    present = await content.stat(path)
    if not await _refused(exchange, present):
        await content.delete(path)
        await exchange.respond(204)


async def _present(content: Files, path: str) -> Entry | None:
    try:
        return await content.stat(path)
    except NotFound:
        return None


async def _refused(exchange: Exchange, present: Entry | None) -> bool:
    """Whether a condition of the request forbids the change; then it is answered."""
    headers = exchange.request.headers
    validators: Validators | None = describe(present) if present is not None else None
    status = conditional.evaluate(exchange.request.method, dict(reversed(headers)).get, validators)
    if status:
        await exchange.respond(status, (_TEXT,), b"it isn't as the request's condition has it\n")
    return bool(status)
