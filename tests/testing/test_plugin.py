"""The plug-in as pytest meets it: fixtures, marks, reports, the guard; each run in a process of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from netloom import registry
from tests.interop.peers import need
from tests.testing.lab import run

pytest_plugins = "pytester"

MAIL = """
import smtplib

def mail(server, text="November"):
    with smtplib.SMTP(*server.address, timeout=10) as client:
        client.sendmail("a@example.org", ["ann@example.org"], f"Subject: {text}\\r\\n\\r\\nhello\\r\\n")
"""


def text(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


# Fixtures and marks


def test_every_protocol_has_its_fixture(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(): pass", "--fixtures")
    assert not result.ret
    for name in registry.names("protocols"):
        result.stdout.fnmatch_lines(f"{name}_server -- *", consecutive=False)
    result.stdout.fnmatch_lines("*A server of smtp on loopback*")


def test_each_test_has_servers_of_its_own(pytester: pytest.Pytester) -> None:
    code = f"""
        import socket
        import pytest
        from netloom import Files
        {MAIL.replace(chr(10), chr(10) + " " * 8)}
        places = []

        @pytest.mark.parametrize("time", [1, 2])
        def test_fixture(smtp_server, time):
            mail(smtp_server)
            assert [one.subject for one in smtp_server.received] == ["November"]
            places.append(smtp_server.address)

        def test_they_are_gone():
            for place in places:
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(place)

        def test_several(serve, smtp_server):
            more = [serve("smtp"), serve("https", Files()), serve("tcp://127.0.0.1:0", faults=["latency:1ms"])]
            assert len({{each.port for each in (smtp_server, *more)}}) == 4

        def test_a_wrong_one(serve):
            with pytest.raises(Exception, match="smpt"):
                serve("smpt")
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=5)


def test_marks_say_what_servers_have_and_the_nearest_counts(pytester: pytest.Pytester) -> None:
    code = """
        import pytest

        pytestmark = pytest.mark.server(accounts=["ann:secret"], faults=["latency:1ms"])

        class TestIt:
            pytestmark = pytest.mark.server("smtp", accounts=["bob:secret"])

            def test_it(self, smtp_server, imap_server):
                assert "bob" in smtp_server.accounts and "ann" not in smtp_server.accounts
                assert "ann" in imap_server.accounts

            @pytest.mark.server("smtp", "imap", accounts=[], idle=7)
            def test_nearer(self, smtp_server, imap_server, pop3_server):
                assert not len(smtp_server.accounts) and not len(imap_server.accounts)
                assert "ann" in pop3_server.accounts

        @pytest.mark.server("smpt")
        def test_no_protocol(smtp_server): pass

        @pytest.mark.server(colour="red")
        def test_no_option(smtp_server): pass
    """
    result = run(pytester, code, "--strict-markers")
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["*there is no protocol 'smpt'*", "*colour*"])


# Plain, asyncio, anyio, threads, xdist

