"""How a person corrects categories: of one row, of a merchant for ever, with a name of their own; and how it is taken back.

What a person chose for a row is kept on the row and wins over everything. *Sempre* is a rule that is looked up when rows are
read: it writes no row, so the very next one is right. Making a rule leaves the row that it was made from as the person chose
it: who deletes the rule later has still said what that row is. Where a rule for the days to come takes the place of an
earlier one, the rows that the earlier one decided keep its category as the person's own choice.

Everything here is for one person; somebody else's id is answered exactly as a missing one. Synchronous and thread-safe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from open_finance import category_changes as changes
from open_finance.card_reports import find_bill_month
from open_finance.category_changes import UNDO, Snapshot, Undone
from open_finance.category_names import MOST, NAME_LIMIT, check_name
from open_finance.category_rows import account_of, find_row, find_row_locked, lock_rows
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.errors import CategoryNotFoundError, RuleNotFoundError
from open_finance.insights.categories import likely
from open_finance.insights.flows import Flow
from open_finance.insights.labels import canonical, label_of
from open_finance.insights.merchant_rules import (
    Merchant,
    Preview,
    build_rule,
    habits,
    is_of_merchant,
    merchant_of,
    preview,
    speaks_of,
)
from open_finance.insights.row_categories import (
    PersonalWords,
    RowCategory,
    decide,
    describe,
    is_known,
    own_category,
    title_of,
)
from open_finance.insights.taxonomy import UNKNOWN, is_category
from open_finance.personal_records import CategoryRule, PersonalCategory
from open_finance.personal_words import load_words
from open_finance.pluggy_values import text_without_cpf
from open_finance.reading.statement_query import Period
from open_finance.records import Account, Transaction
from open_finance.reports import list_transactions
from open_finance.storage import budgets, categories, edits, ledger, transaction_rows
from open_finance.storage.database import Database, Session, open_database

__all__ = ["MOST", "NAME_LIMIT", "NOTE_LIMIT", "UNDO", "CategoryBook", "CategoryUse", "Preview", "RowView", "Undone"]

LIKELY: Final = 8
NOTE_LIMIT: Final = 200
_ALWAYS: Final = Period(date(1990, 1, 1), date(2200, 1, 1))


@dataclass(frozen=True, slots=True)
class RowView:
    """One row for its person. ``category``: what it is called, None where nobody is sure; ``bill_month``: the first day of
    the month in which its card bill is due, where the bank says so; ``title``: what the merchant is called, "" where no
    rule can speak of the row."""

    row: Transaction
    account: Account
    decided: RowCategory
    category: str | None
    bill_month: date | None
    title: str

    @property
    def own_note(self) -> str:
        """What the person wrote on the row; what the bot noted of a dispute is not theirs."""
        return edits.own_note(self.row["note"])

    @property
    def flow(self) -> Flow:
        """What the row counts as."""
        return self.decided.flow


@dataclass(frozen=True, slots=True)
class CategoryUse:
    """A category of the person's own, how many rows and rules name it, and whether a budget does."""

    category: PersonalCategory
    rows: int
    rules: int
    has_budget: bool


