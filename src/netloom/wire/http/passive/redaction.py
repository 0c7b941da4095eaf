"""What people may see of a head: fields and targets with their secrets as dots."""

from __future__ import annotations

import re

DOTS = "•••"

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_SCHEMED = frozenset({"authorization", "proxy-authorization"})
_SECRET = re.compile(r"cookie|token|secret|password|passwd|api-?key|authentication-info|session", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(
    r"([?&;][^=&;\s]*(?:password|passphrase|passwd|token|secret|api_?-?key|signature|session)[^=&;\s]*=)[^&;\s]*",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(//)[^/@\s]*@")


def shown_field(line: str) -> str:
    """`Name: value`, its value hidden where the name says that it is a secret; an Authorization keeps its scheme."""
    name, colon, value = line.partition(":")
    bare = name.strip().lower()
    if colon and bare in _SCHEMED:
        scheme, _, rest = value.strip().partition(" ")
        return _plain(f"{name}: {scheme} {DOTS}" if rest else f"{name}: {DOTS}")
    if colon and _SECRET.search(bare) and bare != "www-authenticate":
        return _plain(f"{name}: {DOTS}")
    return _plain(shown_target(line) if bare in ("location", "referer", "content-location") else line)


def shown_target(line: str) -> str:
    """A request line or URL without the values of parameters whose names say that they are secrets."""
    return _plain(_USERINFO.sub(rf"\1{DOTS}@", _SECRET_PARAMETER.sub(rf"\1{DOTS}", line)))


def _plain(text: str) -> str:
    """Control characters escaped: a terminal does what it is told."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
