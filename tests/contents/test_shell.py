from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents import TooLarge
from netloom.contents.shell import CONTENT, Limits, Result, Shell, ShellSession
from netloom.contents.shell.commands import COMMANDS
from netloom.contents.shell.syntax import ShellSyntaxError, parse
from netloom.errors import UsageError


@pytest.fixture
def session() -> ShellSession:
    return Shell("edge-7", clock=lambda: 86400.0 * 365).session("ann")


async def said(session: ShellSession, line: str, stdin: bytes = b"") -> str:
    result = await session.run(line, stdin)
    assert result.stderr == b""
    return result.stdout.decode()


# Lines that a real shell understands in the same way. {HOME} is the current and the home directory of both.
SAME = [
    "echo hello  world",
    "echo 'a  b' \"c  d\" e\\ f",
    "echo \"a'b\" 'c\"d'",
    "echo a;echo b",
    "echo a && echo b",
    "false && echo b",
    "false || echo b",
    "true || echo b && echo c",
    "false && echo a || echo b",
    "false; echo $?",
    "true; echo $?",
    "exit 3",
    "echo a; exit 7; echo b",
    "echo -n x",
    "echo $NOTHING.",
    "A=1; echo $A ${A}2 $A3",
    "A='x  y'; echo $A \"$A\"",
    "A=1 B=2; echo $B$A",
    "echo '$A' \\$A \"\\$A\"",
    "echo a | cat",
    "echo b a | cat | cat",
    "echo x > f; cat f; cat < f",
    "echo x > f; echo y >> f; cat f",
    "cat none 2> /dev/null; echo $?",
    "cat none > both 2>&1; echo $?",
    "true | false; echo $?",
    "false | true; echo $?",
    "cd /tmp; pwd; cd -",
    "cd; pwd",
    "pwd",
    "cd ..; cd {HOME}; pwd",
    "echo ~ ~/x '~' a~",
    "echo a#b #c",
    "# nothing",
    "",
    "   ",
    "echo a # b\necho c",
    "echo \"\" '' x",
    'A=; echo "$A"x',
    "echo a\\\nb",
    'echo "a\\\nb"',
    "A=5 true; echo $A",
    "exit 3 | cat; echo still",
    "cd / | cat; pwd",
    "sh -c 'echo in; exit 4'; echo $?",
    "sh -c 'A=1; cd /'; echo $A; pwd",
    "echo 'echo nested' | sh",
    "mkdir d; echo x > d/f; ls d; rm -r d; ls",
    "mkdir -p a/b/c; ls a",
    "touch t; cat t; ls",
    "printenv_is_not_there 2> /dev/null; echo $?",
    "echo 'a b\nc' | wc -l",
    "echo one > f; wc -c < f",
    "echo 1 > f; echo 2 >> f; head -n 1 f",
    "echo 1 > f; echo 2 >> f; tail -n 1 f",
    "echo $((",
    "echo a >",
    "| cat",
    "echo 'x",
    'echo "x',
    "; echo",
    "&& true",
    "echo a ||",
    "echo a &&\necho b",
    "A=b; echo a$A'c'\"d$A\"",
    "A='1 2'; echo x$A y${A}z",
    "A=' '; echo a${A}b",
    "A=' x'; echo a$A",
    "exit 300",
    "true&&echo a|cat",
    "cat f < none || echo failed",
    "rm none 2> /dev/null; echo $?",
    "rm -f none; echo $?",
    "echo a>f;cat<f",
    "echo a 1>f; cat f",
    "echo 2 >f; cat f",
    "export A=7; sh -c 'echo $A'",
    "unset A; echo $A.",
    ": ; echo $?",
    "echo $$ > /dev/null",
    "echo '|' \"&\" \\;",
    "cd none 2> /dev/null || echo failed",
    "echo x >&2 2> /dev/null; echo y",
    "echo err 2>&1 1>&2 | cat",
]


