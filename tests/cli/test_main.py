"""The command as a process: what it prints, where, and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from netloom.cli import helptext
from tests.cli.command import BOUND, COMMAND, environment, line_of, listening, netloom, on_a_terminal, refusing, started


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"], ["-v"], ["-v", "--help"]])
def test_help(arguments: list[str]) -> None:
    done = netloom(*arguments)
    assert (done.stdout, done.stderr, done.returncode) == (helptext.stored(), "", 0)


def test_help_imports_next_to_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "netloom", "--help"],
        capture_output=True, text=True, env=environment(), check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "netloom" in loaded
    assert not loaded & {"click", "asyncio", "msgspec", "rich", "socket", "ssl", "pathlib", "netloom.cli"}


def test_version() -> None:
    assert netloom("--version").stdout.startswith("netloom 0.")


def test_a_probe_in_a_pipe_is_json_lines() -> None:
    with listening() as here, refusing() as nowhere:
        done = netloom("probe", here, nowhere)
        records = {record["endpoint"]: record for record in map(json.loads, done.stdout.splitlines())}
        assert records[here]["status"] == "success"
        assert records[nowhere]["status"] == "refused"
        assert (done.returncode, done.stderr) == (1, "")
        assert netloom("probe", here).returncode == 0


def test_formats() -> None:
    with listening() as here:
        assert len(json.loads(netloom("-o", "json", "probe", here).stdout)) == 1
        assert netloom("probe", here, "-o", "csv").stdout.startswith("endpoint,")
        assert "probe_success 1\n" in netloom("probe", here, "-oprometheus").stdout
        assert ET.fromstring(netloom("probe", here, "--output=junit").stdout).tag == "testsuites"  # noqa: S314
        assert netloom("probe", here, "-w", "%{status}.%{exitcode}\\n").stdout == "success.0\n"
        table = netloom("probe", here, "-o", "table").stdout
        assert f"  ✔ {here}  accepts connections" in table
        assert "\x1b" not in table


def test_nagios_has_its_own_exit_codes() -> None:
    with listening() as here, refusing() as nowhere:
        assert netloom("probe", "-o", "nagios", here).returncode == 0
        assert netloom("probe", "-o", "nagios", here, "-e", "duration < 0").returncode == 1
        assert netloom("probe", "-o", "nagios", nowhere).returncode == 2
    wrong = netloom("probe", "-o", "nagios", "nothing")
    assert (wrong.returncode, wrong.stderr) == (3, "")
    assert wrong.stdout.startswith("NETLOOM UNKNOWN - ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["https//example.com"], "the operation comes first"),
        (["prob"], "did you mean probe?"),
        (["probe", "https//example.com"], "at column 6\n              ↑   did you mean https://example.com ?"),
        (["probe", "foo://h"], "at column 1"),
        (["probe", "tcp://h:1#tll=3"], "did you mean ttl?"),
        (["probe", "tcp://h:1", "-e", "status"], "an operator is expected at column 7"),
        (["probe", "tcp://h:1", "--deadline", "soon"], "--deadline soon\n             ↑"),
        (["probe", "tcp://h:1", "--rate", "-1"], "rate: a number of at least 0 is expected, not '-1'"),
        (["probe", "tcp://h:1", "--expekt", "x"], "did you mean --expect?"),
        (["probe", "tcp://h:1", "--keepaliv"], "did you mean --keepalive?"),
        (["probe", "tcp://h:1", "-o", "tabel"], "did you mean table?"),
        (["probe", "tcp://h:1", "-o"], "requires an argument"),
        (["probe", "tcp://h:1", "--color", "blue"], "auto, always or never"),
        (["probe", "tcp://h:1", "--config", "/nowhere.toml"], "/nowhere.toml can't be read"),
        (["probe", "tcp://h:1", "-w", "%{tim}"], "at column 3"),
        (["get", "tcp://h:1"], "tcp has no get"),
        (["run", "ssh://h"], "run needs COMMAND: the command"),
        (["-4", "matrix"], "opens no connection"),
        (["matrix", "-o", "junit"], "can't tell of what matrix finds"),
        (["help", "nothing"], "there is no help about 'nothing'"),
        (["explain", "timout"], "did you mean timeout?"),
        (["probe", "tcp://u:canary@h:99999"], "tcp://u:••••••@h:99999"),
        (["probe", "a\x1b[2Jb"], "a\\x1b[2Jb"),
        ([""], "the operation comes first"),
    ],
)
def test_usage(arguments: list[str], said: str) -> None:
    done = netloom(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.startswith("netloom: ")
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stderr


def test_odd_bytes_in_an_argument() -> None:
    done = subprocess.run([*COMMAND, "probe", b"tcp://\xff\xfe"], capture_output=True, env=environment(), check=False)
    assert done.returncode == 2
    assert b"\\xff" in done.stderr


def test_settings_from_the_environment_and_files(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('output = "csv"\n[probe]\nexpect = ["duration < 0"]\n[options]\nfamily = "4"\n')
    with listening() as here:
        done = netloom("probe", here, NETLOOM_CONFIG=str(config))
        assert done.stdout.startswith("endpoint,")
        assert f"{here},tcp,expectation_failed" in done.stdout
        flag = netloom("probe", here, "-o", "json", "--config", str(config), "--family", "6")
        assert json.loads(flag.stdout)[0]["status"] == "resolve_error"
        chosen = netloom("probe", here, NETLOOM_OUTPUT="json", NETLOOM_OPTIONS_FAMILY="6")
        assert json.loads(chosen.stdout)[0]["status"] == "resolve_error"
        wrong = netloom("probe", here, NETLOOM_DEADLINE="soon")
        assert "31622400 is expected, not 'soon', in the environment" in wrong.stderr
        assert "NETLOOM_OUPUT sets nothing" in netloom("probe", here, "-v", NETLOOM_OUPUT="json").stderr


def test_verbosity_goes_to_standard_error() -> None:
    with listening() as here:
        done = netloom("probe", here, "-v")
        json.loads(done.stdout)
        assert "resolve " in done.stderr
        assert f"{here.removeprefix('tcp://')} connected" in done.stderr


def test_a_terminal_gets_a_table_with_colours() -> None:
    with listening() as here, refusing() as nowhere:
        text, code = on_a_terminal("probe", here, nowhere)
        assert code == 1
        assert f"\x1b[32m✔\x1b[0m {here}" in text
        assert "1 of 2" in text
        text, _ = on_a_terminal("probe", here, NO_COLOR="1")
        assert "\x1b" not in text
        assert f"✔ {here}" in text
        text, _ = on_a_terminal("probe", here, "--color", "always", NO_COLOR="1")
        assert "\x1b[32m" in text
        text, _ = on_a_terminal("probe", here, columns=40, NO_COLOR="1")
        assert max(len(line) for line in text.splitlines()) <= 40


def test_a_terminal_watches_in_place() -> None:
    with listening() as here:
        text, code = on_a_terminal("probe", here, "--watch", "0.01", "--count", "3", NO_COLOR="1")
    assert code == 0
    assert text.count("\x1b[1A") == 2
    assert "100 %" in text


def test_letters_that_the_terminal_has() -> None:
    with listening() as here:
        done = netloom("probe", here, "-o", "table", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert f"  + {here}" in done.stdout
    assert done.stdout.isascii()


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with (
        listening() as here,
        started("probe", here, "--watch", "0.001", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        assert line_of(process.stdout).startswith(b"{")
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.parametrize("arguments", [["--help"], ["help", "links"], ["matrix"]])
def test_a_full_disk_is_an_error(arguments: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, which Linux has")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False
        )
    assert done.returncode == 1
    assert done.stderr == "netloom: standard output can't be written: No space left on device\n"


def test_streams_that_were_closed_before() -> None:
    with listening() as here, refusing() as nowhere:
        for place, code in ((here, 0), (nowhere, 1)):
            done = subprocess.run(
                ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *COMMAND, "probe", "-v", place],
                env=environment(),
                check=False,
            )
            assert done.returncode == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_stops_cleanly(number: int, code: int) -> None:
    with started("serve", "tcp://127.0.0.1:0", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        place = json.loads(line_of(process.stdout))["endpoint"]
        assert netloom("probe", place).returncode == 0
        process.send_signal(number)
        assert process.wait(60) == code
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert netloom("probe", place).returncode == 1


def test_what_was_written_when_it_was_stopped_is_whole() -> None:
    with (
        listening() as here,
        started("probe", here, "--watch", "0.01", "-o", "json", stdout=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        begin = line_of(process.stdout) + line_of(process.stdout)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 130
    assert json.loads(begin + rest)[0]["status"] == "success"


def test_the_second_signal_ends_it_at_once() -> None:
    reader, writer = (
        os.pipe()
    )  # nobody reads: the array's end can't be written, so that the first signal doesn't suffice
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(BOUND)
        with started("probe", f"tcp://127.0.0.1:{server.getsockname()[1]}", "-o", "json", stdout=writer) as process:
            server.accept()[0].close()
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
            assert process.returncode == 130
    os.close(reader)
    os.close(writer)


def test_get_writes_the_body_and_nothing_else() -> None:
    with started("serve", "ntp://127.0.0.1:0", stdout=subprocess.PIPE) as process:
        place = json.loads(line_of(process.stdout))["endpoint"]
        done = netloom("get", place)
        assert json.loads(done.stdout)["time"] > 0
        assert (done.returncode, done.stderr) == (0, "")
        record = json.loads(netloom("get", place, "-o", "ndjson").stdout)
        assert record["meta"]["stratum"] > 0
        told = netloom("get", place, "-vv").stderr
        assert "> what time is it?" in told
        assert "< it is " in told


def test_a_failed_get_says_so_beside_the_body() -> None:
    with refusing() as nowhere:
        done = netloom("get", nowhere.replace("tcp", "http"))
    assert done.stdout == ""
    assert done.returncode == 1
    assert "refused" in done.stderr


def test_the_matrix_is_a_list() -> None:
    cells = json.loads(netloom("matrix", "-o", "json").stdout)
    assert {"protocol", "operation", "status", "reason"} == set(cells[0])
    assert {cell["status"] for cell in cells} == {"works", "unsupported"}


def test_a_bug_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import builtins\nimport netloom.operations.explain as explain\nexplain.explanations = lambda: 1 / 0\n"
    )
    source = environment()["PYTHONPATH"]
    done = netloom("explain", "timeout", PYTHONPATH=f"{tmp_path}:{source}")
    assert done.returncode == 70
    assert done.stderr.startswith("netloom: a bug: ZeroDivisionError at operations/explain.py:")
    assert done.stderr.count("\n") == 1
    assert "Traceback" in netloom("explain", "x", PYTHONPATH=f"{tmp_path}:{source}", NETLOOM_DEBUG="1").stderr
