"""The operator's log, set up as ``python bot.py`` does it and put back as it was found."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO

from gerente_financeiro.logs import FLOORS, set_up_logging


@contextmanager
def logging_to(
    stream: StringIO, level: str, secrets: Iterable[str] = (), *, log_format: str = "text"
) -> Iterator[StringIO]:
    """Everything logged within goes to the stream, and nowhere else."""
    root = logging.getLogger()
    handlers, root_level, hook = root.handlers[:], root.level, sys.excepthook
    levels = {name: logging.getLogger(name).level for name in FLOORS}
    root.handlers[:] = []  # pytest's own: the set-up would close them
    try:
        set_up_logging(level, secrets, stream, log_format=log_format)
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:], sys.excepthook = handlers, hook
        root.setLevel(root_level)
        for name, found in levels.items():
            logging.getLogger(name).setLevel(found)
