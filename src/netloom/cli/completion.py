"""Completion for bash, zsh and fish: the shell asks `netloom completion for -- WORDS` and shows what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import output, registry
from netloom.cli.commands import EXTRA, common_options
from netloom.cli.fields import Field, fields_of, link_fields, offered_links
from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.operations.explain import explanations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.shapes import Operation

_BASH = r"""_netloom() {
    local line="${COMP_LINE:0:COMP_POINT}" cur before word IFS=$' \t\n'
    local -a words
    read -ra words <<< "$line"
    cur="${line##*[[:space:]]}"
    [[ -z "$cur" ]] && words+=("")
    # bash breaks words at ':' and '=': what stands before the last of them isn't replaced
    before="${cur%"${cur##*[:=]}"}"
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        [[ "$word" == "$cur"* ]] && COMPREPLY+=("${word#"$before"}")
    done < <(netloom completion for -- "${words[@]:1}" 2>/dev/null)
    [[ "${COMPREPLY[*]}" == *[:=/] ]] && compopt -o nospace 2>/dev/null
    [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default 2>/dev/null
}
complete -F _netloom netloom
"""

_ZSH = r"""#compdef netloom
_netloom() {
    local word about
    local -a plain open
    while IFS=$'\t' read -r word about; do
        if [[ "$word" == *[:=/] ]]; then
            open+=("${word//:/\\:}:$about")
        else
            plain+=("${word//:/\\:}:$about")
        fi
    done < <(netloom completion for -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( ${#plain} )) && _describe netloom plain
    (( ${#open} )) && _describe netloom open -S ''
    (( ${#plain} + ${#open} )) || _files
}
if [[ "$funcstack[1]" == _netloom ]]; then _netloom "$@"; else compdef _netloom netloom; fi
"""

_FISH = r"""function __netloom_words
    set -l words (commandline -opc) (commandline -ct)
    netloom completion for -- $words[2..-1] 2>/dev/null
end
complete -c netloom -f -a '(__netloom_words)'
complete -c netloom -F -n 'not string match -q -- "*://*" (commandline -ct)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_HOW = {
    "bash": 'eval "$(netloom completion bash)"  # in ~/.bashrc',
    "zsh": 'eval "$(netloom completion zsh)"  # in ~/.zshrc, after compinit',
    "fish": "netloom completion fish | source  # in ~/.config/fish/config.fish",
}

Candidate = tuple[str, str]
"""A word and what it means."""


def script(shell: str) -> str:
    """What a shell reads. Raises UsageError for a shell that isn't known."""
    if shell not in _SCRIPTS:
        said = f"there is no completion for {shell!r}" if shell else "completion needs a shell"
        raise UsageError(said, hint=suggest(shell, _SCRIPTS) or f"shells: {', '.join(_SCRIPTS)}")
    return f"# {_HOW[shell]}\n{_SCRIPTS[shell]}" if shell != "zsh" else _SCRIPTS[shell]


def candidates(words: list[str]) -> list[Candidate]:
    """What the last of the words (those after `netloom`) may become. Never raises: completion is silent."""
    *before, current = words or [""]
    try:
        return [found for found in _candidates(before, current) if found[0].startswith(current)]
    except UsageError:
        return []


def _candidates(before: list[str], current: str) -> Iterator[Candidate]:
    name = _command(before)
    if not name:
        yield from _values(before, ()) or _start(current)
    elif name == "help":
        from netloom.cli.pages import topics

        yield from ((topic, "") for topic in topics())
    elif name == "completion":
        yield from ((shell, "") for shell in _SCRIPTS)
    else:
        operation = registry.operation(name)
        fields = (*fields_of(operation.request), *offered_links(operation.request))
        yield from _values(before, fields) or (
            _flags(fields) if current.startswith("-") else _arguments(operation, current)
        )


def _start(current: str) -> Iterator[Candidate]:
    if current.startswith("-"):
        yield from _flags(())
        return
    yield from ((operation.name, operation.summary) for operation in registry.operations())
    yield from ((name, "") for name in EXTRA)


def _command(before: list[str]) -> str:
    """The command's name among the words: the first that is neither a flag nor a common flag's value."""
    takes_value = {"-o", "--output", "-w", "--write-out", "--color", "--config"}
    skip = False
    for word in before:
        if skip:
            skip = False
        elif word in takes_value:
            skip = True
        elif not word.startswith("-"):
            return word
    return ""


def _flags(fields: tuple[Field, ...]) -> Iterator[Candidate]:
    for field in fields:
        if not field.positional:
            yield field.flag, field.description
    for param in common_options():
        for flag in param.opts:
            if flag.startswith("--"):
                yield flag, ""
    yield "--help", ""


def _values(before: list[str], fields: tuple[Field, ...]) -> list[Candidate]:
    """What the flag before takes, or nothing."""
    flag = before[-1] if before else ""
    if flag in ("-o", "--output"):
        return [(name, output.named(name).summary) for name in output.names()]
    if flag == "--color":
        return [(word, "") for word in ("auto", "always", "never")]
    if flag == "-O":
        return [*_protocol_options(before), *((f"{field.name}=", field.description) for field in link_fields())]
    field = next((field for field in fields if flag in (field.flag, field.short) and field.kind != "switch"), None)
    if field is None:
        return []
    if field.name in ("content", "protocol"):
        return [(name, "") for name in registry.names("contents" if field.name == "content" else "protocols")]
    if field.name in ("as_", "from_"):
        from netloom.formats import declared

        return [(form.name, form.summary) for form in declared()]
    return [(word, "") for word in field.choices]


def _protocol_options(before: list[str]) -> Iterator[Candidate]:
    """The options of the protocol whose endpoint stands on the line."""
    scheme = next((word.partition("://")[0] for word in before if "://" in word), "")
    if scheme:
        client = registry.load(registry.for_scheme(scheme)[0], "client")
        yield from ((f"{field.name}=", field.description) for field in fields_of(client.Options))


def _arguments(operation: Operation, current: str) -> Iterator[Candidate]:
    """Schemes where endpoints are asked for; names where they are."""
    names = {field.name for field in fields_of(operation.request) if field.positional}
    if names & {"target", "targets", "other"} and "/" not in current:
        for declared in registry.protocols():
            yield from ((f"{scheme}://", declared.summary) for scheme in declared.schemes)
    if "terms" in names:
        yield from ((term, "") for term in explanations() if " " not in term)
    if "protocols" in names:
        yield from ((name, "") for name in registry.names("protocols"))
    if "operation" in names:
        yield from ((known.name, known.summary) for known in registry.operations())
