"""The words of a row that is opened, and of correcting its category: in Portuguese, right in number, and escaped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages import categories as words
from gerente_financeiro.messages import rows as row_words
from open_finance.category_book import CategoryUse, Preview, RowView
from open_finance.insights.categories import Reason
from open_finance.insights.flows import Flow
from open_finance.insights.row_categories import RowCategory
from open_finance.personal_records import CategoryRule, PersonalCategory
from tests.builders import NOW, TODAY, account, card, transaction
from tests.telegram_html import read

N = "\xa0"
OCTOBER = date(2026, 10, 3)


def rule(**values: Any) -> CategoryRule:
    made: dict[str, Any] = {
        "id": 1,
        "merchant_key": "ifood",
        "name_key": "ifood",
        "money_in": False,
        "title": "iFood",
        "category": "11010000",
        "applies_from": None,
        "created_at": datetime(2026, 10, 3, 15, tzinfo=UTC),
        "updated_at": datetime(2026, 10, 3, 15, tzinfo=UTC),
    }
    return cast("CategoryRule", made | values)


def view(
    reason: Reason = "model",
    name: str | None = "Restaurantes",
    *,
    category: str = "11010000",
    flow: Flow = Flow.SPENDING,
    title: str = "iFood",
    bill: date | None = None,
    on_card: bool = True,
    **fields: Any,
) -> RowView:
    row = {
        "description": "iFood",
        "description_raw": "IFD*IFOOD CLUB",
        "amount": Decimal("-89.90"),
        "occurred_at": datetime(2026, 11, 23, 15, 41, tzinfo=UTC),
        "account_id": 2,
    }
    decided = RowCategory(category, "", flow, reason, rule=rule() if reason == "rule" else None)
    owner = card(connector_name="Nubank", card_brand="MASTERCARD", number="1234") if on_card else account()
    return RowView(transaction(**(row | fields)), owner, decided, name, bill, title)


def test_a_row_opened() -> None:
    assert read(row_words.details(view("rule", bill=date(2026, 12, 1)), NOW)).splitlines() == [
        f"iFood — R${N}89,90",
        "Hoje 12:41 · Nubank Mastercard ••1234 · fatura de dezembro",
        "Categoria: Restaurantes (regra sua desde 03/10)",
        "No banco: IFD*IFOOD CLUB",
    ]


def test_all_that_a_row_may_say() -> None:
    full = view(
        "manual",
        occurred_on=date(2025, 11, 2),
        occurred_at=None,
        status="PENDING",
        installment_number=2,
        total_installments=3,
        foreign_amount=Decimal("-17.00"),
        foreign_currency="USD",
        note="presente <da> Ana",
        bill=date(2025, 12, 1),
    )
    assert read(row_words.details(full, NOW)).splitlines() == [
        f"iFood — R${N}89,90",
        "02/11/2025 · Nubank Mastercard ••1234 · fatura de dezembro de 2025 · ainda não confirmado pelo banco",
        "Categoria: Restaurantes (você corrigiu)",
        f"No exterior: US${N}17,00",
        "Parcela 2 de 3",
        "No banco: IFD*IFOOD CLUB",
        "Nota: presente <da> Ana",
    ]
    income = view(amount=Decimal("120.00"), on_card=False, occurred_on=date(2026, 11, 30), occurred_at=None)
    assert read(row_words.details(income, NOW)).startswith(
        f"iFood — +R${N}120,00\nAgendado para 30/11 · Itaú Conta corrente ••4321\n"
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("manual", "você corrigiu"),
        ("rule", "regra sua desde 03/10"),
        ("merchant", "pelo ramo da loja"),
        ("mcc", "pelo ramo da loja"),
        ("model", "pelo nome"),
        ("advice", "pelo nome"),
        ("pluggy", "informado pelo banco"),
    ],
)
def test_why_a_row_is_what_it_is(reason: Reason, said: str) -> None:
    assert f"Categoria: Restaurantes ({said})" in read(row_words.details(view(reason), NOW))


def test_nobody_is_sure_and_what_only_moves_ones_own_money() -> None:
    assert "Categoria: não sei ao certo" in row_words.details(view("unsure", None), NOW)
    moved = view("flow", "Transferência sua", flow=Flow.OWN_TRANSFER)
    assert "Transferência sua (não é gasto: fica entre suas contas)" in row_words.details(moved, NOW)


def test_the_steps_of_a_correction() -> None:
    assert words.choose(view(), TODAY) == f"<b>iFood — R${N}89,90</b> · hoje\nQual é a categoria?"
    assert words.chosen(view(), "Restaurantes") == "✅ iFood agora é Restaurantes. Sempre?"
    assert words.chosen(view(title=""), "Restaurantes") == "✅ Agora é Restaurantes."
    apart = view(category="not_spending", name="Não é gasto")
    assert words.chosen(apart, "Não é gasto") == "✅ iFood não conta mais como gasto. Sempre?"
    assert words.always("iFood", "Não é gasto") == "✅ Pronto: iFood nunca é gasto."
    assert words.always("iFood", "Mercado", 1) == "✅ Pronto: iFood é sempre Mercado.\nMudei 1 lançamento antigo."
    assert words.always("iFood", "Mercado", 14).endswith("Mudei 14 lançamentos antigos.")
    assert words.from_now_on(view(), "Mercado", TODAY) == "✅ Pronto: iFood é sempre Mercado de hoje em diante."
    old = view(occurred_on=OCTOBER)
    assert words.from_now_on(old, "Mercado", TODAY) == "✅ Pronto: iFood é sempre Mercado de 03/10 em diante."
    assert words.always_button("iFood") == "Sempre iFood"
    assert (words.change_button(1), words.change_button(14), words.change_button(1400)) == (
        "Mudar essa",
        "Mudar as 14",
        "Mudar as 1.400",
    )


@pytest.mark.parametrize(
    ("count", "since", "said"),
    [
        (14, date(2026, 5, 20), f"Achei 14 iguais desde maio (R${N}1.020,30)."),
        (2, date(2025, 5, 20), f"Achei 2 iguais desde maio de 2025 (R${N}1.020,30)."),
        (2, date(2026, 11, 3), f"Achei 2 iguais desde 03/11 (R${N}1.020,30)."),
        (1, date(2026, 10, 20), f"Achei 1 igual, de 20/10 (R${N}1.020,30)."),
        (1, date(2026, 11, 22), f"Achei 1 igual, de ontem (R${N}1.020,30)."),
    ],
)
def test_how_many_equal_ones_there_are(count: int, since: date, said: str) -> None:
    found = Preview(tuple(range(count)), (("BRL", Decimal("1020.30")),), since)
    assert words.equal_ones(found, TODAY) == said


def test_each_currency_has_its_sum() -> None:
    found = Preview((1, 2), (("BRL", Decimal("10.00")), ("USD", Decimal("5.00"))), date(2026, 5, 2))
    assert words.equal_ones(found, TODAY).endswith(f"(R${N}10,00 e US${N}5,00).")


def test_a_rule_and_the_list_of_them() -> None:
    shown = [(1, rule(), "Restaurantes"), (2, rule(applies_from=OCTOBER, money_in=True), "Renda avulsa")]
    assert words.rules(shown, 2, TODAY).splitlines() == [
        "🏷 <b>2 regras suas</b>",
        "1. iFood → Restaurantes",
        "2. iFood (entradas) → Renda avulsa, desde 03/10",
    ]
    assert words.rule(rule(applies_from=OCTOBER), "Restaurantes", TODAY).splitlines()[1] == (
        "Vale para as saídas: de 03/10 em diante. Você disse isso em 03/10."
    )


@pytest.mark.parametrize(
    ("rows", "rules", "said"),
    [
        (0, 0, "Nada a usa."),
        (1, 0, "1 lançamento volta à categoria que teria sem a sua correção. Isso não tem volta."),
        (2, 1, "2 lançamentos voltam à categoria que teriam sem a sua correção e 1 regra deixa de valer. Isso não"),
        (0, 2, "2 regras deixam de valer. Isso não tem volta."),
    ],
)
def test_what_is_lost_with_a_category(rows: int, rules: int, said: str) -> None:
    use = CategoryUse(PersonalCategory(id=1, name="<Bolo>"), rows, rules, has_budget=False)
    assert words.ask_delete(use).startswith(f"Apagar a categoria “&lt;Bolo&gt;”? {said}")


def test_a_budget_goes_with_its_category() -> None:
    use = CategoryUse(PersonalCategory(id=1, name="Bolo"), 0, 0, has_budget=True)
    assert words.ask_delete(use) == "Apagar a categoria “Bolo”? O orçamento dela vai junto. Isso não tem volta."
    assert "• Bolo: um orçamento" in words.own_list([use])
    more = CategoryUse(PersonalCategory(id=1, name="Bolo"), 0, 1, has_budget=True)
    assert "1 regra deixa de valer. O orçamento dela vai junto." in words.ask_delete(more)


@given(st.text(max_size=80), st.text(max_size=60))
def test_whatever_a_bank_writes_is_shown_as_it_is(text: str, title: str) -> None:
    hostile = view(
        "rule", title, description=text, description_raw=text + "x", note=text, merchant_name=text, title=title
    )
    for said in (
        row_words.details(hostile, NOW),
        words.choose(hostile, TODAY),
        words.chosen(hostile, title),
        words.always(title, text),
        words.rules([(1, rule(title=title), text)], 1, TODAY),
        words.own_list([CategoryUse(PersonalCategory(id=1, name=title), 1, 1, has_budget=True)]),
    ):
        read(said)
        assert len(said) < 4096
