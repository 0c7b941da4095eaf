"""The pytest plug-in: a fixture for each protocol's server, `serve` for any, and a guard of the network."""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from netloom.registry import names

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from netloom.testing.server import Server
    from netloom.testing.tape import Tape
    from netloom.testing.trust import Trust

PROTOCOLS = names("protocols")
_GUARDED = ("on", "off")
_TAPED = ("once", "record", "replay", "live")


@dataclass(slots=True, eq=False)
class _Course:
    """What is known of a test while it runs; `began` in nanoseconds since 1970, `offences` are who dialled out."""

    began: int = field(default_factory=time.time_ns)
    servers: list[Server] = field(default_factory=list)
    tapes: list[Tape] = field(default_factory=list)
    failed: bool = False
    offences: list[str] = field(default_factory=list)


_COURSE: pytest.StashKey[_Course] = pytest.StashKey()
_FOLDER: pytest.StashKey[Path] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How the network is guarded, and what becomes of tapes."""
    told = "off: a test that dials beyond this machine fails, and who did it is named"
    parser.addini("netloom_network", told, default="on")
    group = parser.getgroup("netloom")
    group.addoption("--netloom-network", choices=_GUARDED, default=None, help=told)
    told = "once: record what has no tape, record: all, replay: nothing, live: nothing, and don't replay either"
    parser.addini("netloom_tape", told, default="once")
    group.addoption("--netloom-tape", choices=_TAPED, default=None, help=told)


def pytest_configure(config: pytest.Config) -> None:
    """The marks of this plug-in."""
    config.addinivalue_line(
        "markers",
        "server(*protocols, content, accounts, faults, **options): what the servers of a test's fixtures have, all of "
        "them or those of these protocols; the nearest counts",
    )
    config.addinivalue_line("markers", "network(*allowed): where a test may dial although the network is off; or all")


# Fixtures


@pytest.fixture(scope="session")
def netloom_trust(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Trust:
    """The authority of this run, which issues the certificates of its servers."""
    from netloom.testing.trust import Trust

    return Trust(_folder(pytestconfig, tmp_path_factory))


@pytest.fixture
def serve(request: pytest.FixtureRequest, netloom_trust: Trust) -> Iterator[Callable[..., Server]]:
    """`serve("smtp", accounts=["ann:secret"])` or `serve("https://127.0.0.1:0", Files())`: as many as are wanted.

    They are stopped when the test is over.
    """
    from netloom.testing.server import Server

    course = _course(request.node)
    with contextlib.ExitStack() as stack:

        def begin(where: Any, content: Any = None, **wanted: Any) -> Server:
            made = stack.enter_context(Server(where, content, trust=netloom_trust, **wanted))
            course.servers.append(made)
            return made

        yield begin


@pytest.fixture
def tape(request: pytest.FixtureRequest, netloom_trust: Trust) -> Iterator[Callable[..., Tape]]:
    """`tape("https://api.example.org")`: a server that is relayed to and recorded once, and played by later runs.

    Recordings are kept in `tapes/` beside the test, unless it has failed.
    """
    from netloom.testing.tape import Tape

    course = _course(request.node)
    mode = _chosen(request.config, "tape", _TAPED)
    with contextlib.ExitStack() as stack:

        def begin(target: Any, **wanted: Any) -> Tape:
            path = _tape_path(request.node, len(course.tapes) + 1)
            made = stack.enter_context(Tape(target, path, mode, trust=netloom_trust, **wanted))
            course.servers.append(made)
            course.tapes.append(made)
            for note in made.notes:
                request.node.warn(pytest.PytestWarning(f"{path}: {note}"))
            return made

        yield begin
    if not course.failed:
        for made in course.tapes:
            made.keep()


def _tape_path(node: pytest.Item, number: int) -> Path:
    told = node.nodeid.partition("::")[2].replace("::", ".")
    name = re.sub(r"[^\w.-]+", "_", told)[:150]
    if name != told:
        name += f"_{zlib.crc32(told.encode()):08x}"  # so that no two tests have one tape
    return node.path.parent / "tapes" / node.path.stem / f"{name}-{number}.pcapng"


def _server_fixture(protocol: str) -> Any:
    def server(request: pytest.FixtureRequest, serve: Callable[..., Server]) -> Server:
        return serve(protocol, **_wanted(request.node, protocol))

    server.__doc__ = f"A server of {protocol} on loopback; `@pytest.mark.server(…)` tells what it has."
    server.__name__ = server.__qualname__ = f"{protocol}_server"
    return pytest.fixture(server)


for _name in PROTOCOLS:
    globals()[f"{_name}_server"] = _server_fixture(_name)


def _wanted(node: pytest.Item, protocol: str) -> dict[str, Any]:
    """What the marks of a test say: the nearest counts. Raises UsageError for a protocol that there isn't."""
    wanted: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("server"))):
        for name in mark.args:
            if name not in PROTOCOLS:
                from netloom.registry import protocol as declared

                declared(name)
        if not mark.args or protocol in mark.args:
            wanted |= mark.kwargs
    return wanted


