"""Streams: what packets carried, put together again: datagrams, TCP's two directions, dialogues, files."""