LOOPS = """
    import asyncio
    import sys
    import threading
    import pytest
    import netloom

    @pytest.fixture
    async def used(tcp_server):
        return tcp_server

    async def talk(server):
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(b"warp")
        assert await reader.readexactly(4) == b"warp"
        writer.close()
        await writer.wait_closed()
"""
ASYNCIO = """
    {mark}
    async def test_asyncio({name}, serve):
        await talk({name})
        assert (await netloom.probe({name}.url)).status == "success"
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(talk({name}))
        again = serve("tcp")
        again.stop()
        with pytest.raises(ConnectionRefusedError):
            await talk(again)
        again.start()
        with again.fault("latency:1ms"):
            await talk(again)
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_asyncio(mode: str, pytester: pytest.Pytester) -> None:
    mark = "@pytest.mark.asyncio" if mode == "strict" else ""
    name = "used" if mode == "auto" else "tcp_server"
    result = run(pytester, LOOPS + ASYNCIO.format(mark=mark, name=name), "-o", f"asyncio_mode={mode}")
    result.assert_outcomes(passed=1)


def test_anyio_with_both_loops(pytester: pytest.Pytester) -> None:
    code = """
        import anyio
        import pytest

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        @pytest.mark.anyio
        async def test_it(tcp_server):
            async with await anyio.connect_tcp(*tcp_server.address) as stream:
                await stream.send(b"warp")
                assert await stream.receive(4) == b"warp"
            tcp_server.stop()
            with pytest.raises(OSError):
                await anyio.connect_tcp(*tcp_server.address)
            tcp_server.start()
            async with await anyio.connect_tcp(*tcp_server.address):
                pass
            received = await anyio.to_thread.run_sync(tcp_server.wait_for)
            assert len(received) >= 1
    """
    result = run(pytester, code, "-p", "no:asyncio")
    result.assert_outcomes(passed=2)


def test_threads(pytester: pytest.Pytester) -> None:
    code = """
        import socket
        from concurrent.futures import ThreadPoolExecutor

        def test_it(serve):
            def talk(number):
                server = serve("tcp")
                with socket.create_connection(server.address, timeout=10) as sock:
                    sock.sendall(b"x")
                    return sock.recv(1)

            with ThreadPoolExecutor(8) as pool:
                assert list(pool.map(talk, range(24))) == [b"x"] * 24
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_xdist(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest
        {MAIL.replace(chr(10), chr(10) + " " * 8)}
        @pytest.mark.parametrize("number", range(8))
        def test_it(smtp_server, serve, number):
            mail(smtp_server)
            serve("https").ssl_context()
            assert number != 5
    """
    result = run(pytester, code, "-n", "2")
    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(["*netloom: what passed smtp://*", "1 > MAIL *", "1 < 250 *", "as a file: /*.pcapng"])
    (path,) = re.findall(r"as a file: (\S+)", text(result))
    assert Path(path).exists()


# Reports


def test_a_failing_test_tells_what_passed(pytester: pytest.Pytester) -> None:
    code = f"""
        {MAIL.replace(chr(10), chr(10) + " " * 8)}
        def test_good(smtp_server):
            mail(smtp_server)

        def test_bad(smtp_server, imap_server):
            mail(smtp_server, "Grüße".encode().hex())
            mail(smtp_server, "again")
            assert len(smtp_server.received) == 3
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*netloom: what passed smtp://127.0.0.1:*", "1: 127.0.0.1:*", "1 < 220 *", "1 > QUIT", "2: 127.0.0.1:*",
         "2 > RCPT *", "as a file: *test_bad-smtp.pcapng"]
    )  # fmt: skip
    assert "what passed imap" not in text(result), "nothing did"
    assert text(result).count("what passed") == 1, "good ones say nothing"


@pytest.mark.interop
def test_the_file_holds_the_plaintext_of_tls(pytester: pytest.Pytester) -> None:
    code = """
        import urllib.request

        def test_it(serve):
            server = serve("https")
            server.answer("/orders", "a secret order")
            with urllib.request.urlopen(server.url + "/orders", context=server.ssl_context()) as answer:
                assert answer.read() == b""
    """
    result = run(pytester, code)
    result.assert_outcomes(failed=1)
    (path,) = re.findall(r"as a file: (\S+)", text(result))
    fields = ["-e", "http.request.uri", "-e", "http.response.code", "-e", "http.file_data"]
    port = re.findall(r"https://127.0.0.1:(\d+)", text(result))[0]
    command = [need("tshark", "tshark"), "-r", path, "-d", f"tcp.port=={port},http", "-Y", "http", "-T", "fields"]
    said = subprocess.run([*command, *fields], capture_output=True, text=True, check=True, timeout=60).stdout
    request, answer = (line.split("\t") for line in said.splitlines())
    assert request[0] == "/orders"
    assert answer[1:] == ["200", "a secret order"]


def test_set_up_and_tear_down_tell_it_too(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest
        {MAIL.replace(chr(10), chr(10) + " " * 8)}
        @pytest.fixture
        def before(smtp_server):
            mail(smtp_server)
            raise ValueError("set-up")

        @pytest.fixture
        def after(smtp_server):
            yield
            mail(smtp_server)
            raise ValueError("tear-down")

        def test_before(before): pass
        def test_after(after): pass
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=1, errors=2)
    assert text(result).count("what passed smtp") == 2
    assert len(set(re.findall(r"as a file: (\S+)", text(result)))) == 2


def test_a_server_of_a_wider_fixture_tells_what_passed_in_the_test(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest
        from netloom.testing import Server
        {MAIL.replace(chr(10), chr(10) + " " * 8)}
        @pytest.fixture(scope="module")
        def post(netloom_trust):
            with Server("smtp", trust=netloom_trust) as server:
                yield server

        @pytest.fixture(scope="session")
        def other():
            with Server("smtp") as server:
                yield server

        def test_first(post, other):
            mail(post, "first")
            mail(other, "first")

        def test_second(post, other):
            mail(post, "second")
            mail(other, "second")
            assert 0
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=1, failed=1)
    assert text(result).count("what passed smtp") == 2
    assert len(set(re.findall(r"as a file: (\S+)", text(result)))) == 2
    assert "second" in text(result)
    assert "Subject: first" not in text(result)
    assert "1 >" not in text(result), "the first conversation was the first test's"


