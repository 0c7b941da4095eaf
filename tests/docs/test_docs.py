"""Every Python block in docs/ and the README runs; every console block's netloom commands are commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netloom import expectations, registry
from netloom.cli import commands, passwords
from netloom.cli.session import Session
from netloom.output.table import endpoints_of
from netloom.toolbox import Toolbox

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def _blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for number, match in enumerate(m for m in _BLOCK.finditer(page.read_text()) if m[1] == language):
            found.append((f"{page.relative_to(ROOT)}#{number}", match[2]))
    return found


@pytest.mark.parametrize(("name", "code"), _blocks("python"), ids=[name for name, _ in _blocks("python")])
def test_python_block(name: str, code: str, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{name}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(("name", "text"), _blocks("console"), ids=[name for name, _ in _blocks("console")])
def test_console_block_names_real_commands(name: str, text: str) -> None:
    known = {*registry.names("operations"), "help", "completion", "--help", "--version"}
    for line in text.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line[2:], comments=True)
        where = next((i for i, word in enumerate(words) if word.endswith("netloom")), None)
        if where is not None:
            assert words[where + 1].replace("-", "_") in known or words[where + 1] in known, line


def _commands() -> list[tuple[str, list[str]]]:
    """The arguments of every netloom command in the console blocks, but for those that show a mistake."""
    found = []
    for name, text in _blocks("console"):
        lines = text.splitlines()
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            words = shlex.split(line[2:], comments=True) if line.startswith("$ ") else []
            where = next((i for i, word in enumerate(words) if word.endswith("netloom")), None)
            if where is None or " is no endpoint: " in after or "$(" in line:
                continue
            rest = words[where + 1 :]
            end = next((i for i, word in enumerate(rest) if word in ("|", ">", ">>")), len(rest))
            found.append((f"{name}: {line[2:]}", rest[:end]))
    return found


@pytest.mark.parametrize(("line", "words"), _commands(), ids=[line for line, _ in _commands()])
def test_console_commands_can_be_meant(line: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each becomes a request whose endpoints and options can be tried; nothing is sent."""
    seen: list[Session] = []

    def keep(session: Session) -> int:
        seen.append(session)
        return 0

    monkeypatch.setattr(Session, "execute", keep)
    monkeypatch.setattr(passwords, "complete", list)  # nobody is asked
    commands.group().main(words, prog_name="netloom", standalone_mode=False)
    for session in seen:
        request: Any = session._run.request
        for endpoint in endpoints_of(request):
            Toolbox(_nowhere).check(endpoint)
        for text in getattr(request, "expect", ()):
            expectations.parse(text)


async def _nowhere(record: object) -> None:
    """Nothing is emitted."""


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in _LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not missing
