"""``python -m benchmarks.sync.distance HOST PORT MILLISECONDS``: a TCP proxy that keeps each byte so long in each direction.

HOST may be the folder of a PostgreSQL socket. Prints its port. In a process of its own, so that what waits here takes no
turn of what is measured; by threads that sleep, since an event loop's clock has no finer tick than a millisecond.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue

CHUNK = 1 << 18


def main(host: str, port: str, milliseconds: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        near, _ = listener.accept()
        far = connect(host, int(port))
        for one, other in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) if one.family != socket.AF_UNIX else None
            start_carrying(one, other, float(milliseconds) / 1000)


def connect(host: str, port: int) -> socket.socket:
    if not Path(host).is_dir():
        return socket.create_connection((host, port))
    far = socket.socket(socket.AF_UNIX)
    far.connect(f"{host}/.s.PGSQL.{port}")
    return far


def start_carrying(source: socket.socket, target: socket.socket, delay: float) -> None:
    """Two threads: one takes what comes and notes when, the other hands it on when its time is up."""
    waiting: SimpleQueue[tuple[float, bytes]] = SimpleQueue()

    def take() -> None:
        data = b"?"
        while data:
            try:
                data = source.recv(CHUNK)
            except OSError:
                data = b""
            waiting.put((time.perf_counter() + delay, data))

    def hand_on() -> None:
        while True:
            due, data = waiting.get()
            if (left := due - time.perf_counter()) > 0:
                time.sleep(left)
            try:
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
            except OSError:
                return

    for work in (take, hand_on):
        threading.Thread(target=work, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
