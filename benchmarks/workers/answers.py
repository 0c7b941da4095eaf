"""A server that answers each small request with as many bytes: one thread, no event loop's own cost."""

from __future__ import annotations

import select
import socket

from benchmarks.workers import say


def main() -> None:
    """Until the process is ended."""
    server = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server.setblocking(False)
    say({"port": server.getsockname()[1]})
    poll = select.epoll()
    poll.register(server, select.EPOLLIN)
    links: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll():
            link = links.get(number)
            if link is None:
                link, _ = server.accept()
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                links[link.fileno()] = link
                poll.register(link, select.EPOLLIN)
                continue
            try:
                data = link.recv(65536)
                if data:
                    link.sendall(data)
                    continue
            except OSError:
                pass
            links.pop(number).close()


main()
