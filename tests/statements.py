"""Every test opens a database of its own, and SQLAlchemy compiles each statement once a database: a sixth of the suite's
work. Here what one database has compiled serves the next of the same kind, as it serves a bot's whole life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from open_finance.storage import database
from open_finance.storage.models import Base

STATEMENTS = 2000


class CompiledByKind(LRUCache[Any, Any]):
    """Compiled statements by the kind of database: the engine's own key begins with its dialect, which is its alone."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_by_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_by_kind(key), value)


def _by_kind(key: Any) -> Any:
    return (key[0].name, *key[1:])


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Statements stay compiled from one test to the next."""
    compiled, build = CompiledByKind(STATEMENTS), database._build_engine

    def sharing(url: str) -> Engine:
        engine = build(url)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_build_engine", sharing)
        for mapper in Base.registry.mappers:  # what a session writes by itself
            patch.setattr(mapper, "_compiled_cache", compiled)
        yield
