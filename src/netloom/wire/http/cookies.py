"""One cookie: read from Set-Cookie, and whom it is for (RFC 6265bis §5)."""

from __future__ import annotations

import ipaddress
import re

from msgspec import Struct

from netloom.errors import LocalProtocolError
from netloom.wire.http import dates

SIZE_LIMIT = 4096
"""Octets of a cookie's name and value together (§5.6)."""
ATTRIBUTE_LIMIT = 1024
AGE_LIMIT = 400 * 86400
"""Seconds that a cookie may live at most (§5.5)."""
FOREVER = float("inf")

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SEPARATORS = re.compile(r"[\x00-\x20\x7f;,]")
_AGE = re.compile(r"-?\d+", re.ASCII)


class Cookie(Struct, frozen=True, kw_only=True):
    """A cookie as it is kept. `expires` in Unix seconds (None: with the session); `domain` has no dot before it."""

    name: str
    value: str
    domain: str
    path: str = "/"
    host_only: bool = True
    expires: float | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str = ""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a request goes. `secure` is true over TLS, and for this machine itself."""

    host: str
    path: str = "/"
    secure: bool = False


def parse(text: str, origin: Origin, now: float) -> Cookie | None:
    """The cookie that a Set-Cookie field from `origin` sets, or None where it is to be ignored (§5.7)."""
    if _CONTROL.search(text):
        return None
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", name
    name, value = name.strip(" \t"), value.strip(" \t")
    if not (name or value) or len(name) + len(value) > SIZE_LIMIT:
        return None
    given: dict[str, str] = {}
    for attribute in attributes[:64]:
        key, _, content = attribute.partition("=")
        if len(content) <= ATTRIBUTE_LIMIT:
            given[key.strip(" \t").lower()] = content.strip(" \t")
    domain = given.get("domain", "").removeprefix(".").lower()
    host = origin.host.lower()
    if domain and not (domain_matches(host, domain) and (domain == host or _may_be_shared(domain))):
        return None
    path = given.get("path", "")
    made = Cookie(
        name=name,
        value=value,
        domain=domain or host,
        path=path if path.startswith("/") else default_path(origin.path),
        host_only=not domain,
        expires=_expiry(given, now),
        secure="secure" in given,
        http_only="httponly" in given,
        same_site=_same_site(given.get("samesite", "")),
    )
    return made if _allowed(made, origin, given) else None


def check(cookie: Cookie) -> Cookie:
    """The cookie itself. Raises LocalProtocolError for what could say more than one in a Cookie field."""
    if _SEPARATORS.search(cookie.name) or "=" in cookie.name or ";" in cookie.value or _CONTROL.search(cookie.value):
        raise LocalProtocolError("a cookie has no ';' and no control characters", rule="RFC 6265 §4.1.1")
    return cookie


def emit(cookies: list[Cookie]) -> str:
    """The Cookie field's value (§5.8.3)."""
    return "; ".join(f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in cookies)


def is_for(cookie: Cookie, origin: Origin, now: float) -> bool:
    """Whether a cookie belongs into a request to `origin` (§5.8.3)."""
    host = origin.host.lower()
    return (
        (host == cookie.domain if cookie.host_only else domain_matches(host, cookie.domain))
        and path_matches(origin.path, cookie.path)
        and (origin.secure or not cookie.secure)
        and (cookie.expires is None or cookie.expires > now)
    )


def domain_matches(host: str, domain: str) -> bool:
    """§5.1.3, both in lower case."""
    return host == domain or (host.endswith("." + domain) and not is_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """§5.1.4."""
    return path == cookie_path or (
        path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path) :].startswith("/"))
    )


def default_path(path: str) -> str:
    """The directory of a request's path (§5.1.4)."""
    return path[: path.rfind("/")] if path.startswith("/") and path.count("/") > 1 else "/"


def is_address(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _may_be_shared(domain: str) -> bool:
    # Without the public suffix list: at least a cookie for all of .com isn't taken.
    return "." in domain.strip(".") and not is_address(domain)


def _expiry(given: dict[str, str], now: float) -> float | None:
    latest = now + AGE_LIMIT
    age = given.get("max-age", "")
    if _AGE.fullmatch(age):
        seconds = int(age[:12])
        return min(now + seconds, latest) if seconds > 0 else 0.0
    expires = dates.parse(given["expires"]) if "expires" in given else None
    return None if expires is None else min(expires, latest)


def _same_site(text: str) -> str:
    return text.lower() if text.lower() in ("strict", "lax", "none") else ""


def _allowed(cookie: Cookie, origin: Origin, given: dict[str, str]) -> bool:
    name = cookie.name.lower()
    if cookie.secure and not origin.secure:
        return False
    if name.startswith("__secure-"):
        return cookie.secure
    if name.startswith("__host-"):
        return cookie.secure and cookie.host_only and given.get("path") == "/"
    # A nameless cookie that looks like one with such a name when it is sent is refused as well (§5.7).
    return bool(cookie.name) or not cookie.value.lower().startswith(("__secure-", "__host-"))
