"""What a process that answers people does once, when all is loaded: for whoever builds it, never for a library."""

from __future__ import annotations

import gc
import sys

#: A thread that waits to answer a person gets its turn after so many seconds, not the usual five milliseconds for each of
#: the synchroniser's threads before it.
TURN_SECONDS = 0.001
#: A page of rows is three thousand things that are let go of at once, and were looked through four times meanwhile.
COLLECTED_AFTER = (5_000, 20, 20)


def settle_process() -> None:
    """Let nothing stop all threads for long. A full garbage collection goes through everything there is, hundreds of
    thousands of things that were loaded and will never be garbage: that takes fifty to ninety milliseconds, several times in
    the midst of a synchronisation. They are set aside."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    sys.setswitchinterval(TURN_SECONDS)