class CategoryBook:
    """The person's own word on what their rows are.

    from open_finance.category_book import CategoryBook
    change_id = CategoryBook().choose(123456789, row_id, "11010000")
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    # --- looking -----------------------------------------------------------------------------------------------------

    def get_row(self, user_id: int, row_id: int) -> RowView:
        """One row as it stands now, under whichever id. Raises RowNotFoundError."""
        with self._database.reading() as session:
            row = find_row(session, user_id, row_id)
            words = load_words(session, user_id)
            account = account_of(session, user_id, row)
            month = find_bill_month(session, user_id, row, local_day(self._clock.now()))
        (decided,) = decide([row], {account["id"]: account["type"]}, words)
        merchant = merchant_of(row)
        name = label_of(decided, row, words.names).name
        return RowView(row, account, decided, name, month, merchant.title if merchant else "")

    def list_rows(self, user_id: int, ids: Collection[int]) -> list[Transaction]:
        """These standing rows, the newest day first."""
        with self._database.reading() as session:
            rows = transaction_rows.list_by_ids(session, user_id, ids)
        return sorted(rows, key=lambda row: (row["occurred_on"], row["id"]), reverse=True)

    def likely_categories(self, user_id: int, row_id: int) -> list[str]:
        """At most eight categories that the row may be of, but for the one it has: what the person chose for this merchant
        first, then what the model thinks, and Pluggy's. Raises RowNotFoundError."""
        view = self.get_row(user_id, row_id)
        with self._database.reading() as session:
            words = load_words(session, user_id)
            chosen = categories.list_chosen_rows(session, user_id)
        merchant = merchant_of(view.row)
        first = habits((row for row in chosen if row["id"] != view.row["id"]), merchant, words) if merchant else []
        own = view.decided.category if view.decided.is_sure else UNKNOWN
        return _at_most_eight([*first, *_models(view)], view.row["category_id"], own)

    def list_names(self, user_id: int) -> dict[str, str]:
        """The person's own categories: ``own:12`` → ``Futebol``."""
        with self._database.reading() as session:
            return dict(load_words(session, user_id).names)

    def title_of(self, user_id: int, category: str) -> str:
        """A category's name for people. Raises CategoryNotFoundError."""
        names = self.list_names(user_id)
        if not is_known(category, names):
            raise CategoryNotFoundError("no such category for this person")
        return title_of(category, names)

    # --- one row -----------------------------------------------------------------------------------------------------

    def choose(self, user_id: int, row_id: int, category: str) -> int:
        """This row is of that category, whatever else is said. Returns the change's id; said again, the same one.

        Raises RowNotFoundError, CategoryNotFoundError.
        """
        with self._database.writing() as session:
            row = find_row_locked(session, user_id, row_id)
            _check(category, load_words(session, user_id))
            number = row["id"]
            wanted = Snapshot(rows={number: row["user_category"]}, wrote={number: category})
            if row["user_category"] == category and (same := changes.latest_that_wrote(session, user_id, wanted)):
                return same
            categories.choose(session, user_id, {number: category})
            return changes.note(session, user_id, wanted, self._clock.now())

    def set_note(self, user_id: int, row_id: int, text: str | None) -> str | None:
        """What the person writes on a row, in the place of what they wrote before: at most 200 characters, single spaces,
        no CPF; nothing takes it away. What the bot noted of a dispute stays. Returns the whole note.

        Raises RowNotFoundError.
        """
        written = (text_without_cpf(" ".join((text or "").split())) or "")[:NOTE_LIMIT].strip()
        with self._database.writing() as session:
            row = find_row_locked(session, user_id, row_id)
            edits.set_note(session, user_id, row["id"], written or None)
            return find_row(session, user_id, row["id"])["note"]

    def dispute(self, user_id: int, row_id: int, day: date | None = None) -> RowView:
        """*Não reconheço*: noted on the row, with the day, None for today. Raises RowNotFoundError."""
        day = day or local_day(self._clock.now())
        with self._database.writing() as session:
            row = find_row_locked(session, user_id, row_id)
            edits.add_note(session, user_id, row["id"], edits.dispute_note(f"{day:%d/%m/%Y}"))
        return self.get_row(user_id, row["id"])

    def take_back_dispute(self, user_id: int, row_id: int, day: date) -> RowView:
        """That day's *Não reconheço* was a slip of the finger. Raises RowNotFoundError."""
        with self._database.writing() as session:
            row = find_row_locked(session, user_id, row_id)
            edits.remove_note(session, user_id, row["id"], edits.dispute_note(f"{day:%d/%m/%Y}"))
        return self.get_row(user_id, row["id"])

    # --- for ever ----------------------------------------------------------------------------------------------------

    def preview(self, user_id: int, row_id: int, category: str) -> Preview:
        """What *Sempre* would change if it held for all days. Raises RowNotFoundError, CategoryNotFoundError."""
        with self._database.reading() as session:
            row, words = find_row(session, user_id, row_id), load_words(session, user_id)
        _check(category, words)
        merchant = merchant_of(row)
        if merchant is None:
            return Preview()
        rows = list_transactions(self._database, user_id, _ALWAYS)
        rule = build_rule(merchant, category, None, self._clock.now())
        return preview(row["id"], rows, _types(rows), words, rule)

    def make_rule(
        self, user_id: int, row_id: int, category: str, retroactive: bool, *, instead_of: int | None = None
    ) -> int:
        """*Sempre*: rows of this one's merchant and direction are of that category, from this row's day on (today's, where
        it is still to come) or, ``retroactive``, all of them; in the place of an earlier rule. What the person chose for
        single rows stays. ``instead_of``: a change of theirs that this one goes on from, and takes back with itself.
        Returns the change's id; said again, the same one.

        Raises RowNotFoundError, CategoryNotFoundError; RuleNotFoundError for a row without any text.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
            row = find_row_locked(session, user_id, row_id, *(account["connection_id"] for account in accounts))
            words = load_words(session, user_id)
            _check(category, words)
            merchant = merchant_of(row)
            if merchant is None:
                raise RuleNotFoundError("a row without text has no merchant")
            if instead_of is not None:
                changes.undo(session, user_id, instead_of, words, now)
                words = load_words(session, user_id)
            from_day = None if retroactive else min(row["occurred_on"], local_day(now))
            rule = build_rule(merchant, category, from_day, now)
            frozen = _frozen(session, user_id, words, merchant, from_day)
            return _put_rule(session, user_id, rule, merchant, words, frozen)

    def list_rules(self, user_id: int) -> list[CategoryRule]:
        """The person's rules, by the merchant's name."""
        with self._database.reading() as session:
            return categories.list_rules(session, user_id)

    def change_rule(self, user_id: int, rule_id: int, category: str) -> int:
        """Another category for all that a rule speaks of. Returns the change's id.

        Raises RuleNotFoundError, CategoryNotFoundError.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            rule = _rule(session, user_id, rule_id)
            _check(category, load_words(session, user_id))
            values = {name: rule[name] for name in _RULE_VALUES}
            categories.save_rule(session, user_id, {**values, "category": category}, now)
            kept = Snapshot(rules=[rule], made=changes.keys_of([rule]))
            return changes.note(session, user_id, kept, now)

    def delete_rule(self, user_id: int, rule_id: int) -> int:
        """The merchant's rows are what they would be without it. Returns the change's id. Raises RuleNotFoundError."""
        with self._database.writing() as session:
            rule = _rule(session, user_id, rule_id)
            categories.delete_rule(session, user_id, rule_id)
            return changes.note(session, user_id, Snapshot(rules=[rule]), self._clock.now())

    # --- taking back -------------------------------------------------------------------------------------------------

    def undo(self, user_id: int, change_id: int) -> Undone:
        """Take a change back within ten minutes: rows and rules are as they were. ``already``: a second time;
        ``expired``: too late; ``missing``: no such change of this person's; ``superseded``: something later was said of
        the same row or merchant, which is not to be lost. In all of these nothing happens."""
        with self._database.writing() as session:
            change = categories.find_change(session, user_id, change_id)
            if change is not None:
                lock_rows(session, user_id, changes.read(change).rows)
            words = load_words(session, user_id)
            return changes.undo(session, user_id, change_id, words, self._clock.now())

    # --- categories of one's own -------------------------------------------------------------------------------------

    def list_own(self, user_id: int) -> list[CategoryUse]:
        """The person's own categories by name, each with what names it."""
        with self._database.reading() as session:
            return _uses(session, user_id, categories.list_personal(session, user_id))

    def add_category(self, user_id: int, name: str) -> PersonalCategory:
        """Make a category: at most 40 characters, no CPF, not a name that there is. Raises CategoryNameError."""
        with self._database.writing() as session:
            cleaned = check_name(name, load_words(session, user_id).names)
            number = categories.add_personal(session, user_id, cleaned, self._clock.now())
            return PersonalCategory(id=number, name=cleaned)

    def delete_category(self, user_id: int, category_id: int) -> CategoryUse:
        """Delete one: its rules and its budget go, and rows that named it are as if nothing had been said of them. Returns
        what it was.

        Raises CategoryNotFoundError.
        """
        with self._database.writing() as session:
            found = next((o for o in categories.list_personal(session, user_id) if o["id"] == category_id), None)
            if found is None:
                raise CategoryNotFoundError("no such category of this person's")
            own, rules = own_category(category_id), categories.list_rules(session, user_id)
            (use,) = _uses(session, user_id, [found])
            categories.choose(session, user_id, dict.fromkeys(categories.list_rows_of(session, user_id, own)))
            for rule in rules:
                if rule["category"] == own:
                    categories.delete_rule(session, user_id, rule["id"])
            for budget in budgets.list_budgets(session, user_id):
                if budget["category"] == own:
                    budgets.delete_budget(session, user_id, budget["id"])
            categories.delete_personal(session, user_id, category_id)
            categories.forget_category(session, user_id, own)
            return use


