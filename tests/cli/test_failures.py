"""How mistakes read, and what a script learns of them."""

from __future__ import annotations

import pytest

from netloom.cli import failures
from netloom.endpoint import Endpoint
from netloom.errors import (
    Blocked,
    CapabilityError,
    ConnectError,
    LocalProtocolError,
    NetloomError,
    PeerRefused,
    RemoteProtocolError,
    Unsupported,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (Unsupported("x"), 2),
        (Blocked("x"), 2),
        (LocalProtocolError("x"), 2),
        (CapabilityError("x"), 1),
        (ConnectError("x"), 1),
        (RemoteProtocolError("x"), 1),
        (PeerRefused("x"), 1),
    ],
)
def test_exit_codes(error: NetloomError, code: int) -> None:
    assert failures.exit_code(error) == code


def test_the_caret_stands_under_the_column() -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint.parse("https//example.com")
    first, second = failures.tell(caught.value).splitlines()
    assert first == "netloom: https//example.com is no endpoint: ':' expected after the scheme, at column 6"
    assert second == "              ↑   did you mean https://example.com ?"
    assert first[second.index("↑")] == "/"


def test_a_text_that_is_not_in_the_message_has_its_own_line() -> None:
    lines = failures.tell(
        UsageError("there is a mistake", text="abc = = 3", column=6, hint="one is enough")
    ).splitlines()
    assert lines == ["netloom: there is a mistake", "  abc = = 3", "        ↑   one is enough"]


def test_a_narrow_terminal() -> None:
    error = UsageError("abcdef is a mistake", text="abcdef", column=2, hint="a hint that is long")
    assert failures.tell(error, columns=24).splitlines() == [
        "netloom: abcdef is a mistake",
        "  abcdef",
        "    ↑",
        "  a hint that is long",
    ]


def test_what_came_from_elsewhere_is_not_obeyed_and_the_caret_holds() -> None:
    lines = failures.tell(UsageError("'\x1bab' is a mistake", text="\x1bab", column=1)).splitlines()
    assert lines[0] == "netloom: '\\x1bab' is a mistake"
    assert lines[0][lines[1].index("↑")] == "a"


def test_without_a_place() -> None:
    assert (
        failures.tell(Unsupported("tcp has no get", hint="tcp can send")) == "netloom: tcp has no get\n  tcp can send\n"
    )


def test_a_bug_is_one_line_without_the_errors_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TypeError) as caught:
        Endpoint.parse(5)  # type: ignore[arg-type]
    assert failures.report(caught.value, []) == 70
    said = capsys.readouterr().err
    assert said.startswith("netloom: a bug: TypeError at endpoint.py:")
    assert said.count("\n") == 1
    assert "NETLOOM_DEBUG=1" in said


def test_the_traceback_is_there_for_who_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLOOM_DEBUG", "1")
    assert failures.report(ValueError("why"), []) == 70
    assert "ValueError: why" in capsys.readouterr().err


def test_an_error_in_a_group_is_that_error(capsys: pytest.CaptureFixture[str]) -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("more", [UsageError("wrong")])])
    assert failures.report(group, []) == 2
    assert capsys.readouterr().err == "netloom: wrong\n"


def test_a_plugin_says_it_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert failures.report(UsageError("a | b\nc"), ["probe", "-o", "nagios"]) == 3
    assert capsys.readouterr().out == "NETLOOM UNKNOWN - a ¦ b\n"
    assert failures.report(ValueError(), ["-onagios"]) == 3


@pytest.mark.parametrize(
    ("arguments", "environment", "plugin"),
    [
        (["probe", "-o", "nagios", "x"], "", True),
        (["--output=nagios"], "", True),
        (["--output", "nagios"], "", True),
        (["probe"], "nagios", True),
        (["probe", "-o", "json"], "nagios", False),
        (["probe", "nagios"], "", False),
        (["-o"], "", False),
    ],
)
def test_whether_it_is_a_plugin(
    arguments: list[str], environment: str, plugin: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLOOM_OUTPUT", environment)
    assert failures.wants_plugin(arguments) is plugin
