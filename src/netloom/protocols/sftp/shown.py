"""How what is in a tree of files is shown to SFTP's clients: attributes, and lines as `ls -l` has them."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Name

if TYPE_CHECKING:
    from netloom.contents.files import Entry

_HALF_A_YEAR = 182 * 86400


def attributes_of(entry: Entry, *, writes: bool) -> Attributes:
    """What is told of an entry, to somebody who `writes` or doesn't."""
    if entry.kind == "directory":
        permissions = stat.S_IFDIR | (0o755 if writes else 0o555)
    else:
        permissions = stat.S_IFREG | (0o644 if writes else 0o444)
    moment = min(max(int(entry.modified), 0), 2**32 - 1)
    return Attributes(size=entry.size, permissions=permissions, times=(moment, moment))


def being_written(size: int) -> Attributes:
    """What is told of a file that isn't whole yet."""
    return Attributes(size=size, permissions=stat.S_IFREG | 0o644)


def name_of(entry: Entry, found: Attributes) -> Name:
    """An entry of a listing. Its line is in UTC."""
    form = "%b %e %H:%M" if abs(time.time() - entry.modified) < _HALF_A_YEAR else "%b %e  %Y"
    when = time.strftime(form, time.gmtime(max(entry.modified, 0)))
    line = f"{stat.filemode(found.permissions or 0)}    1 loom     loom     {entry.size:>8} {when:<12} {entry.name}"
    return Name(_encoded(entry.name), _encoded(line), found)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