_SAME: Final = ("merchant_key", "category", "applies_from")
_RULE_VALUES: Final = ("merchant_key", "name_key", "money_in", "title", "category", "applies_from")


# --- the small parts -------------------------------------------------------------------------------------------------


def _models(view: RowView) -> list[str]:
    text = describe(view.row, view.account["type"])
    return likely(**text._asdict(), count=4 * LIKELY)


def _at_most_eight(ids: Iterable[str], pluggys: str | None, own: str) -> list[str]:
    """Each name once, without the category that the row has; Pluggy's last, if it is not among them."""
    found = [one for one in dict.fromkeys(map(canonical, ids)) if one not in {canonical(own), UNKNOWN}]
    last = canonical(pluggys or UNKNOWN)
    if is_category(last) and last not in {*found[:LIKELY], canonical(own), UNKNOWN}:
        return [*found[: LIKELY - 1], last]
    return found[:LIKELY]


def _check(category: str, words: PersonalWords) -> None:
    if not is_known(category, words.names):
        raise CategoryNotFoundError("no such category for this person")


def _rule(session: Session, user_id: int, rule_id: int) -> CategoryRule:
    rule = categories.find_rule(session, user_id, rule_id)
    if rule is None:
        raise RuleNotFoundError("no such rule of this person's")
    return rule


