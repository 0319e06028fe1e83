"""The words of the FGC: what is above the limit comes first, and what is not covered or not known is said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from gerente_financeiro.messages.cover import cover
from gerente_financeiro.messages.format import MESSAGE_LIMIT, units
from gerente_financeiro.messages.investments import NOT_ADVICE
from open_finance.insights.deposit_cover import cover_rules
from open_finance.insights.portfolio import Cover, CoverGroup, Kind
from open_finance.money import ZERO
from tests.builders import NOW
from tests.portfolio_reports import position, report

N = "\xa0"
RULES = cover_rules()
GROUP = CoverGroup("Itaú", Decimal("10842.00"), Decimal("1000.00"), ZERO, is_known=True, positions=(1,))
AT_EACH = "por pessoa em cada conglomerado, somando conta, poupança e o valor bruto do que cobre"
RULE = [
    f"O FGC garante até R${N}250 mil {AT_EACH}, e até R${N}1 milhão a cada 4 anos.",
    "Em cooperativas de crédito, quem garante é o FGCoop. Tesouro Direto não tem FGC: é dívida da União.",
    f"Fonte: {RULES.sources[0]}; conferida até {RULES.known_to:%m/%Y}.",
]


def told(*groups: CoverGroup, bare: tuple[Kind, ...] = (), unknown: bool = False) -> str:
    held = [position(number, kind=kind, cover=Cover.NOT_COVERED) for number, kind in enumerate(bare, 5)]
    held += [position(9, cover=Cover.UNKNOWN)] if unknown else []
    return cover(report([position(), *held], cover=groups), RULES, NOW)


def test_what_is_within_the_limit_says_so_with_its_rule_and_source() -> None:
    assert told(GROUP, bare=(Kind.FUND, Kind.FUND, Kind.TREASURY)).split("\n") == [
        "🛡 <b>Tudo o que o FGC cobre está dentro do limite.</b>",
        "",
        f"• Itaú: R${N}11.842,00 (R${N}1.000,00 em conta)",
        "",
        f"Sem FGC: R${N}32.020,80 (Fundos, Tesouro Direto).",
        "",
        *RULE,
        "",
        NOT_ADVICE,
        "",
        "Atualizado hoje 06:12",
    ]


def test_what_is_above_the_limit_comes_first() -> None:
    over = replace(GROUP, covered=Decimal("260000.00"), above=Decimal("11000.00"))
    text = told(over, replace(GROUP, name="Nubank", deposits=ZERO))
    assert text.startswith(f"🛡 <b>R${N}11.000,00 acima do limite do FGC</b>\n")
    assert f"• Itaú: R${N}261.000,00 (R${N}1.000,00 em conta) · ⚠️ R${N}11.000,00 acima do limite\n" in text
    assert f"• Nubank: R${N}10.842,00\n" in text


def test_an_unknown_conglomerate_and_an_unknown_issuer_are_said() -> None:
    alone = replace(GROUP, name="Banco <X>", is_known=False)
    assert "Não sei de que conglomerado é Banco &lt;X&gt;: contei sozinho." in told(alone)
    several = [replace(alone, name=f"Banco {number}") for number in range(5)]
    assert "são Banco 0, Banco 1, Banco 2 e mais 2: contei cada um sozinho." in told(*several)
    assert f"Não sei se tem FGC: R${N}10.673,60, porque o banco não informa o emissor." in told(GROUP, unknown=True)


def test_an_issuer_without_a_name_is_called_by_its_cnpj_as_people_write_it() -> None:
    text = told(replace(GROUP, name="99657557000167", is_known=False))
    assert f"• CNPJ 99.657.557/0001-67: R${N}11.842,00" in text
    assert "Não sei de que conglomerado é CNPJ 99.657.557/0001-67: contei sozinho." in text


def test_nothing_stands_between_what_is_covered_and_the_rule_where_all_is_covered() -> None:
    assert "\n\n\n" not in told(GROUP)


def test_the_ceiling_of_four_years_is_told_where_it_is_passed() -> None:
    full = [replace(GROUP, name=f"Banco {number}", covered=Decimal("249000.00")) for number in range(5)]
    assert f"Somando os bancos, passa do teto de R${N}1 milhão em 4 anos." in told(*full)
    assert "passa do teto" not in told(*full[:4])


def test_nothing_covered_and_very_many_conglomerates() -> None:
    assert told(bare=(Kind.STOCK,)).startswith(
        "🛡 <b>Nada do que você investe é coberto pelo FGC, que eu saiba.</b>\n\nSem"
    )
    text = told(*[replace(GROUP, name="<&>" * 30) for _ in range(40)])
    assert "• e mais 28" in text
    assert units(text) <= MESSAGE_LIMIT
    assert text.endswith("Atualizado hoje 06:12")
