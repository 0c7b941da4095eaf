"""What `netloom help TOPIC` says of an operation, a protocol, links, faults, formats, settings and contents."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from netloom import output, registry
from netloom.cli.fields import Field, fields_of, link_fields, offered_links, shown_default
from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.output.text.words import pad, width, wrap
from netloom.shapes import VERBS, Operation, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from msgspec.structs import FieldInfo

_COMMON = "-o FORMAT, -v, -q, -4, -6, --color, --config: netloom --help"


def page(topic: str) -> str:
    """The page. Raises UsageError for a topic that there is none about."""
    name = topic.strip().lower()
    if name in _TOPICS:
        return _TOPICS[name]()
    for find in (_operation_of, _protocol_of):
        found = find(name)
        if found:
            return found
    known = topics()
    raise UsageError(
        f"there is no help about {topic!r}",
        hint=suggest(topic, known) or f"topics: {', '.join(known)}; or netloom explain TERM",
    )


def topics() -> list[str]:
    """Everything that there is a page about."""
    operations = [name.replace("_", "-") for name in registry.names("operations")]
    schemes = [scheme for declared in registry.protocols() for scheme in declared.schemes]
    return list(dict.fromkeys([*operations, *registry.names("protocols"), *schemes, *_TOPICS]))


def _operation_of(topic: str) -> str:
    try:
        return operation_page(registry.operation(topic))
    except UsageError:
        return ""


def _protocol_of(topic: str) -> str:
    if topic in registry.names("protocols"):
        return protocol_page(registry.protocol(topic))
    try:
        return protocol_page(registry.for_scheme(topic.removesuffix("://"))[0])
    except UsageError:
        return ""


def operation_page(operation: Operation) -> str:
    """Usage, fields, an example."""
    fields = fields_of(operation.request)
    arguments = [field for field in fields if field.positional]
    flags = [field for field in fields if not field.positional]
    usage = " ".join(
        ["netloom", operation.name, *(field.usage for field in arguments), *(["[options]"] if flags else [])]
    )
    lines = [usage, f"  {operation.summary}", ""]
    lines += table((field.usage, _about(field)) for field in [*arguments, *flags])
    lines += ["", f"  {_COMMON}"]
    if any(offered_links(operation.request)):
        lines.append("  options of links are flags, too, such as --ttl 8: netloom help links")
    if operation.verb:
        lines.append(f"  works for: {', '.join(_protocols_with(operation))}")
    return "\n".join([*lines, "", f"  $ {operation.example}"])


def _protocols_with(operation: Operation) -> Iterator[str]:
    from netloom.operations.matrix import obstacle

    yield from (declared.name for declared in registry.protocols() if not obstacle(declared, operation))


def protocol_page(declared: Protocol) -> str:
    """Verbs, options, facts, contents, and a line to try each."""
    lines = [f"{declared.name}: {declared.summary} ({declared.rfc})", ""]
    lines += table((f"{name}://", _carried(declared, name)) for name in declared.schemes)
    client = registry.load(declared, "client")
    verbs = [verb for verb in VERBS if hasattr(client, verb)]
    lines += ["", f"works with {', '.join(_works_with(declared))}"]
    lines += [f"contents   {', '.join(declared.contents) or 'none'}"]
    lines += ["faults     --fault NAME… breaks it on purpose (netloom help faults)"]
    lines += ["", "options    #name=value in the URL, or -O name=value"]
    lines += table((field.name, _about(field, choices=True)) for field in fields_of(client.Options)) or [
        "  none beside those of links"
    ]
    lines += ["", "facts      what a probe learns: --expect 'facts.NAME == VALUE'"]
    lines += _columns([name for name in registry.facts(declared).__struct_fields__ if name != "summary"])
    lines += _refusals(declared)
    tries = list(
        dict.fromkeys(filter(None, [declared.example, *(_try(declared, verb) for verb in (*verbs, "probe", "serve"))]))
    )
    return "\n".join([*lines, "", "try", *(f"  $ {line}" for line in tries)])


def _refusals(declared: Protocol) -> list[str]:
    """How its server can say no, and where."""
    carriers = sorted({_CARRIERS[scheme.over] for scheme in declared.schemes.values() if scheme.over in _CARRIERS})
    further = [name for name in carriers if name != declared.name]
    if not declared.refusals and not further:
        return []
    lines = ["", "refusals   what its server says when told to: netloom serve … --fault refuse:CODE"]
    lines += table(
        (
            f"{refusal.code}{f', {refusal.number}' if refusal.number is not None else ''}",
            f"at {refusal.at}: {refusal.summary}",
        )
        for refusal in declared.refusals
    )
    if len(declared.steps) > 1:
        steps = ", ".join(step.name + f" ({step.summary})" * bool(step.summary) for step in declared.steps)
        lines += [f"  {line}" for line in wrap(f"steps: {steps}", _columns_wide() - 3)]
    return [*lines, *(f"  and those of {name}: netloom help {name}" for name in further)]


_CARRIERS = {"http": "http", "https": "http", "ssh": "ssh"}
_BELOW_CARRIERS = {"http": "tcp", "https": "tls", "ssh": "tcp"}


def _works_with(declared: Protocol) -> list[str]:
    """The operations that aim at endpoints, in the matrix's order."""
    from netloom.operations.matrix import aiming, obstacle

    return [operation.name for operation in aiming() if not obstacle(declared, operation)]


