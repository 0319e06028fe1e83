"""Libraries that not everybody needs: they come with an extra of the package, and are imported where they are used first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from open_finance.errors import MissingExtraError


@contextmanager
def from_extra(extra: str) -> Iterator[None]:
    """For the imports of what an extra brings. Raises MissingExtraError where one of them is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError((error.name or "").partition(".")[0], extra) from None
