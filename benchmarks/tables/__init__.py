"""One file a table, each in the same order: what, sides, check, measure, limits."""
