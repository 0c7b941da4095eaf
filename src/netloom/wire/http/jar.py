"""A jar of cookies with bounds, and the file format that curl and Netscape's browser share (RFC 6265bis §5.7, §7.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.wire.http import cookies
from netloom.wire.http.cookies import Cookie, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_DOMAIN = 50
TOTAL = 3000
HEADER = "# Netscape HTTP Cookie File\n"

_Key = tuple[str, bool, str, str]
_UNWRITABLE = re.compile(r"[\t\r\n\0]")


class Jar:
    """Cookies by domain, path and name. `now` is in Unix seconds everywhere. `changed`: since it was made."""

    def __init__(self, *, per_domain: int = PER_DOMAIN, total: int = TOTAL) -> None:
        self._cookies: dict[_Key, Cookie] = {}  # in the order of their creation
        self._per_domain = per_domain
        self._total = total
        self.changed = False

    def __len__(self) -> int:
        return len(self._cookies)

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self._cookies.values())

    def take(self, set_cookie: str, origin: Origin, now: float) -> Cookie | None:
        """Keep what a Set-Cookie field says; None where it is to be ignored. One that has expired deletes."""
        cookie = cookies.parse(set_cookie, origin, now)
        if cookie is None or (not origin.secure and self._would_shadow(cookie)):
            return None
        self.put(cookie, now)
        return cookie

    def put(self, cookie: Cookie, now: float) -> None:
        """Keep a cookie, in the place of one with the same name, domain and path."""
        key = (cookie.domain, cookie.host_only, cookie.path, cookie.name)
        self.changed = True
        if cookie.expires is not None and cookie.expires <= now:
            self._cookies.pop(key, None)
            return
        self._cookies[key] = cookie  # one that was there keeps its place, as its creation time is kept
        self._make_room(cookie.domain, now)

    def for_request(self, origin: Origin, now: float) -> str:
        """The Cookie field's value, longer paths first; empty for none."""
        found = [cookie for cookie in self._cookies.values() if cookies.is_for(cookie, origin, now)]
        found.sort(key=lambda cookie: -len(cookie.path))
        return cookies.emit(found)

    def _would_shadow(self, cookie: Cookie) -> bool:
        """A plain origin can't overlay a secure cookie (§5.7, step 16)."""
        return any(
            known.secure
            and known.name == cookie.name
            and (
                cookies.domain_matches(known.domain, cookie.domain)
                or cookies.domain_matches(cookie.domain, known.domain)
            )
            and cookies.path_matches(cookie.path, known.path)
            for known in self._cookies.values()
        )

    def _make_room(self, domain: str, now: float) -> None:
        if len(self._cookies) > self._total:
            for key in [
                key for key, known in self._cookies.items() if known.expires is not None and known.expires <= now
            ]:
                del self._cookies[key]
        same = [key for key, known in self._cookies.items() if known.domain == domain]
        for key in same[: max(0, len(same) - self._per_domain)]:
            del self._cookies[key]
        while len(self._cookies) > self._total:
            del self._cookies[next(iter(self._cookies))]


def parse_file(text: str, now: float) -> Jar:
    """A jar from a cookie file: seven columns separated by tabs. Raises UsageError that names the line."""
    jar = Jar()
    for number, line in enumerate(text.splitlines(), 1):
        row = line.removeprefix("#HttpOnly_")  # the rest of the line is like any other
        if not row.strip() or row.startswith("#"):
            continue
        fields = row.split("\t")
        if len(fields) != 7 or not re.fullmatch(r"\d{1,15}", fields[4], re.ASCII):
            raise UsageError(
                f"line {number} of the cookie file isn't a cookie",
                hint="seven columns between tabs: domain, TRUE (subdomains), path, TRUE (TLS), expiry, name, value",
            )
        domain, shared, path, secure, expires, name, value = fields
        jar.put(
            cookies.check(
                Cookie(
                    name=name,
                    value=value,
                    domain=domain.removeprefix(".").lower(),
                    path=path,
                    host_only=shared.upper() != "TRUE",
                    expires=float(expires) if expires != "0" else None,
                    secure=secure.upper() == "TRUE",
                    http_only=row != line,
                )
            ),
            now,
        )
    jar.changed = False
    return jar


def emit_file(jar: Jar) -> str:
    """The cookie file. As curl does, cookies of the session are kept with the expiry 0."""
    lines = [HEADER]
    for cookie in jar:
        flags = ("FALSE" if cookie.host_only else "TRUE", "TRUE" if cookie.secure else "FALSE")
        domain = cookie.domain if cookie.host_only else f".{cookie.domain}"
        expires = 0 if cookie.expires is None else int(cookie.expires)
        columns = (domain, flags[0], cookie.path, flags[1], str(expires), cookie.name, cookie.value)
        if not any(_UNWRITABLE.search(column) for column in columns):
            lines.append(f"{'#HttpOnly_' if cookie.http_only else ''}{chr(9).join(columns)}\n")
    return "".join(lines)
