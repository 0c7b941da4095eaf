"""Completion: what a shell is told, and that the scripts run in their shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netloom.cli.completion import candidates, script
from netloom.errors import UsageError


def words(*line: str) -> list[str]:
    return [word for word, _ in candidates(list(line))]


@pytest.mark.parametrize(
    ("line", "there"),
    [
        (["pro"], ["probe"]),
        (["help", "nt"], ["ntp"]),
        (["help", "for"], ["formats"]),
        (["completion", "z"], ["zsh"]),
        (["probe", "--exp"], ["--expect"]),
        (["probe", "--keepalive-i"], ["--keepalive-idle", "--keepalive-interval"]),
        (["-v", "probe", "--col"], ["--color"]),
        (["probe", "-o", "js"], ["json"]),
        (["-o", "json", "probe", "--watc"], ["--watch"]),
        (["probe", "--tls", "st"], ["starttls"]),
        (["probe", "ntp://h", "-O", "ver"], ["version=", "verify="]),
        (["probe", "-O", "tt"], ["ttl="]),
        (["get", "nt"], ["ntp://"]),
        (["matrix", "nt"], ["ntp"]),
        (["explain", "timeo"], ["timeout"]),
        (["schema", "prob"], ["probe"]),
        (["schema", "probe", "--protocol", "nt"], ["ntp"]),
        (["serve", "ntp://:0", "--content", "clo"], ["clock"]),
        (["get", "http://h", "--as", "ya"], ["yaml"]),
        (["put", "http://h", "--from", "js"], ["json"]),
        (["get", "--fro"], ["--from"]),
        (["get", "tcp://hos"], []),
        (["nothing", "x"], []),
        (["probe", "--watch", "x"], []),
    ],
)
def test_candidates(line: list[str], there: list[str]) -> None:
    assert words(*line) == there


def test_the_beginning() -> None:
    assert {"probe", "get", "serve", "help", "completion"} <= set(words(""))
    assert words() == words("")
    assert "--output" in words("--")
    assert dict(candidates(["prob"]))["probe"].startswith("is it there")


def test_unknown_shells() -> None:
    with pytest.raises(UsageError) as caught:
        script("bsh")
    assert caught.value.hint == "did you mean bash?"
    with pytest.raises(UsageError, match="needs a shell"):
        script("")


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "1":
            pytest.fail(f"{name} is missing: package {name}")
        pytest.skip(f"needs {name}: package {name}")
    return found


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A folder with a command `netloom`."""
    file = tmp_path / "netloom"
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netloom "$@"\n')
    file.chmod(0o755)
    return tmp_path


def run(*arguments: str, path: Path) -> str:
    source = str(Path(__file__).parents[2] / "src")
    environment = os.environ | {"PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": source}
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("netloom pro", "probe"),
        ("netloom get nt", "ntp://"),
        ("netloom get ntp:", "//"),
        ("netloom probe tcp://h -O ttl", "ttl="),
    ],
)
def test_bash(line: str, reply: str, command: Path) -> None:
    code = f'{script("bash")}\nCOMP_LINE="{line}"; COMP_POINT=${{#COMP_LINE}}; _netloom; echo "${{COMPREPLY[@]}}"'
    assert run(shell("bash"), "--norc", "-c", code, path=command).split() == [reply]


def test_zsh(command: Path) -> None:
    # _describe only works inside a completion: what it would be given is shown instead
    code = f"""compdef() {{ :; }}; _describe() {{ print -rl -- "${{(@P)2}}" }}; _files() {{ print files }}
{script("zsh")}
words=(netloom get nt); CURRENT=3; _netloom; words=(netloom get x://y); _netloom"""
    lines = run(shell("zsh"), "-f", "-c", code, path=command).splitlines()
    assert lines[0].startswith("ntp\\://:")
    assert lines[-1] == "files"


def test_fish(command: Path) -> None:
    code = f'{script("fish")}\ncomplete -C "netloom pro"'
    assert run(shell("fish"), "--no-config", "-c", code, path=command).split("\t")[0] == "probe"
