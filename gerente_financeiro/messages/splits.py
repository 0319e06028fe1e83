"""The words of /dividir and /acertos. Nothing here comes from a bank but what somebody chose to divide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from gerente_financeiro.messages.format import bank_text, capital, day, fit, join_names, money
from open_finance.clock import local_day
from open_finance.family_book import Debt, Member, Part, Settlement, SharedExpense
from open_finance.money import BRL

EXAMPLE = "Escreva o valor e o que foi: /dividir 150 mercado\nSó com uma pessoa: /dividir 90 uber com Bruno"
PARTS_EXAMPLE = "Partes diferentes: /dividir 150 mercado: Ana 100, Bruno 50 (ou Ana 70%, Bruno 30%)"
NO_AMOUNT = f"Não entendi o valor.\n{EXAMPLE}"
ODD_PARTS = (
    f"Não entendi as partes, ou elas não somam o valor inteiro. Use os nomes de quem é da família.\n{PARTS_EXAMPLE}"
)
ODD_WHO = "Não achei na família todas as pessoas que você citou. Confira os nomes em /familia."
ALONE = "Você ainda está só na sua família. Convide alguém em /familia, e depois divida."
NOT_YOURS = "Só quem pediu esta divisão pode mudá-la."
NOBODY_ELSE = "Marque pelo menos mais uma pessoa."
LATE = "Só quem anotou desfaz, e por 10 minutos."
CANCELLED = "Nada foi dividido."
EVEN = "🤝 <b>Acertos</b>\nTudo certo: ninguém deve nada a ninguém."
NOTHING_YET = "Nada foi dividido ainda.\n" + EXAMPLE
TWIN = "Já estava anotada."
CHANGED = "A família mudou. Confira quem participa."

PEOPLE_LIMIT = 24


def person(member: Member) -> str:
    """A member's name, escaped."""
    return bank_text(member.name, PEOPLE_LIMIT)


def what(description: str) -> str:
    """What an expense was for, with a capital where its first word has none (*iFood* stays); escaped."""
    first = description.partition(" ")[0]
    return bank_text((capital(description) if first.islower() else description) or "Despesa", 60)


def draft(
    amount: Decimal, description: str, payer: Member, parts: Mapping[str, Decimal], *, by_hand: bool, from_row: bool
) -> str:
    """Before it is noted. ``parts``: what falls to whom, by plain name. ``by_hand``: they were typed, not chosen here.
    ``from_row``: it comes from a row of the statement, and what others will read of it is said."""
    lines = [f"<b>Dividir {money(amount, BRL)} · {what(description)}</b>", f"Pago por {person(payer)}."]
    if not by_hand:
        lines.append("Entre quem? Toque nos nomes.")
    lines += ["", *_parts_lines([(bank_text(name, PEOPLE_LIMIT), part) for name, part in parts.items()])]
    if from_row:
        lines += ["", f"A família vai ler só isto: “{what(description)}”, {money(amount, BRL)} e o dia de hoje."]
    return fit(lines)


def _parts_lines(parts: Sequence[tuple[str, Decimal]]) -> list[str]:
    if not parts:
        return ["Ninguém marcado."]
    if len({part for _, part in parts}) == 1 and len(parts) > 1:
        return [f"{money(parts[0][1], BRL)} de cada: {join_names([name for name, _ in parts])}."]
    return [f"{name}: {money(part, BRL)}" for name, part in parts]


def divided(expense: SharedExpense, everybody: int) -> str:
    """``✅ Mercado, R$ 150,00, pago por Ana: R$ 50,00 de cada.`` ``everybody``: how many are in the family."""
    return f"✅ {_expense(expense, everybody)}"


UNDONE = "Desfeito: a despesa não conta mais."
SETTLEMENT_UNDONE = "Desfeito: o pagamento não conta mais."


def _expense(expense: SharedExpense, everybody: int) -> str:
    head = f"{what(expense.description)}, {money(expense.amount, BRL)}, pago por {person(expense.paid_by)}"
    return f"{head}: {_shares(expense.parts, everybody)}."


def _shares(parts: Sequence[Part], everybody: int) -> str:
    names = [person(part.member) for part in parts]
    if len(parts) > 1 and len({part.amount for part in parts}) == 1:
        among = "" if len(parts) == everybody else f" ({join_names(names)})"
        return f"{money(parts[0].amount, BRL)} de cada{among}"
    return ", ".join(f"{name} {money(part.amount, BRL)}" for name, part in zip(names, parts, strict=True))


# --- who owes whom ---------------------------------------------------------------------------------------------------


def debts(owed: Sequence[Debt], notice: str = "") -> str:
    """Who is to pay whom."""
    head = [notice, ""] if notice else []
    if not owed:
        return fit([*head, EVEN])
    return fit([*head, "🤝 <b>Acertos</b>", *map(debt, owed), "", "Quem pagou ou recebeu marca aqui. Eu não faço Pix."])


def debt(one: Debt) -> str:
    """``Bruno deve R$ 82,35 a Ana``."""
    return f"{person(one.debtor)} deve {money(one.amount, BRL)} a {person(one.creditor)}"


def only_the_two(one: Debt) -> str:
    """Whose the button is. Plain text, for an alert."""
    return f"Só {one.debtor.name} ou {one.creditor.name} pode marcar."


def paid(settlement: Settlement) -> str:
    """``✅ Bruno pagou R$ 82,35 a Ana.``"""
    return f"✅ {_paid(settlement)}."


def _paid(one: Settlement) -> str:
    return f"{person(one.debtor)} pagou {money(one.amount, BRL)} a {person(one.creditor)}"


def history(
    expenses: Sequence[SharedExpense], settlements: Sequence[Settlement], everybody: int, now: datetime, limit: int = 12
) -> str:
    """What was divided and paid, the newest day first."""
    today = local_day(now)
    dated: list[tuple[date, str]] = [(one.day, _expense(one, everybody)) for one in expenses]
    dated += [(local_day(one.paid_at), f"🤝 {_paid(one)}.") for one in settlements]
    if not dated:
        return NOTHING_YET
    dated.sort(key=lambda each: each[0], reverse=True)
    lines = [f"{capital(day(when, today))} · {text}" for when, text in dated[:limit]]
    return fit(["<b>Últimas despesas e acertos</b>", *lines])
