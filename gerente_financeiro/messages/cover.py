"""The words of the FGC: what of a person's money is above its limit, at which conglomerate, and what it does not cover."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from gerente_financeiro.messages.format import bank_text, cnpj, fit, join_names, money
from gerente_financeiro.messages.investments import KINDS, closing
from open_finance.insights.deposit_cover import CoverRules
from open_finance.insights.portfolio import Cover, CoverGroup, PortfolioReport, Position
from open_finance.money import BRL, ZERO

LABEL = 32
GROUPS_SHOWN = 12


def cover(report: PortfolioReport, rules: CoverRules, now: datetime) -> str:
    """What is above the limit first, then each conglomerate, what is not covered, and the rule with its source."""
    shown = [_group(group) for group in report.cover[:GROUPS_SHOWN]]
    left = len(report.cover) - len(shown)
    lines = [
        _answer(report),
        *(["", *shown] if shown else []),
        *([f"• e mais {left}"] if left > 0 else []),
        *_alone(report.cover),
        *_four_years(report.cover, rules),
        *(["", *outside] if (outside := _outside(report.positions)) else []),
    ]
    return fit(lines, ["", *_rule(rules), "", *closing(report, now)])


def _answer(report: PortfolioReport) -> str:
    above = sum((group.above for group in report.cover), ZERO)
    if above:
        return f"🛡 <b>{money(above, BRL)} acima do limite do FGC</b>"
    if report.cover:
        return "🛡 <b>Tudo o que o FGC cobre está dentro do limite.</b>"
    return "🛡 <b>Nada do que você investe é coberto pelo FGC, que eu saiba.</b>"


def _group(group: CoverGroup) -> str:
    """``• Banco Z: R$ 11.673,60 (R$ 1.000,00 em conta)``, and what of it is above the limit."""
    accounts = f" ({money(group.deposits, BRL)} em conta)" if group.deposits else ""
    above = f" · ⚠️ {money(group.above, BRL)} acima do limite" if group.above else ""
    return f"• {_name(group)}: {money(group.total, BRL)}{accounts}{above}"


def _name(group: CoverGroup) -> str:
    """Escaped. A bank may tell of an issuer no more than its CNPJ."""
    number = cnpj(group.name) or ""
    return bank_text(group.name, LABEL) if number == group.name else f"CNPJ {number}"


def _alone(groups: Iterable[CoverGroup]) -> list[str]:
    """Issuers of which it is not known with whom they count as one."""
    names = [_name(group) for group in groups if not group.is_known]
    if not names:
        return []
    whose = names if len(names) <= 3 else [*names[:3], f"mais {len(names) - 3}"]
    return [f"Não sei de que conglomerado {_are(len(names))} {join_names(whose)}: contei {_alone_each(len(names))}."]


def _are(number: int) -> str:
    return "é" if number == 1 else "são"


def _alone_each(number: int) -> str:
    return "sozinho" if number == 1 else "cada um sozinho"


def _four_years(groups: Iterable[CoverGroup], rules: CoverRules) -> list[str]:
    paid = sum((group.total - group.above for group in groups if group.fund == "FGC"), ZERO)
    if paid <= rules.four_years_limit:
        return []
    return [f"Somando os bancos, passa do teto de {_round(rules.four_years_limit)} em 4 anos."]


def _outside(positions: Iterable[Position]) -> list[str]:
    """What the FGC does not cover, and what is not known."""
    held = list(positions)
    bare = [one for one in held if one.cover is Cover.NOT_COVERED]
    unknown = [one for one in held if one.cover is Cover.UNKNOWN]
    kinds = dict.fromkeys(KINDS[one.kind] for one in bare)
    return [
        *([f"Sem FGC: {_sum(bare)} ({', '.join(kinds)})."] if bare else []),
        *([f"Não sei se tem FGC: {_sum(unknown)}, porque o banco não informa o emissor."] if unknown else []),
    ]


def _sum(positions: Iterable[Position]) -> str:
    return money(sum((one.balance for one in positions), ZERO), BRL)


def _rule(rules: CoverRules) -> list[str]:
    most, four_years = _round(rules.limit), _round(rules.four_years_limit)
    counted = "somando conta, poupança e o valor bruto do que cobre"
    return [
        f"O FGC garante até {most} por pessoa em cada conglomerado, {counted}, e até {four_years} a cada 4 anos.",
        f"Em cooperativas de crédito, quem garante é o {rules.cooperatives}. Tesouro Direto não tem FGC: é dívida da União.",
        f"Fonte: {rules.sources[0]}; conferida até {rules.known_to:%m/%Y}.",
    ]


def _round(amount: Decimal) -> str:
    """``R$ 250 mil``, ``R$ 1 milhão``."""
    thousands = int(amount / 1000)
    return "R$\xa01 milhão" if thousands == 1000 else f"R$\xa0{thousands:,} mil".replace(",", ".")
