"""What a change of categories was, kept so that it can be taken back: how rows and rules were before, and what it wrote.

A change is kept as JSON: ``rows`` (our id → the earlier choice, None for none), ``wrote`` (the same rows → what was chosen),
``rules`` (the rules that it replaced or deleted, whole), ``made`` (the keys of the rules that it wrote). Works inside the
session of the change itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, cast

from open_finance.insights.row_categories import PersonalWords, is_known
from open_finance.personal_records import CategoryRule
from open_finance.storage import categories
from open_finance.storage.database import Session

#: How long *Desfazer* works.
UNDO: Final = timedelta(minutes=10)

#: ``superseded``: something later stands on the same row or merchant, and is not to be lost.
Undone = Literal["undone", "already", "expired", "superseded", "missing"]

Key = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How it was, and what was written. ``made``: merchant key and direction of rules."""

    rows: Mapping[int, str | None] = field(default_factory=dict)
    wrote: Mapping[int, str | None] = field(default_factory=dict)
    rules: Sequence[CategoryRule] = ()
    made: Sequence[Key] = ()

    @property
    def keys(self) -> set[Key]:
        """The merchants that it touched."""
        return {*self.made, *((rule["merchant_key"], rule["money_in"]) for rule in self.rules)}

    def touches(self, other: Snapshot) -> bool:
        """Whether both are about a row or a merchant."""
        return not self.rows.keys().isdisjoint(other.rows) or not self.keys.isdisjoint(other.keys)


def note(session: Session, user_id: int, snapshot: Snapshot, now: datetime) -> int:
    """Keep a change. Returns its id."""
    return categories.add_change(session, user_id, _dump(snapshot), now)


def read(change: categories.Change) -> Snapshot:
    """What ``note`` kept."""
    kept = change.before
    return Snapshot(
        rows={int(row): category for row, category in kept.get("rows", {}).items()},
        wrote={int(row): category for row, category in kept.get("wrote", {}).items()},
        rules=[_load_rule(rule) for rule in kept.get("rules", ())],
        made=[(str(key), bool(money_in)) for key, money_in in kept.get("made", ())],
    )


def undo(session: Session, user_id: int, change_id: int, words: PersonalWords, now: datetime) -> Undone:
    """Give back what was before, all of it or nothing. ``words``: what categories there are."""
    change = categories.find_change(session, user_id, change_id, lock=True)
    if change is None:
        return "missing"
    if change.undone_at is not None:
        return "already"
    if now - change.made_at > UNDO:
        return "expired"
    snapshot = read(change)
    if any(snapshot.touches(read(later)) for later in categories.list_later_changes(session, user_id, change_id)):
        return "superseded"
    restore(session, user_id, snapshot, words, change.made_at)
    categories.mark_undone(session, user_id, change_id, now)
    return "undone"


def restore(session: Session, user_id: int, snapshot: Snapshot, words: PersonalWords, made_at: datetime) -> None:
    """Rows and rules as they were. A row that says something else by now is left as it is; one whose place another took is
    given back there as well. A category that is no more is nothing."""
    for row_id, before in snapshot.rows.items():
        given = before if before is None or is_known(before, words.names) else None
        wrote = snapshot.wrote.get(row_id)
        heirs = categories.list_heirs(session, user_id, row_id, wrote, made_at) if wrote else []
        now = categories.list_chosen(session, user_id, [row_id, *heirs])
        categories.choose(session, user_id, {one: given for one, said in now.items() if said == wrote})
    _restore_rules(session, user_id, snapshot, words)


def _restore_rules(session: Session, user_id: int, snapshot: Snapshot, words: PersonalWords) -> None:
    made = set(snapshot.made)
    kept = {(rule["merchant_key"], rule["money_in"]) for rule in snapshot.rules}
    for rule in categories.list_rules(session, user_id):
        key = (rule["merchant_key"], rule["money_in"])
        if key in made and key not in kept:
            categories.delete_rule(session, user_id, rule["id"])
    for rule in snapshot.rules:
        if is_known(rule["category"], words.names):
            categories.restore_rule(session, user_id, rule)


def latest_that_wrote(session: Session, user_id: int, snapshot: Snapshot) -> int | None:
    """The latest change that stands and wrote just this: what a second tap finds."""
    for change in categories.list_later_changes(session, user_id, 0):
        earlier = read(change)
        if earlier.touches(snapshot):
            is_same = snapshot.wrote in ({}, earlier.wrote) and set(earlier.made) == set(snapshot.made)
            return change.id if is_same else None
    return None


def _dump(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "rows": {str(row): category for row, category in snapshot.rows.items()},
        "wrote": {str(row): category for row, category in snapshot.wrote.items()},
        "rules": [{name: _plain(value) for name, value in rule.items()} for rule in snapshot.rules],
        "made": [list(key) for key in snapshot.made],
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # a datetime is one, too


def _load_rule(kept: Mapping[str, Any]) -> CategoryRule:
    from_day = kept["applies_from"]
    times = {name: datetime.fromisoformat(kept[name]) for name in ("created_at", "updated_at")}
    applies_from = None if from_day is None else date.fromisoformat(from_day)
    return cast("CategoryRule", {**kept, **times, "applies_from": applies_from})


def keys_of(rules: Iterable[CategoryRule]) -> tuple[Key, ...]:
    """Merchant key and direction of rules."""
    return tuple((rule["merchant_key"], rule["money_in"]) for rule in rules)
