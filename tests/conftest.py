"""What every test starts from: a private home for state, no proxies, and a look at what is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.meetings import (  # noqa: F401  # hooks
    pytest_runtest_logreport,
    pytest_runtest_makereport,
    pytest_sessionfinish,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = 0.1
"""Seconds of looking for garbage after which it pays to look only at what comes later."""
_STRANGERS = ("SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC", "SSH_AUTH_SOCK")


def pytest_collection_finish() -> None:
    """What was collected stays to the end: whoever looks for what is left behind needn't look at it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """State and configuration of this session's own; nothing of the caller's environment that leads elsewhere.

    A counterpart that crashes as it is ended leaves no memory image in the caller's folder.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    before = dict(os.environ)
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("NETLOOM_CONFIG") or name in _STRANGERS:
            del os.environ[name]
    os.environ["XDG_STATE_HOME"] = str(home / "state")
    os.environ["XDG_CONFIG_HOME"] = str(home / "config")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def leaves_nothing() -> Iterator[None]:
    """Fails where a test leaves a task, a thread or an open file (a socket, a pipe) behind."""
    from netloom.background import background

    background().call(_no_tasks)  # the scripts' loop stays, once it runs
    threads, files = _threads(), _files()
    yield
    background().call(_no_tasks)
    assert _threads() <= threads, "a thread was left"
    left = {number: place for number, place in _files().items() if files.get(number) != place}
    assert not left, "open files were left"


def _no_tasks() -> None:
    tasks = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert not tasks, f"tasks were left: {tasks}"


def _threads() -> set[threading.Thread]:
    # Names are resolved in a daemon thread that nobody waits for; the default executor belongs to its loop.
    return {thread for thread in threading.enumerate() if not thread.name.startswith(("resolve ", "asyncio_"))}


def _files() -> dict[str, str]:
    began = time.perf_counter()
    gc.collect()
    if time.perf_counter() - began > _LONG:
        gc.freeze()
    found = {}
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return {}
    for entry in folder.iterdir():
        with contextlib.suppress(OSError):
            found[entry.name] = str(entry.readlink())
    # libuv keeps /dev/null open for the moment when there are too many open files.
    return {number: place for number, place in found.items() if not place.startswith(("/proc/", "/dev/null"))}
