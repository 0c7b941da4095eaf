"""A lab's file: what is right is read whole, and each mistake is told with its line, its key and what would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.labs.file import LIMIT, LabFile

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
title = "one of each"

[accounts]
ann = "spring"
bob = { password = "autumn", rights = "read" }

[contents]
site = "files:{here}"

[networks.office]
cidr = "10.9.0.0/24"

[routers.gate]
networks = ["office"]

[servers.web]
endpoints = ["http://:0", "ftp://:0"]
content = "site"
accounts = ["ann"]
faults = ["latency:10ms"]
options = { tls = "never", limit = 5 }

[servers."web-2"]
endpoints = ["http://:0"]
network = "office"
address = "10.9.0.9"

[relays.front]
listen = "tcp://:0"
target = "web"
names = { "*.example" = "tcp://127.0.0.1:9" }
"""


def lab(folder: Path, text: str) -> LabFile:
    path = folder / "town.toml"
    path.write_text(text)
    return LabFile(str(path))


def test_one_of_each(tmp_path: Path) -> None:
    town = lab(tmp_path, GOOD).town
    assert town.title == "one of each"
    assert town.accounts["ann"].password == "spring"
    assert town.accounts["bob"].rights == "read"
    assert town.contents == {"site": f"files:{tmp_path}"}
    assert town.servers["web"].options == {"tls": "never", "limit": 5}
    assert town.servers["web-2"].address == "10.9.0.9"
    assert town.relays["front"].names == {"*.example": "tcp://127.0.0.1:9"}
    assert town.routers["gate"].networks == ["office"]


SERVER = '[servers.a]\nendpoints = ["http://:0"]\n'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "town.toml: a lab needs a server", "[servers.web]"),
        ("x = 1", "line 1: x: a lab has no such table", "tables: "),
        ("[server.a]", "line 1: server: a lab has no such table", "servers"),
        ("[servers.a]", "line 1: servers.a: endpoints is missing: a list of texts", ""),
        ('[servers.a]\nendpoints = "http://:0"', "line 2: servers.a.endpoints: a list of texts is expected", ""),
        ('[servers.a]\nendpoints = ["htp://:0"]', "line 2: servers.a.endpoints: htp:// is no scheme", "http"),
        (f"{SERVER}acounts = []", "line 3: servers.a.acounts: there is no such key here", "accounts"),
        (f'{SERVER}accounts = ["zed"]', "line 3: servers.a.accounts: there is no account 'zed'", "none"),
        (f'{SERVER}faults = ["latncy:1"]', "line 3: servers.a.faults: there is no fault 'latncy'", "latency"),
        (f'{SERVER}content = "nothing"', "line 3: servers.a.content: there is no content 'nothing'", "[contents]"),
        (f'{SERVER}content = "sit"\n[contents]\nsite = "files"', "line 3: servers.a.content", "site"),
        (f'{SERVER}[contents]\nsite = "flies"', "line 4: contents.site: there is no content 'flies'", "files"),
        (f"{SERVER}[contents]\nsite = 3", "line 4: contents.site: a text is expected, not 3", ""),
        (f'{SERVER}network = "x"', "line 3: servers.a.network: there is no network 'x'", "none"),
        (f'{SERVER}address = "10.0.0.1"', "line 3: servers.a.address: an address is one of a network", "network"),
        (f'{SERVER}[networks.n]\ncidr = "10.0.0.7/24"', "line 4: networks.n.cidr", "10.1.0.0/24"),
        (
            f'{SERVER}network = "n"\naddress = "10.0.1.1"\n[networks.n]\ncidr = "10.0.0.0/24"',
            "line 4: servers.a.address: 10.0.1.1 isn't in 10.0.0.0/24",
            "",
        ),
        (f'{SERVER}[routers.r]\nnetworks = ["n"]', "line 4: routers.r.networks: there is no network 'n'", "none"),
        (f'{SERVER}[relays.r]\nlisten = "tcp://:0"', "line 3: relays.r: target is missing: a text", ""),
        (f'{SERVER}[relays.r]\nlisten = "tcp://:0"\ntarget = "b"', "line 5: relays.r.target", ""),
        (
            f'{SERVER}[relays.r]\nlisten = "tcp://:0"\ntarget = "a"\noptions = {{ ttl = 900 }}',
            "line 6: relays.r.options: option ttl: a whole number from 1 to 255 is expected",
            "",
        ),
        (f"{SERVER}[accounts]\nann = 3", "line 4: accounts.ann: a table is expected", "[accounts.ann]"),
        (f'{SERVER}[accounts]\n"a n n" = "x"', "line 4: accounts.a n n: names have up to 40 letters", ""),
        ("servers = 3", "line 1: servers: a table is expected", "[servers]"),
        ("[servers.a\nx = 1", "line 1, column 11: no TOML: ", ""),
        ("[servers.a", "at its end: no TOML: ", ""),
        ("[servers.a]\nendpoints = [", "at its end: no TOML: ", ""),
        ("x" * (LIMIT + 1), f"a lab's file has {LIMIT} octets at most", ""),
    ],
)
def test_mistakes(text: str, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        lab(tmp_path, text)
    assert str(tmp_path / "town.toml") in caught.value.message
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_what_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: No such file"):
        LabFile(str(tmp_path / "none.toml"))
    path = tmp_path / "latin.toml"
    path.write_bytes(b'title = "\xe9"')
    with pytest.raises(UsageError, match="TOML is UTF-8"):
        LabFile(str(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(GOOD)), junk=st.text(max_size=8))
def test_whatever_is_in_it_is_told(at: int, junk: str, tmp_path: Path) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes((GOOD[:at] + junk + GOOD[at + len(junk) :]).encode("utf-8", "replace"))
    told = ""
    try:
        LabFile(str(path))
    except UsageError as exc:
        told = exc.message
    assert not told or str(path) in told
