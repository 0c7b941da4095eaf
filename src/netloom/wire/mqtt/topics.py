"""Topic names, topic filters and shared subscriptions (MQTT 5.0 §4.7, §4.8.2)."""

from __future__ import annotations

SHARE = "$share/"


def misplaced(pattern: str) -> int:
    """The column of a wildcard that stands where none may: + is a whole level, # the whole last one; -1 for none."""
    if "#" not in pattern and "+" not in pattern:
        return -1
    levels = pattern.split("/")
    column = 0
    for position, level in enumerate(levels):
        alone = len(level) == 1 and (level == "+" or position == len(levels) - 1)
        if ("#" in level or "+" in level) and not alone:
            return column
        column += len(level) + 1
    return -1


def wrong_name(topic: str) -> str:
    """What is wrong with a topic's name, in words, or nothing. NUL and surrogates are any text's affair."""
    if not topic:
        return "an empty topic"
    if "+" in topic or "#" in topic:
        return f"a wildcard in the topic {topic[:80]!r}"
    return ""


def wrong_filter(pattern: str) -> str:
    """What is wrong with a topic filter, in words, or nothing."""
    if not pattern:
        return "an empty topic filter"
    if pattern.startswith(SHARE):
        group, slash, rest = pattern[len(SHARE) :].partition("/")
        if not group or not slash or not rest or "+" in group or "#" in group:
            return f"{pattern[:80]!r} is no shared subscription: $share/NAME/FILTER is"
        pattern = rest
    column = misplaced(pattern)
    return f"{pattern[:80]!r} is no topic filter: its wildcard in column {column + 1}" if column >= 0 else ""


def shared(pattern: str) -> tuple[str, str]:
    """The share's name and the filter behind it; without a share an empty name and the filter."""
    if not pattern.startswith(SHARE):
        return "", pattern
    group, _, rest = pattern[len(SHARE) :].partition("/")
    return group, rest
