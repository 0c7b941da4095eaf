"""Foreign WHOIS servers: uwhoisd, which asks another one, and gwhois behind socat, which does so, too."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_UWHOISD = """
[uwhoisd]
iface=127.0.0.1
port={port}
registry_whois=false
page_feed=true
suffix=localhost
conservative=
[overrides]
test=127.0.0.1:{behind}
[prefixes]
[recursion_patterns]
[cache]
type=null
[loggers]
keys=root
[handlers]
keys=out
[formatters]
keys=plain
[logger_root]
level=INFO
handlers=out
[handler_out]
class=StreamHandler
formatter=plain
args=(sys.stdout,)
[formatter_plain]
format=%(message)s
"""


@contextlib.contextmanager
def uwhoisd(folder: Path, behind: int) -> Iterator[int]:
    """A proxy for .test; gives its port."""
    program = shutil.which("uwhoisd", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.fail("uwhoisd isn't installed: pip install uwhoisd")
    port, config = free_port(), folder / "uwhoisd.ini"
    config.write_text(_UWHOISD.format(port=port, behind=behind))
    with running([program, config], folder / "uwhoisd.log") as process:
        wait_for_port(process, folder / "uwhoisd.log", port)
        yield port


@contextlib.contextmanager
def gwhois(folder: Path, behind: int) -> Iterator[int]:
    """gwhois as inetd would start it: a question a process; gives its port."""
    port, answer = free_port(), folder / "answer"
    answer.write_text(f"#!/bin/sh\nexec {need('gwhois', 'gwhois')} -h 127.0.0.1:{behind}\n")
    answer.chmod(0o755)
    listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"
    with running([need("socat", "socat"), listen, f"EXEC:{answer}"], folder / "gwhois.log") as process:
        wait_for_port(process, folder / "gwhois.log", port)
        yield port