def _types(rows: Iterable[Transaction]) -> dict[int, str]:
    return {row["account_id"]: row["account_type"] for row in rows}


def _frozen(
    session: Session, user_id: int, words: PersonalWords, merchant: Merchant, from_day: date | None
) -> dict[int, tuple[str | None, str]]:
    """What earlier rules decided of days before the new one holds: our id → what was chosen (None), and their category."""
    replaced = {rule["id"] for rule in words.rules if speaks_of(rule, merchant)}
    if from_day is None or not replaced:
        return {}
    rows = transaction_rows.list_transactions(session, user_id, date_to=from_day - timedelta(days=1))
    early = [row for row in rows if is_of_merchant(row, merchant)]
    decided = zip(early, decide(early, _types(early), words), strict=True)
    return {
        row["id"]: (row["user_category"], one.category)
        for row, one in decided
        if one.rule and one.rule["id"] in replaced
    }


def _put_rule(
    session: Session,
    user_id: int,
    rule: CategoryRule,
    merchant: Merchant,
    words: PersonalWords,
    frozen: dict[int, tuple[str | None, str]],
) -> int:
    replaced = [one for one in words.rules if speaks_of(one, merchant)]
    stands = [one for one in replaced if all(one[name] == rule[name] for name in _SAME)]
    made = Snapshot(
        rows={row: before for row, (before, _) in frozen.items()},
        wrote={row: category for row, (_, category) in frozen.items()},
        rules=replaced,
        made=changes.keys_of([rule]),
    )
    if len(replaced) == len(stands) == 1:
        same = changes.latest_that_wrote(session, user_id, Snapshot(made=made.made))
        return same or changes.note(session, user_id, Snapshot(rules=stands, made=made.made), rule["updated_at"])
    for one in replaced:
        if one["merchant_key"] != rule["merchant_key"]:
            categories.delete_rule(session, user_id, one["id"])
    categories.choose(session, user_id, made.wrote)
    categories.save_rule(session, user_id, {name: rule[name] for name in _RULE_VALUES}, rule["updated_at"])
    return changes.note(session, user_id, made, rule["updated_at"])


def _uses(session: Session, user_id: int, own: Iterable[PersonalCategory]) -> list[CategoryUse]:
    rows = categories.count_rows(session, user_id)
    rules = Counter(rule["category"] for rule in categories.list_rules(session, user_id))
    budgeted = {budget["category"] for budget in budgets.list_budgets(session, user_id)}
    named = [(one, own_category(one["id"])) for one in own]
    return [CategoryUse(one, rows.get(name, 0), rules[name], name in budgeted) for one, name in named]