def _carried(declared: Protocol, name: str) -> str:
    """What a scheme runs over, and where; a carrier's own protocol runs over what the carrier does."""
    scheme = declared.schemes[name]
    own = scheme.over.removesuffix("s") == declared.name or scheme.over == declared.name
    over = _BELOW_CARRIERS.get(scheme.over, scheme.over) if own else scheme.over
    if over == "unix":
        return "a socket's path"
    port = f"port {scheme.port}" if scheme.port is not None else "its port must be given"
    return f"over {over.replace('+', ' and ')}, {port}"


def _try(declared: Protocol, verb: str) -> str:
    """A line with the verb, from the protocol's own sample of it."""
    name, scheme = next(iter(declared.schemes.items()))
    place = "/run/app.sock" if scheme.over == "unix" else f"127.0.0.1{f':{_A_PORT}' if scheme.port is None else ''}"
    if verb == "serve":
        return f"netloom serve {name}://{place if scheme.over == 'unix' else '127.0.0.1:0'}"
    if verb == "probe":
        return f"netloom probe {name}://{place}"
    sample = next((sample for sample in declared.samples if sample.verb == verb), None)
    if sample is None:
        return ""
    text = f" '{sample.text}'" if sample.text and verb in ("send", "run") else " FILE" if verb == "put" else ""
    target = f"{name}://{place}{sample.place}"
    return f"netloom {verb} {_quoted(target)}{text}"


_A_PORT = 7000


def _quoted(word: str) -> str:
    return f"'{word}'" if any(letter in word for letter in "?&;*()$! ") else word


def links_page() -> str:
    """Every option of links."""
    lines = [
        "options of links: #name=value in the URL, -O name=value, or --name value",
        "  times are seconds, sizes bytes; what isn't given is left as the kernel has it",
        "",
    ]
    lines += table((_link_flag(field), _about(field)) for field in link_fields())
    return "\n".join([*lines, "", "  $ netloom probe tcp://127.0.0.1:22 --ttl 8 --keepalive --bind 127.0.0.1"])


def faults_page() -> str:
    """Every fault with its parameters."""
    from netloom.links.faults import text
    from netloom.links.faults.fault import Fault

    shared = text.parameters(Fault)
    lines = [
        "faults: trouble made on purpose: --fault NAME[:VALUE][:PARAMETER=VALUE]…, several times if wanted",
        "  #fault=… in the URL; --fault @FILE reads a script with one a line",
        "  times are seconds (100ms, 2m), sizes bytes (64KiB), shares from 0 to 1 (30%)",
        "",
    ]
    for name in text.known():
        made = text.kind(name)
        about = (importlib.import_module(made.__module__).__doc__ or "").partition(": ")[2].strip().removesuffix(".")
        own = {parameter: field for parameter, field in text.parameters(made).items() if parameter not in shared}
        lines += table([(f"{name}:{made.VALUE.upper()}" if made.VALUE else name, about)])
        lines += [f"  {line}" for line in table((parameter, _parameter(field)) for parameter, field in own.items())]
    lines += ["", "every fault", *table((parameter, _parameter(field)) for parameter, field in shared.items())]
    return "\n".join([*lines, "", *(f"  $ {line}" for line in _FAULTY)])


def _parameter(field: FieldInfo) -> str:
    """What a fault's parameter is, and what it is where nobody says."""
    from netloom.links.faults.text import described

    usual = "" if field.required or field.default in (None, "", False) else f" [{field.default}]"
    return f"{described(field)}{usual}"


