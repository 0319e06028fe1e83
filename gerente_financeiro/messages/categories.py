"""The words of correcting categories: which one, always?, the old ones too?, and how it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gerente_financeiro.messages.format import bank_text, clean_text, count, day, join_names, money, on_date
from gerente_financeiro.messages.rows import month_of_year, row_amount, row_name
from open_finance.category_book import MOST, NAME_LIMIT, CategoryUse, Preview, RowView, Undone
from open_finance.clock import local_day
from open_finance.insights.row_categories import NOT_SPENDING, NOT_SPENDING_NAME
from open_finance.personal_records import CategoryRule
from open_finance.records import Transaction

OWN_GROUP = "Suas categorias"
UNDONE = "✅ Desfeito."
CHOOSE_GROUP = "Em qual grupo está a categoria?"
NAME_STAYS = "Tudo bem. Nenhuma categoria nova."
NAME_TIMED_OUT = f"Esperei 15 minutos e parei por aqui. {NAME_STAYS}"
ASK_NAME = f"Como se chama a nova categoria?\nDigite o nome, com até {NAME_LIMIT} letras."
#: Said in an alert: plain text.
NOT_UNDONE: dict[Undone, str] = {
    "already": "Isso já estava desfeito.",
    "superseded": "Você mudou isso de novo depois: não desfiz nada.",
    "expired": "Só dá para desfazer nos primeiros 10 minutos. Para mudar, abra o lançamento no /extrato.",
}


def choose(view: RowView, today: date) -> str:
    """Which category a row is of."""
    row = view.row
    shown = f"<b>{row_name(row)} — {row_amount(row)}</b> · {day(row['occurred_on'], today)}"
    return f"{shown}\nQual é a categoria?"


def chosen(view: RowView, name: str) -> str:
    """``✅ iFood agora é Restaurantes. Sempre?``"""
    if not view.title:
        return f"✅ Agora é {bank_text(name)}."
    if view.decided.category == NOT_SPENDING:
        return f"✅ {_shop(view.title)} não conta mais como gasto. Sempre?"
    return f"✅ {_shop(view.title)} agora é {bank_text(name)}. Sempre?"


def always_button(title: str) -> str:
    """``Sempre iFood``. Plain text."""
    return f"Sempre {clean_text(title, 24)}"


def only_this(name: str) -> str:
    """The choice is of one row."""
    return f"✅ Só este lançamento: {bank_text(name)}."


def old_ones(view: RowView, name: str, found: Preview, today: date) -> str:
    """``Achei 14 iguais desde maio (R$ 1.020,30). Mudar também?``"""
    return f"✅ {_rule(view.title, name)} {_from(view.row['occurred_on'], today)}.\n{equal_ones(found, today)} Mudar também?"


def equal_ones(found: Preview, today: date) -> str:
    """``Achei 14 iguais desde maio (R$ 1.020,30).``"""
    assert found.since is not None
    sums = join_names([money(total, currency) for currency, total in found.sums])
    if found.count == 1:
        return f"Achei 1 igual, de {day(found.since, today)} ({sums})."
    this_month = (found.since.year, found.since.month) == (today.year, today.month)
    since = f"desde {day(found.since, today)}" if this_month else f"desde {month_of_year(found.since, today)}"
    return f"Achei {count(found.count, 'igual', 'iguais')} {since} ({sums})."


def change_button(number: int) -> str:
    """``Mudar as 14``. Plain text."""
    return "Mudar essa" if number == 1 else f"Mudar as {count(number, '', '').strip()}"


def list_equal(found: Preview, rows: Sequence[Transaction], today: date) -> str:
    """A page of those rows."""
    lines = [
        f"<b>{day(row['occurred_on'], today).capitalize()}</b> {row_amount(row)} · {row_name(row)}" for row in rows
    ]
    return "\n".join([equal_ones(found, today), "", *lines])


def always(title: str, name: str, changed: int = 0) -> str:
    """The rule holds for all days."""
    others = f"\nMudei {count(changed, 'lançamento antigo', 'lançamentos antigos')}." if changed else ""
    return f"✅ Pronto: {_rule(title, name)}.{others}"


def from_now_on(view: RowView, name: str, today: date) -> str:
    """The rule holds from a day on."""
    return f"✅ Pronto: {_rule(view.title, name)} {_from(view.row['occurred_on'], today)}."


def _from(when: date, today: date) -> str:
    return "de hoje em diante" if when >= today else f"de {day(when, today)} em diante"


def _rule(title: str, name: str) -> str:
    if name == NOT_SPENDING_NAME:
        return f"{_shop(title)} nunca é gasto"
    return f"{_shop(title)} é sempre {bank_text(name)}"


def _shop(title: str) -> str:
    return bank_text(title)


# --- names of one's own ----------------------------------------------------------------------------------------------


def refused_name(reason: str, taken_by: str | None) -> str:
    """A name that no category can have."""
    match reason:
        case "long":
            return f"Esse nome é comprido demais: cabem {NAME_LIMIT} letras. Mande um mais curto."
        case "cpf":
            return "Um nome de categoria não pode ter um CPF. Mande outro."
        case "taken":
            return f"Já existe uma categoria “{bank_text(taken_by or '')}”. Mande outro nome."
        case "many":
            return f"Você já tem {MOST} categorias suas. Apague alguma em /categorias antes de criar outra."
        case _:
            return "Preciso de um nome com letras. Como se chama a categoria?"


def made(name: str) -> str:
    """A category was made from /categorias."""
    return f"✅ Criei a categoria “{bank_text(name)}”. Escolha-a em qualquer lançamento: Detalhes, Mudar categoria."


# --- /categorias -----------------------------------------------------------------------------------------------------

EMPTY = (
    "🏷 <b>Suas regras</b>\n"
    "Nenhuma ainda. Para começar, abra o /extrato, toque em Detalhes, escolha um lançamento e depois Mudar categoria. "
    "Se você disser “Sempre”, a regra aparece aqui."
)


def rules(shown: Sequence[tuple[int, CategoryRule, str]], total: int, today: date, notice: str = "") -> str:
    """A page of the person's rules: number, rule, the category's name."""
    head = [notice, ""] if notice else []
    if not total:
        return "\n".join([*head, EMPTY])
    lines = [_rule_line(number, rule, name, today) for number, rule, name in shown]
    return "\n".join([*head, f"🏷 <b>{count(total, 'regra sua', 'regras suas')}</b>", *lines])


def _rule_line(number: int, rule: CategoryRule, name: str, today: date) -> str:
    since = "" if rule["applies_from"] is None else f", desde {day(rule['applies_from'], today)}"
    money_in = " (entradas)" if rule["money_in"] else ""
    return f"{number}. {_shop(rule['title'])}{money_in} → {bank_text(name)}{since}"


def rule(one: CategoryRule, name: str, today: date) -> str:
    """One rule."""
    made_on = on_date(local_day(one["updated_at"]), today)
    reach = "todos os lançamentos" if one["applies_from"] is None else _from(one["applies_from"], today)
    ways = "as entradas" if one["money_in"] else "as saídas"
    return (
        f"🏷 <b>{_shop(one['title'])} → {bank_text(name)}</b>\n"
        f"Vale para {ways}: {reach}. Você disse isso {made_on}.\n"
        "O que você corrigiu à mão num lançamento continua valendo só para ele."
    )


def changed(one: CategoryRule, name: str) -> str:
    """The rule says something else now."""
    return f"✅ Pronto: {_rule(one['title'], name)}."


def deleted(one: CategoryRule) -> str:
    """The rule is no more."""
    return f"✅ Apaguei a regra de {_shop(one['title'])}. Os lançamentos voltam ao que seriam sem ela."


def own_list(uses: Sequence[CategoryUse], notice: str = "") -> str:
    """The categories that the person has made."""
    head = [notice, ""] if notice else []
    if not uses:
        return "\n".join([*head, "Você ainda não criou categorias."])
    lines = [f"• {bank_text(use.category['name'])}: {_used(use)}" for use in uses]
    return "\n".join([*head, f"🏷 <b>{OWN_GROUP}</b>", *lines])


def ask_delete(use: CategoryUse) -> str:
    """The second step says what is lost."""
    name = bank_text(use.category["name"])
    if not use.rows and not use.rules and not use.has_budget:
        return f"Apagar a categoria “{name}”? Nada a usa."
    return f"Apagar a categoria “{name}”? {_lost(use)} Isso não tem volta."


def deleted_own(use: CategoryUse) -> str:
    """A category of the person's own is no more."""
    return f"✅ Apaguei a categoria “{bank_text(use.category['name'])}”."


def _used(use: CategoryUse) -> str:
    parts = [count(use.rows, "lançamento", "lançamentos")] if use.rows else []
    parts += [count(use.rules, "regra", "regras")] if use.rules else []
    parts += ["um orçamento"] if use.has_budget else []
    return join_names(parts) or "sem uso"


def _lost(use: CategoryUse) -> str:
    parts = []
    if use.rows:
        back = "volta à categoria que teria" if use.rows == 1 else "voltam à categoria que teriam"
        parts.append(f"{count(use.rows, 'lançamento', 'lançamentos')} {back} sem a sua correção")
    if use.rules:
        gone = "deixa de valer" if use.rules == 1 else "deixam de valer"
        parts.append(f"{count(use.rules, 'regra', 'regras')} {gone}")
    sentences = [f"{join_names(parts)}."] if parts else []
    sentences += ["O orçamento dela vai junto."] if use.has_budget else []
    return " ".join(sentences)
