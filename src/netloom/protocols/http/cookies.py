"""The client's cookies: those of a file, those that were given, and those that servers set (RFC 6265bis)."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.protocols.http.places import is_private_way
from netloom.wire.http import cookies, jar
from netloom.wire.http.cookies import Cookie, Origin
from netloom.wire.http.forms import parse_field

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.protocols.http.options import Options

_FILE_LIMIT = 16 << 20


class Cookies:
    """A jar for one client. The file is read when it is made; `save` writes it where something changed."""

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        self._file = Path(options.cookies) if options.cookies else None
        self._jar = self._load() if self._file is not None and self._file.exists() else jar.Jar()
        self._given = [self._cookie(text, endpoint) for text in options.cookie]

    def for_request(self, place: Endpoint) -> str:
        """What Cookie says in a request; empty for none."""
        origin = _origin(place)
        kept = self._jar.for_request(origin, time.time())
        given = cookies.emit([cookie for cookie in self._given if cookies.is_for(cookie, origin, time.time())])
        return "; ".join(part for part in (given, kept) if part)

    def take(self, fields: list[str], place: Endpoint) -> None:
        """Keep what a response's Set-Cookie fields say."""
        origin = _origin(place)
        for field in fields:
            self._jar.take(field, origin, time.time())

    def save(self) -> None:
        """Write the file, whole or not at all, for its owner's eyes only. Raises UsageError."""
        if self._file is None or not self._jar.changed:
            return
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{self._file.name}.", dir=self._file.parent)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(jar.emit_file(self._jar))
                Path(name).replace(self._file)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise UsageError(f"the cookie file {self._file} can't be written: {error.strerror}") from None
        self._jar.changed = False

    def _load(self) -> jar.Jar:
        try:
            with self._file.open(encoding="utf-8") as file:  # type: ignore[union-attr]  # asked before
                return jar.parse_file(file.read(_FILE_LIMIT), time.time())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the cookie file {self._file} can't be read: {error}") from None

    @staticmethod
    def _cookie(text: str, endpoint: Endpoint) -> Cookie:
        name, value = parse_field(text)
        return cookies.check(Cookie(name=name, value=value, domain=endpoint.host.lower() or "localhost"))


def _origin(place: Endpoint) -> Origin:
    return Origin(host=place.host or "localhost", path=place.path or "/", secure=is_private_way(place))
