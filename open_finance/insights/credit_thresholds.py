"""When a credit figure is bom, atenção or alto, and whose rule that is. Data; no law says what is healthy, and none of these
is a bureau's.

Amounts of debt are measured by the usual monthly income; where it is not known, any amount is alto, for nobody knows what it
would be paid from.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from open_finance.insights.credit import Threshold
from open_finance.money import ZERO, round_to_centavo

COMMITMENT: Final = Threshold(
    Decimal(30),
    Decimal(50),
    "regra de bolso, não é lei: até 30% da renda é o que se costuma recomendar; no consignado, a Lei 10.820/2003 deixa"
    " descontar até 35% em empréstimos",
)
STABILITY: Final = Threshold(
    Decimal(10), Decimal(30), "regra deste bot: quanto os meses diferem do valor do meio entre eles"
)
LIMIT_USE: Final = Threshold(
    Decimal(30), Decimal(70), "regra de bolso de quem empresta; os birôs não publicam a conta deles"
)
RESERVE: Final = Threshold(
    Decimal(6),
    Decimal(3),
    "regra de bolso do planejamento financeiro: de 3 a 6 meses de gastos à mão",
    rising=True,
)

_REVOLVING_SOURCE: Final = (
    "regra deste bot: no rotativo, bom é zero; a Resolução CMN 4.549/2017 só o permite até a fatura seguinte,"
    " e a Lei 14.690/2023 limita os juros ao valor da dívida"
)
_OVERDRAFT_SOURCE: Final = (
    "regra deste bot: no cheque especial, bom é zero; a Resolução CMN 4.765/2019 limita os juros a 8% ao mês"
)
_COST_SOURCE: Final = "regra deste bot: até 2% da renda em juros e encargos é bom, mais de 10% é alto"
_NO_INCOME: Final = "; sem renda conhecida, qualquer valor é alto"


def revolving(income: Decimal, times: int) -> Threshold:
    """Nothing is good; alto from a tenth of a month's income (``income``, zero where it is not known) on, and always where
    something was carried over on two (``times``) of the latest three bills."""
    high = ZERO if times > 1 else _share(income, 10)
    return Threshold(ZERO, high, _REVOLVING_SOURCE + ("" if income else _NO_INCOME))


def overdraft(income: Decimal) -> Threshold:
    """Nothing is good; alto from a tenth of a month's income on."""
    return Threshold(ZERO, _share(income, 10), _OVERDRAFT_SOURCE + ("" if income else _NO_INCOME))


def debt_cost(income: Decimal) -> Threshold:
    """Up to 2 % of a month's income is good, above 10 % alto."""
    return Threshold(_share(income, 2), _share(income, 10), _COST_SOURCE + ("" if income else _NO_INCOME))


def _share(income: Decimal, percent: int) -> Decimal:
    return round_to_centavo(income * percent / 100)