_FAULTY = (
    "netloom serve http://127.0.0.1:0 --fault latency:200ms:jitter=50ms --fault refuse:503:times=2",
    "netloom probe https://example.com --fault bandwidth:10KiB",
)


def _link_flag(field: Field) -> str:
    return f"--[no-]{field.flag.removeprefix('--')}" if field.kind == "switch" else field.usage


def formats_page() -> str:
    """Every format of output, and of bodies."""
    from netloom import formats

    lines = ["formats of output: -o FORMAT", ""]
    lines += table((name, output.named(name).summary) for name in output.names())
    lines += [
        "",
        '  In JSON and CSV bytes are text where they are UTF-8, otherwise {"base64": "…"}.',
        "  -w takes curl's variables and a record's fields: %{time_total}, %{facts.status}.",
        "  prometheus: several targets have a label `target`. nagios: exits with 0 to 3.",
        "",
        "  $ netloom probe -o json tcp://127.0.0.1:22",
        "",
        "formats of bodies: --as FORMAT, and --from FORMAT where nothing else tells",
        "",
    ]
    lines += table((form.usage, form.summary) for form in formats.declared())
    lines += [
        "",
        "  get and listen convert what comes, put and send what they carry.",
        "",
        "  $ netloom get https://example.com/data.json --as yaml",
    ]
    return "\n".join(lines)


def settings_page() -> str:
    """Where settings come from."""
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return "\n".join([
        "settings: flags, then the environment, then files; the first that says it counts",
        "",
        *table([
            ("NETLOOM_OUTPUT=json", "output, color, quiet, verbose, write_out"),
            ("NETLOOM_DEADLINE=5", "a field, in every operation that has it"),
            ("NETLOOM_PROBE_RATE=10", "a field of one operation; lists are parted by commas"),
            ("NETLOOM_OPTIONS_TTL=8", "an option of links"),
            ("NETLOOM_CONFIG=FILE", "a file in the place of the two below (--config FILE)"),
            ("NETLOOM_DEBUG=1", "the traceback of a bug"),
        ]),
        "",
        f"  ./netloom.toml, then {home}/netloom/config.toml:",
        "",
        "    output = \"table\"",
        "    deadline = 5",
        "    [probe]",
        "    concurrency = 100",
        "    [options]",
        "    proxy = [\"socks5://127.0.0.1:1080\"]",
        "",
        *(f"  {line}" for line in wrap(f"also: {_ELSEWHERE}", _columns_wide() - 3)),
    ])  # fmt: skip


_ELSEWHERE = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSLKEYLOGFILE, NO_COLOR"


def contents_page() -> str:
    """What servers can serve."""
    lines = ["contents: netloom serve ENDPOINT… --content KIND[:ARGUMENT]", ""]
    rows = []
    for kind in registry.names("contents"):
        about = (importlib.import_module(f"netloom.contents.{kind}").__doc__ or "").strip().split("\n")[0]
        users = ", ".join(declared.name for declared in registry.protocols() if kind in declared.contents)
        rows.append((kind, about.partition(": ")[2].removesuffix(".") + (f" ({users})" if users else "")))
    return "\n".join([*lines, *table(rows), "", "  $ netloom serve http://127.0.0.1:0 --content files:."])


def _about(field: Field, *, choices: bool = False) -> str:
    default = shown_default(field)
    repeats = field.kind == "many" and not field.positional and "repeat" not in field.description
    words = f" ({'|'.join(field.choices)})" if choices and field.choices else ""
    return f"{field.description}{words}{' (repeatable)' if repeats else ''}{f' [{default}]' if default else ''}"


def table(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Two columns; a long first one has its line for itself."""
    made = list(rows)
    first = min(max((width(name) for name, _ in made), default=0), 30)
    lines = []
    for name, about in made:
        pieces = list(wrap(about, _columns_wide() - first - 4))
        lines += [f"  {name}"] if width(name) > first else []
        lines.append(f"  {pad('' if width(name) > first else name, first)}  {pieces[0]}".rstrip())
        lines += [f"  {'':{first}}  {piece}" for piece in pieces[1:]]
    return lines


def _columns(names: list[str]) -> list[str]:
    return [f"  {line}" for line in wrap(", ".join(names) or "none", _columns_wide() - 3)]


def _columns_wide() -> int:
    try:
        return max(40, min(os.get_terminal_size(1).columns or 80, 110))
    except OSError:
        return 80


_TOPICS: dict[str, Callable[[], str]] = {
    "links": links_page,
    "faults": faults_page,
    "formats": formats_page,
    "settings": settings_page,
    "contents": contents_page,
}
