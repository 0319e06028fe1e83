"""An expense that is about to be divided: read again from what it came from at every tap, so that it survives a restart.

What it came from is the command that the bot's message answers, or a row of the statement. A button carries the amount that
was shown (or the row), who is ticked, and a digest of who is in the family: where any of it is not so any more, nothing is
noted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from telegram import CallbackQuery, InlineKeyboardButton, Message

from gerente_financeiro.keyboards import base36, button, columns, from_base36, keyboard
from gerente_financeiro.messages import splits as words
from gerente_financeiro.messages.format import clean_text
from gerente_financeiro.screens import Screen
from gerente_financeiro.split_wish import SplitWish, read_split
from open_finance.category_book import RowView
from open_finance.family_book import DESCRIPTION_LIMIT, Family, Member
from open_finance.money import BRL, to_centavos
from open_finance.sharing.splitting import EQUALLY, Split, split

#: Where a draft comes from: the first letter of its source.
FROM_WORDS, FROM_ROW = "c", "r"


@dataclass(frozen=True, slots=True)
class Draft:
    """``source``: ``c<centavos>`` or ``r<row>``, in base 36. ``ticked``: member ids in the family's order."""

    source: str
    amount: Decimal
    description: str
    family: Family
    ticked: tuple[int, ...]
    how: Split = EQUALLY

    @property
    def payer(self) -> Member:
        """Who asked for it: the one who paid."""
        return next(one for one in self.family.members if one.is_you)

    @property
    def by_hand(self) -> bool:
        """Whether its parts were typed."""
        return self.how.kind != "equal"

    def ids(self, *more: object) -> list[object]:
        """What a button of it carries after its verb."""
        return [self.source, _mask(self.family, self.ticked), family_digest(self.family), *more]


def draft_of_words(wish: SplitWish, family: Family) -> Draft | None:
    """Of what was typed; None where no amount was understood."""
    if wish.amount is None:
        return None
    everybody = tuple(one.member_id for one in family.members)
    among = everybody if wish.among is None else wish.among
    ticked = tuple(one for one in everybody if one in among)
    description = clean_text(wish.description, DESCRIPTION_LIMIT)
    return Draft(f"{FROM_WORDS}{base36(to_centavos(wish.amount))}", wish.amount, description, family, ticked, wish.how)


def draft_of_row(view: RowView, family: Family) -> Draft | None:
    """Of a row of whoever asks: its amount and its shop's name, never anything else. None: it is not money that went out, in
    BRL."""
    row = view.row
    if row["amount"] >= 0 or row["currency_code"] != BRL:
        return None
    name = clean_text(row["merchant_name"] or row["description"] or "", DESCRIPTION_LIMIT)
    everybody = tuple(one.member_id for one in family.members)
    return Draft(f"{FROM_ROW}{base36(row['id'])}", -row["amount"], name, family, everybody)


def words_of(query: CallbackQuery) -> tuple[int | None, str]:
    """``(who wrote it, what stands after the command)`` of the command that the pressed message answers."""
    message = query.message
    asked = message.reply_to_message if isinstance(message, Message) else None
    if asked is None or asked.from_user is None or not asked.text:
        return None, ""
    return asked.from_user.id, " ".join(asked.text.split()[1:])


def read_words(text: str, family: Family) -> SplitWish:
    """What a member of this family typed."""
    payer = next(one.member_id for one in family.members if one.is_you)
    return read_split(text, {one.member_id: one.name for one in family.members}, payer)


def ticked_of(family: Family, mask: str) -> tuple[int, ...]:
    """Who is ticked. Raises ValueError on what no button of ours carries."""
    bits = from_base36(mask)
    return tuple(one.member_id for place, one in enumerate(family.members) if bits >> place & 1)


def _mask(family: Family, ticked: Sequence[int]) -> str:
    return base36(sum(1 << place for place, one in enumerate(family.members) if one.member_id in ticked))


def family_digest(family: Family) -> str:
    """Says whether the family is still the same people."""
    ids = ",".join(str(one.member_id) for one in family.members)
    return hashlib.sha256(ids.encode()).hexdigest()[:6]


def parts_of(draft: Draft) -> dict[str, Decimal]:
    """``{name: part}``; nothing where nobody is ticked."""
    if not draft.ticked:
        return {}
    names = {one.member_id: one.name for one in draft.family.members}
    parts = split(draft.amount, draft.ticked, draft.how)
    found: dict[str, Decimal] = {}
    for member, part in parts.items():
        name = names[member]
        found[name if name not in found else f"{name} ({len(found) + 1})"] = part
    return found


def draft_screen(draft: Draft, ways: Sequence[Sequence[InlineKeyboardButton]] = ()) -> Screen:
    """What would be noted, and who takes part. ``ways``: rows of buttons that lead back to where it came from."""
    toggles = [
        button(f"{'✅' if one.member_id in draft.ticked else '▫️'} {one.name}", "dvt", *draft.ids(place))
        for place, one in enumerate(draft.family.members)
    ]
    from_row = draft.source.startswith(FROM_ROW)
    text = words.draft(
        draft.amount, draft.description, draft.payer, parts_of(draft), by_hand=draft.by_hand, from_row=from_row
    )
    cancel = [] if from_row else [button("Cancelar", "dvn", draft.source)]
    return Screen(
        text,
        keyboard(
            *([] if draft.by_hand else columns(toggles)), [button("Confirmar", "dvs", *draft.ids()), *cancel], *ways
        ),
    )
