"""Who has a port already, where the kernel tells (proc(5): /proc/net, /proc/PID/fd)."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

_PROC = Path("/proc")
_LISTENS = "0A"  # TCP_LISTEN in the kernel's tables
_TABLES = {socket.SOCK_STREAM: ("tcp", "tcp6"), socket.SOCK_DGRAM: ("udp", "udp6")}


def holder(kind: socket.SocketKind, port: int) -> str:
    """`nginx (process 812)`; "" where nobody is found, or where only root may look."""
    inodes = set()
    for table in _TABLES[kind]:
        with contextlib.suppress(OSError):
            inodes |= _inodes((_PROC / "net" / table).read_text(encoding="ascii"), kind, port)
    if not inodes:
        return ""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or isn't ours to look at
            if any(str(entry.readlink()) in wanted for entry in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text(errors='replace').strip()} (process {process.name})"
    return ""


def _inodes(table: str, kind: socket.SocketKind, port: int) -> set[str]:
    found = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        local, state, inode = fields[1], fields[3], fields[9]
        if int(local.rpartition(":")[2], 16) == port and (kind == socket.SOCK_DGRAM or state == _LISTENS):
            found.add(inode)
    return found