# What passed, beside a test that has failed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing test's report tells what passed its servers, in words and as a file."""
    report = yield
    course = item.stash.get(_COURSE, None)
    if report.failed and course is not None:
        course.failed = True
        departures = [words for each in course.tapes for words in each.departures if words not in report.longreprtext]
        if departures:
            report.sections.append(("netloom: where the tape was left", "\n".join(departures)))
        for server in _servers(item, course):
            if server.transcript.pieces(course.began):
                report.sections.append((f"netloom: what passed {server}", _told(item, server, course)))
    return report


def _servers(item: pytest.Item, course: _Course) -> list[Server]:
    """Those of `serve`, and those that fixtures of the test's own give."""
    module = sys.modules.get("netloom.testing.server")
    if module is None:
        return []
    given = getattr(item, "funcargs", {}).values()
    own = [each for each in given if isinstance(each, module.Server) and each not in course.servers]
    return [*course.servers, *own]


def _told(item: pytest.Item, server: Server, course: _Course) -> str:
    name = re.sub(r"[^\w.-]+", "_", f"{item.nodeid.rpartition('/')[2]}-{server.endpoint.scheme}")[-150:]
    folder = _folder(item.config, item.config._tmp_path_factory)  # type: ignore[attr-defined]  # its fixture is too late
    numbered = (folder / f"{name}{f'-{number}' if number > 1 else ''}.pcapng" for number in itertools.count(1))
    path = next(each for each in numbered if not each.exists())
    server.transcript.write(path, course.began)
    return "\n".join([*server.transcript.words(course.began), f"as a file: {path}"])


def _folder(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    """Where this run keeps what outlives its tests: as long as pytest keeps their folders."""
    if _FOLDER not in config.stash:
        config.stash[_FOLDER] = factory.mktemp("netloom")
    return config.stash[_FOLDER]


# The guard


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test begins. The network is off in all of it, its fixtures included, where that is wanted."""
    course = _course(item)
    allowed = _allowed(item)
    if allowed is None:
        return (yield)
    from netloom.testing.guard import GUARD

    path, line, name = item.location
    with GUARD.watching(allowed, f"{path}:{(line or 0) + 1} ({name})") as course.offences:
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """A test that has hidden what stopped it, or where it left a tape, fails all the same."""
    yield
    _confess(item)
    departures = [words for each in _course(item).tapes for words in each.departures]
    if departures:
        pytest.fail("\n".join(departures), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """So does one whose fixtures do it at the end."""
    _course(item).offences.clear()
    yield
    _confess(item)


def _confess(item: pytest.Item) -> None:
    offences = _course(item).offences
    if offences:
        pytest.fail("the network is off in this test: " + "; ".join(dict.fromkeys(offences)), pytrace=False)


def _course(item: Any) -> _Course:
    course: _Course = item.stash.setdefault(_COURSE, _Course())
    return course


def _allowed(item: pytest.Item) -> list[str] | None:
    """Where a test may dial beyond this machine; None: anywhere."""
    chosen = _chosen(item.config, "network", _GUARDED)
    mark = item.get_closest_marker("network")
    if chosen == "on" or (mark is not None and not mark.args):
        return None
    return list(mark.args) if mark is not None else []


def _chosen(config: pytest.Config, what: str, choices: tuple[str, ...]) -> Any:
    """What the command line says, or the configuration. Raises UsageError."""
    chosen = config.getoption(f"--netloom-{what}") or config.getini(f"netloom_{what}")
    if chosen not in choices:
        raise pytest.UsageError(f"netloom_{what} is one of {', '.join(choices)}, not {chosen!r}")
    return chosen