class TestLikeARealShell:
    @pytest.mark.parametrize("line", SAME)
    async def test_prints_the_same(self, line: str, tmp_path: Path) -> None:
        shell = Shell()
        session = shell.session("ann")
        for name in (await said(session, "ls")).split():
            await said(session, f"rm {name}")
        home = (await said(session, "pwd")).strip()
        ours = await session.run(line.replace("{HOME}", home))
        real = subprocess.run(  # noqa: ASYNC221  # nothing else runs on this loop
            ["/bin/sh", "-c", line.replace("{HOME}", str(tmp_path))],
            cwd=tmp_path,
            env={"PATH": "/bin:/usr/bin", "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=30,
        )
        assert ours.stdout.decode().replace(home, str(tmp_path)) == real.stdout.decode()
        assert (ours.status == 0) == (real.returncode == 0)
        assert bool(ours.stderr) == bool(real.stderr)


class TestCommands:
    async def test_who_and_where(self, session: ShellSession) -> None:
        assert await said(session, "whoami; hostname; pwd") == "ann\nedge-7\n/home/ann\n"
        assert await said(session, "id") == "uid=1000(ann) gid=1000(ann)\n"
        assert await said(session, "uname") == "Netloom\n"
        assert "edge-7" in await said(session, "uname -a")
        assert session.prompt == "ann@edge-7:~$ "
        await said(session, "cd /etc")
        assert session.prompt == "ann@edge-7:/etc$ "
        assert "edge-7" in session.banner
        assert Shell().session("root").prompt == "root@loom:~# "

    async def test_date(self, session: ShellSession) -> None:
        assert await said(session, "date -u") == "Fri Jan  1 00:00:00 UTC 1971\n"
        assert await said(session, "date +%Y-%m-%d") == "1971-01-01\n"

    async def test_env(self, session: ShellSession) -> None:
        assert "HOME=/home/ann\n" in await said(session, "env")
        assert "LANG=C\n" in await said(Shell().session("x", {"LANG": "C", "HOME": "/etc"}), "env")

    async def test_ls(self, session: ShellSession) -> None:
        assert await said(session, "ls /etc") == "hostname\nhosts\nmotd\nos-release\n"
        assert await said(session, "ls -l readme.txt") == "-rw-r--r-- 1 ann ann       41 readme.txt\n"
        result = await session.run("ls none readme.txt")
        assert (result.status, result.stdout) == (1, b"readme.txt\n")
        assert b"No such file" in result.stderr

    async def test_wc(self, session: ShellSession) -> None:
        assert await said(session, "wc", b"a b\nc\n") == "2 3 6\n"

    async def test_reads_its_input(self, session: ShellSession) -> None:
        assert await session.run("cat - | cat", b"\x00\xff") == Result(0, b"\x00\xff")

    async def test_help_names_every_command(self, session: ShellSession) -> None:
        assert (await said(session, "help")).split("\n")[1].split() == sorted(COMMANDS)

    async def test_unknown(self, session: ShellSession) -> None:
        assert await session.run("reboot now") == Result(127, b"", b"sh: reboot: command not found\n")
        assert await said(session, "/bin/echo x") == "x\n"

    async def test_exit_ends_the_session(self, session: ShellSession) -> None:
        assert (await session.run("exit 5; echo no")).status == 5
        assert session.exited == 5

    @pytest.mark.parametrize("name", sorted(COMMANDS))
    @pytest.mark.parametrize(
        "arguments", ["", "--nonsense", "-x", "a b c", "''", "-- x", "-n", "/", "-n 99999999999999", "+%Q%"]
    )
    async def test_any_arguments(self, session: ShellSession, name: str, arguments: str) -> None:
        assert isinstance(await session.run(f"{name} {arguments}", b"x"), Result)

    @pytest.mark.parametrize("name", ["ann", "..", ".", "", "a/../../b", "é", "x\0y", "\n", "a" * 1000])
    async def test_any_user(self, name: str) -> None:
        session = Shell().session(name)
        assert (await said(session, "pwd")).startswith("/home/")
        assert await said(session, "ls") == "readme.txt\n"


class TestFiles:
    async def test_a_session_has_its_own(self) -> None:
        shell = Shell(files={"/etc/config": b"x"})
        one, other = shell.session("ann"), shell.session("ann")
        await said(one, "echo mine > f")
        assert await said(other, "ls") == "readme.txt\n"
        assert await said(other, "cat /etc/config") == "x"

    @pytest.mark.parametrize(
        "line", ["echo x > /etc/hostname", "rm -r /etc", "mkdir /x", "touch /y", "rm -r /", "rm -r ~", "rm -r /tmp"]
    )
    async def test_only_some_may_be_changed(self, session: ShellSession, line: str) -> None:
        result = await session.run(line)
        assert result.status == 1
        assert b"Permission denied" in result.stderr

    async def test_nothing_of_the_host_is_seen(self, session: ShellSession, tmp_path: Path) -> None:
        (tmp_path / "canary").write_text("c4n4ry")
        for path in (f"{tmp_path}/canary", f"../../..{tmp_path}/canary", "/proc/self/environ", "/etc/passwd"):
            assert (await session.run(f"cat {path}")).status == 1
        await session.run(f"echo x > {tmp_path}/new; echo x > /tmp/netloom-shell-test")
        assert [item.name for item in tmp_path.iterdir()] == ["canary"]
        assert not Path("/tmp/netloom-shell-test").exists()


class TestLimits:
    async def test_memory(self) -> None:
        session = Shell(limits=Limits(memory=100)).session()
        await said(session, "cat > a", b"x" * 60)
        assert (await session.run("cat > b", b"x" * 41)).stderr == b"sh: /home/guest/b: No space left on device\n"
        await said(session, "cat > b", b"x" * 40)
        await said(session, "rm a; cat > c", b"x" * 60)
        await said(session, "cat > c", b"y" * 60)

    async def test_entries(self, session: ShellSession) -> None:
        result = Result(0)
        for number in range(1_000):
            result = await session.run(f"touch f{number}")
            if result.status:
                break
        assert b"No space left" in result.stderr

    @pytest.mark.parametrize(
        "line",
        [
            "cat f f f f f f f f f f f",
            "cat f;" * 11,
            "cat f f f f f f | cat f f f f f f f f f f f",
            "sh -c 'cat f f f f f f f f f f f'",
            "cat f f f f f f f f f f f | wc",
            "A=0123456789012345678901234567890123456789;" + "A=$A$A;" * 7,
            "A=0123456789012345678901234567890123456789; echo " + "$A" * 100,
        ],
    )
    async def test_output(self, line: str) -> None:
        session = Shell(limits=Limits(output=1000)).session()
        await said(session, "cat > f", b"x" * 100)
        result = await session.run(line)
        assert result.status == 137
        assert len(result.stdout) <= 1000
        assert await said(session, "echo still there") == "still there\n"

    async def test_commands(self, session: ShellSession) -> None:
        assert (await session.run("true;" * 1000)).status == 0
        assert (await session.run("true;" * 1001)).status == 137
        nested = "true"
        for _ in range(7):
            await session.run("cat > s", nested.encode())
            nested = "sh < s;" * 20
        assert (await session.run("sh < s;" * 500)).status == 137

    async def test_depth(self, session: ShellSession) -> None:
        await session.run("echo 'sh < s' > s")
        result = await session.run("sh < s")
        assert b"within each other" in result.stderr

    async def test_line_and_input(self, session: ShellSession) -> None:
        for line, stdin in (("x" * (16 << 10) + "x", b""), ("cat", b"x" * ((1 << 20) + 1))):
            with pytest.raises(TooLarge):
                await session.run(line, stdin)

    async def test_variables(self, session: ShellSession) -> None:
        result = await session.run(";".join(f"V{number}=x" for number in range(250)))
        assert b"no room for more variables" in result.stderr
        with pytest.raises(TooLarge):
            Shell().session("x", {f"V{number}": "x" for number in range(250)})
        with pytest.raises(TooLarge):
            Shell().session("x", {"V": "x" * (64 << 10)})

    async def test_sleep(self) -> None:
        session = Shell(limits=Limits(sleep=5)).session()
        await said(session, "sleep 0")
        for line in ("sleep 6", "sleep 3 3", "sleep nan", "sleep -1", "sleep x", "sleep inf", "sleep"):
            assert (await session.run(line)).status == 1
        task = asyncio.ensure_future(session.run("sleep 5"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


class TestSyntax:
    @pytest.mark.parametrize(
        "line", ["sleep 1 &", "(echo)", "echo `id`", "echo $(id)", "cat << x", "echo ${A:-b}", "echo &> x"]
    )
    async def test_what_isnt_simulated_is_said(self, session: ShellSession, line: str) -> None:
        result = await session.run(line)
        assert result.status == 2
        assert result.stderr.startswith(b"sh: ")

    @given(st.text(alphabet="ab1 \n\t;&|<>()'\"\\$`{}#=~?é", max_size=40))
    def test_any_line_parses_or_is_refused(self, line: str) -> None:
        try:
            parse(line)
        except ShellSyntaxError:
            return

    @given(st.text(alphabet="ab12 \n;&|<>'\"\\$A#=~/.-é\0\ud800", max_size=40))
    async def test_any_line_runs(self, line: str) -> None:
        assert isinstance(await Shell().session().run(line), Result)


class TestArgument:
    def test_hostname(self) -> None:
        assert CONTENT.from_argument("").describe() == "simulated shell loom"
        assert CONTENT.from_argument("hostname=edge-7.example").describe() == "simulated shell edge-7.example"

    @pytest.mark.parametrize(
        "argument", ["edge-7", "hostname=", "hostname=a b", "hostname=a..b", "hostname=é", "colour=x"]
    )
    def test_mistakes(self, argument: str) -> None:
        with pytest.raises(UsageError):
            CONTENT.from_argument(argument)