# The guard


def guarded(pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    return run(pytester, f"FAR = 'http://192.0.2.1/'\n{code}", "--netloom-network", "off", *arguments)


SWALLOWED = """
import contextlib, urllib.request, pytest
def dial():
    with contextlib.suppress(BaseException):
        urllib.request.urlopen(FAR, timeout=1)
"""


def test_who_dialled_out_is_named_however_it_is_hidden(pytester: pytest.Pytester) -> None:
    code = f"""{SWALLOWED}
@pytest.fixture
def before(): dial()
@pytest.fixture
def after():
    yield
    dial()
def test_plain(): urllib.request.urlopen(FAR, timeout=1)
def test_hidden(): dial()
def test_before(before): pass
def test_after(after): pass
def test_good(smtp_server): pass
"""
    result = guarded(pytester, code)
    result.assert_outcomes(passed=2, failed=3, errors=1)
    result.stdout.fnmatch_lines("*Blocked: *.py:14 dialled 192.0.2.1, and the network is off in this test*")
    told = re.findall(r"the network is off in this test: (\S+):(\d+) dialled (\S+)", text(result))
    assert {(line, place) for _, line, place in told} == {("6", "192.0.2.1")}
    assert len(set(re.findall(r"(?:FAILED|ERROR) \S+::(\w+)", text(result)))) == 4


def test_it_may_be_allowed_and_is_by_default(pytester: pytest.Pytester) -> None:
    code = f"""{SWALLOWED}
from netloom.testing.guard import GUARD
@pytest.mark.network
def test_all():
    assert not GUARD.watches
@pytest.mark.network("192.0.2.0/24", "example.org")
class TestSome:
    def test_it(self):
        GUARD.check("192.0.2.9", 1)
        with pytest.raises(Exception, match="^test_it_may_be_allowed_and_is_by_default.py:17 dialled 192.0.3.1"):
            GUARD.check("192.0.3.1", 1)
        GUARD.offences.clear()
    @pytest.mark.network("192.0.3.1")
    def test_nearer(self):
        GUARD.check("192.0.3.1", 1)
def test_none():
    assert GUARD.watches is OFF
"""
    guarded(pytester, f"OFF = True\n{code}".replace(":17", ":18")).assert_outcomes(passed=4)
    run(pytester, f"FAR = OFF = False\n{code.replace('class Test', 'class No')}", "-k", "all or none").assert_outcomes(
        passed=2
    )


def test_the_ini_file_says_it_as_well(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nnetloom_network = off\n")
    code = f"FAR = 'http://192.0.2.1/'\n{SWALLOWED}\ndef test_it(): dial()\n"
    run(pytester, code).assert_outcomes(failed=1)
    pytester.makeini("[pytest]\nnetloom_network = of\n")
    result = run(pytester, code)
    assert "netloom_network is one of on, off, not 'of'" in text(result)


def test_asyncio_without_a_line_of_its_own_blames_the_test(pytester: pytest.Pytester) -> None:
    code = """
import asyncio, threading
def test_it():
    async def work():
        await asyncio.wait([asyncio.get_running_loop().create_task(asyncio.open_connection("192.0.2.1", 9))])
    with asyncio.Runner(debug=False) as runner:
        thread = threading.Thread(target=lambda: None)
        runner.run(work())
"""
    result = guarded(pytester, code)
    result.assert_outcomes(failed=1)
    assert re.search(r"in this test: \S+\.py(:\d+| \(test_it\)) dialled 192.0.2.1 port 9", text(result))


# Tapes

TAPED = """
import os, urllib.request
import pytest
from netloom.testing import Server

def get(tape, path):
    request = urllib.request.Request(tape.url + path, headers={"Authorization": "Bearer hunter22"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read()

@pytest.fixture
def target():
    if "PLAYED" in os.environ:
        yield "http://127.0.0.1:1"
        return
    with Server("http") as real:
        real.answer("/a", "warp", times=1)
        real.answer("/a", "weft")
        yield real.url

class TestIt:
    def test_it(self, tape, target):
        one, other = (tape(target, hide=["hunter22"]) for _ in range(2))
        assert get(one, "/a") == b"warp"
        assert get(other, "/a") == b"weft"

def test_it_fails(tape, target):
    get(tape(target), "/a")
    assert "PLAYED" in os.environ
"""


def test_tapes_are_recorded_once_and_played_after(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, TAPED, "--netloom-tape", "replay").assert_outcomes(failed=2)
    run(pytester, TAPED, "--netloom-network", "off").assert_outcomes(passed=1, failed=1)
    folder = pytester.path / "tapes" / "test_tapes_are_recorded_once_and_played_after"
    assert sorted(path.name for path in folder.iterdir()) == ["TestIt.test_it-1.pcapng", "TestIt.test_it-2.pcapng"]
    assert not any(b"hunter22" in path.read_bytes() for path in folder.iterdir())
    monkeypatch.setenv("PLAYED", "1")
    run(pytester, TAPED, "--netloom-network", "off", "-k", "TestIt").assert_outcomes(passed=1)
    run(pytester, TAPED, "--netloom-tape", "live", "-k", "TestIt").assert_outcomes(failed=1)
    result = run(pytester, TAPED, "--netloom-tape", "often")
    assert "invalid choice: 'often'" in text(result)


def test_each_test_has_a_tape_of_its_own(pytester: pytest.Pytester) -> None:
    code = (
        TAPED.partition("class TestIt")[0]
        + """
@pytest.mark.parametrize("name", ["a b", "a/b"])
def test_it(tape, target, name):
    made = tape(target)
    get(made, "/a")
    places.append(made.url)

places = []
def test_they_are_gone():
    for place in places:
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(place, timeout=5)
"""
    )
    run(pytester, code).assert_outcomes(passed=3)
    assert len(list((pytester.path / "tapes" / "test_each_test_has_a_tape_of_its_own").iterdir())) == 2


def test_where_a_tape_was_left_is_told_also_where_the_test_hides_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        TAPED.partition("class TestIt")[0]
        + """
def test_open(tape, target):
    assert get(tape(target), os.environ.get("PLAYED", "/a"))

def test_hidden(tape, target):
    try:
        get(tape(target), os.environ.get("PLAYED", "/a"))
    except OSError:
        pass
"""
    )
    run(pytester, code).assert_outcomes(passed=2)
    monkeypatch.setenv("PLAYED", "/b")
    result = run(pytester, code)
    result.assert_outcomes(failed=2)
    assert "netloom: where the tape was left" in text(result)
    reports = [line for line in text(result).splitlines() if not line.startswith("FAILED")]
    assert sum("expected GET /a HTTP/1.1, got GET /b HTTP/1.1" in line for line in reports) == 2


def test_a_tape_of_another_protocol_warns(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        TAPED.replace("class TestIt", "class NoTest")
        + """
def test_it(tape, target):
    made = tape(target.replace("http", os.environ.get("PLAYED", "http")))
    if "PLAYED" not in os.environ:
        get(made, "/a")
"""
    )
    run(pytester, code, "-k", "test_it and not fails").assert_outcomes(passed=1)
    monkeypatch.setenv("PLAYED", "smtp")
    result = run(pytester, code, "-k", "test_it and not fails", "-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    assert "the recording has no smtp, but http: that is played" in text(result)


# What it costs, and what it leaves


def test_without_servers_nothing_heavy_is_loaded(pytester: pytest.Pytester) -> None:
    code = """
        import sys

        def test_it():
            heavy = {"asyncio", "uvloop", "cryptography", "netloom.serving", "netloom.testing.guard", "netloom.api"}
            assert not heavy & set(sys.modules)
    """
    plugins = [f"no:{name}" for name in ("asyncio", "anyio", "xdist", "hypothesispytest", "timeout")]
    run(pytester, code, *(word for name in plugins for word in ("-p", name))).assert_outcomes(passed=1)


def test_nothing_is_left(pytester: pytest.Pytester) -> None:
    code = """
        import os, socket, threading

        def places():
            return {n: os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                    if os.path.exists(f"/proc/self/fd/{n}")}

        def test_first(serve):
            serve("tcp")  # the servers' loop stays

        before = {}

        def test_before():
            before.update(files=len(places()), threads=threading.active_count())

        def test_many(serve, unix_server):
            for _ in range(20):
                server = serve("tcp")
                sock = socket.create_connection(server.address)
                sock.sendall(b"x")
                assert sock.recv(1) == b"x"
                sock.close()

        def test_after():
            assert before == {"files": len(places()), "threads": threading.active_count()}
    """
    run(pytester, code).assert_outcomes(passed=4)
