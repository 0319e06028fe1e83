"""Unusual spending: which new rows a person should be asked about. A pure function of rows.

The rules are few and each compares a purchase with that person's own past (``repeats``, ``amounts``, ``whereabouts``); what
they share: nothing but a charge made twice is told before ninety days of history, a pattern that its person called theirs is
never told again, and in any seven days no more than three are told, the oddest first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from open_finance.insights.amounts import far_above
from open_finance.insights.findings import Finding
from open_finance.insights.habits import Habits, Past, before
from open_finance.insights.patterns import Kind, Pattern, Unusual
from open_finance.insights.purchases import Purchase, read_rows
from open_finance.insights.repeats import charged_twice, price_raised
from open_finance.insights.whereabouts import abroad, at_night
from open_finance.records import Transaction

#: Days of history before which habits are not known.
LEARNING = 90
#: Told in any seven days.
A_WEEK = 3
_ROWS_TO_LEARN_FROM = 20
_STALE = 7  # days after which the person's figures are reckoned anew, where many rows are judged at once
_ORDER = {kind: place for place, kind in enumerate(Kind)}


def find_unusual(
    new: Sequence[Transaction],
    history: Sequence[Transaction],
    *,
    today: date,
    quiet: Collection[Pattern] = (),
    told: Collection[date] = (),
) -> list[Unusual]:
    """The new rows worth a question, oldest first.

    ``history``: the person's standing rows of about thirteen months, over all accounts that count (of an account that is
    connected twice, one), in any order; the new rows may be among them. Each new row is judged by what lies before it.
    ``quiet``: patterns of which the person said that it was them. ``told``: the days of the rows told before, for the week's
    measure. Rows of days after ``today`` are scheduled, and not judged yet.
    """
    ids = {row["id"] for row in new}
    purchases, refunds = read_rows([*(row for row in history if row["id"] not in ids), *new])
    past = Past(purchases, refunds, ids)
    judged = [p for p in purchases if p.id in ids and p.day <= today.toordinal()]
    found = [unusual for p, findings in _judge(judged, past) if (unusual := _tell(p, findings, frozenset(quiet)))]
    days = {p.id: p.day for p in judged}
    return _within_measure(found, days, [day.toordinal() for day in told])


def _judge(judged: Sequence[Purchase], past: Past) -> Iterator[tuple[Purchase, list[Finding]]]:
    habits: Habits | None = None
    for purchase in judged:
        if habits is None or purchase.day - habits.day >= _STALE:
            habits = Habits(purchase.day, before(past.all, purchase))
        yield purchase, list(_findings(purchase, past, habits))


def _findings(purchase: Purchase, past: Past, habits: Habits) -> Iterator[Finding]:
    first_day = past.all[0].day
    rules: list[Finding | None] = [charged_twice(purchase, past, habits, first_day)]
    if purchase.day - first_day >= LEARNING and len(habits.purchases) >= _ROWS_TO_LEARN_FROM:
        rules += [
            price_raised(purchase, past),
            abroad(purchase, past, habits),
            at_night(purchase, past, habits),
            far_above(purchase, past, habits),
        ]
    yield from (finding for finding in rules if finding)


def _tell(purchase: Purchase, findings: Sequence[Finding], quiet: Collection[Pattern]) -> Unusual | None:
    loud = [finding for finding in findings if Pattern(finding.kind, finding.key) not in quiet]
    if not loud:
        return None
    first, *others = sorted(loud, key=lambda finding: _ORDER[finding.kind])
    return Unusual(
        kind=first.kind,
        transaction_id=purchase.id,
        pattern=Pattern(first.kind, first.key),
        other_ids=first.other_ids,
        usual=first.usual,
        ratio=first.ratio,
        strength=max(finding.strength for finding in loud),
        also=tuple(finding.kind for finding in others),
    )


def _within_measure(found: Sequence[Unusual], days: dict[int, int], told: Sequence[int]) -> list[Unusual]:
    """The oddest, as long as no seven days hold more than the measure."""
    kept: list[Unusual] = []
    taken = list(told)
    for unusual in sorted(found, key=lambda u: (-u.strength, days[u.transaction_id], u.transaction_id)):
        day = days[unusual.transaction_id]
        if sum(abs(day - other) < 7 for other in taken) < A_WEEK:
            kept.append(unusual)
            taken.append(day)
    return sorted(kept, key=lambda u: (days[u.transaction_id], u.transaction_id))
