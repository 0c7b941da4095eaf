"""Commands made from requests: which values reach the request, and from where."""

from __future__ import annotations

from typing import Any

import click
import pytest

from netloom import registry, settings
from netloom.cli import commands
from netloom.cli.commands import Commands, OperationCommand
from netloom.cli.session import Session


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command line; give the request that would be worked on."""
    seen: list[Session] = []

    def keep(session: Session) -> int:
        seen.append(session)
        return 0

    monkeypatch.setattr(Session, "execute", keep)
    monkeypatch.setattr(settings, "load", lambda environment, file="": settings.Settings())

    def run(*arguments: str) -> Any:
        commands.group().main(list(arguments), prog_name="netloom", standalone_mode=False)
        return seen[-1]._run.request

    return run


def test_arguments_and_flags(requested: Any) -> None:
    request = requested(
        "probe", "tcp://a:1", "tcp://b:2", "-e", "duration < 1", "--deadline", "3", "--expect", "x == 1"
    )
    assert [str(target) for target in request.targets] == ["tcp://a:1", "tcp://b:2"]
    assert request.expect == ["duration < 1", "x == 1"]
    assert request.deadline == 3.0
    assert request.concurrency == 50


def test_several_arguments_in_order(requested: Any) -> None:
    assert requested("send", "udp://a:1", "hello").message == "hello"
    assert requested("send", "udp://a:1").message == "-"
    assert requested("put", "http://a/x", "-").source == "-"
    assert str(requested("connect", "tcp://a:1", "tcp://b:2").other) == "tcp://b:2"
    assert requested("run", "ssh://a", "--", "--version").command == "--version"


def test_options_of_links_from_everywhere(requested: Any) -> None:
    request = requested(
        "-4",
        "probe",
        "tcp://a:1",
        "-O",
        "idle=3",
        "--ttl",
        "8",
        "--no-nodelay",
        "--proxy",
        "socks5://p",
        "--proxy",
        "http://q",
    )
    assert sorted(request.options) == [
        "family=4", "idle=3", "nodelay=false", "proxy=http://q", "proxy=socks5://p", "ttl=8",
    ]  # fmt: skip


def test_switches(requested: Any) -> None:
    assert requested("get", "http://a/", "--resume").resume is True
    assert requested("get", "http://a/", "--no-resume").resume is False


def test_settings_stand_behind_flags(monkeypatch: pytest.MonkeyPatch, requested: Any) -> None:
    layers = (
        settings.Layer("env", {"probe.deadline": "4", "expect": "a == 1,b == 2"}),
        settings.Layer("file", {"deadline": 5, "probe.rate": 7, "options.ttl": 9, "options.verify": False}),
    )
    monkeypatch.setattr(settings, "load", lambda environment, file="": settings.Settings(layers))
    request = requested("probe", "tcp://a:1", "-O", "ttl=1")
    assert (request.deadline, request.rate, request.expect) == (4.0, 7.0, ["a == 1", "b == 2"])
    assert request.options == ["ttl=1", "verify=false"]
    assert requested("probe", "tcp://a:1", "--deadline", "6").deadline == 6.0


@pytest.mark.parametrize("name", registry.names("operations"))
def test_every_operation_is_a_command_whose_flags_are_its_own(name: str) -> None:
    group = commands.group()
    ctx = click.Context(group)
    command = group.get_command(ctx, name.replace("_", "-"))
    assert isinstance(command, OperationCommand)
    flags = [flag for param in command.params for flag in (*param.opts, *param.secondary_opts) if flag.startswith("-")]
    assert len(flags) == len(set(flags))
    assert name.replace("_", "-") in Commands.list_commands(group, ctx)
