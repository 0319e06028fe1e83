"""The invented family of the demonstration: its banks, its accounts, and what it does with its money again and again.

Nobody here exists. The banks are real, because people want to see how theirs would look; shops, employers and friends are
invented. Amounts are BRL, money out negative. Texts and amounts are taken in turn, occurrence by occurrence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

# Pluggy's category ids, for what the family pays and receives.
SALARY, WORK, EARNINGS, LOAN = "01010000", "01030000", "03060000", "02000000"
INVESTED, OWN_PIX, PIX, BILL = "03020000", "04020000", "05070000", "05100000"
RENT, POWER, WATER, HOUSE = "17010000", "17020002", "17020001", "17030000"
INTERNET, MOBILE, SCHOOL, GYM, CINEMA = "07010001", "07010002", "07020003", "07030001", "07040003"
ONLINE, CLOTHES, PETS, BOOKS = "08010000", "08040000", "08030000", "08060000"
APPS, VIDEO, MUSIC = "09000000", "09020000", "09030000"
GROCERIES, EATING_OUT, DELIVERY = "10000000", "11010000", "11020000"
FLIGHTS, PHARMACY, CAR_INSURANCE = "12010000", "18020000", "200400000"
TAXI, FARES, FUEL = "19010000", "19020000", "19050001"

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


class When(Protocol):
    """On which days something happens."""

    def turn(self, day: date) -> int | None:
        """The number of the occurrence that falls on a day, None when none does."""
        ...


@dataclass(frozen=True, slots=True)
class Monthly:
    """On a day of the month (1-28), in every ``every``-th month beginning with ``first`` (1-12)."""

    day: int
    every: int = 1
    first: int = 1

    def turn(self, day: date) -> int | None:
        months = day.year * 12 + day.month - self.first
        return months // self.every if day.day == self.day and months % self.every == 0 else None


@dataclass(frozen=True, slots=True)
class Weekly:
    """On a day of the week, in every ``every``-th week beginning with ``first`` (0 or more)."""

    weekday: int
    every: int = 1
    first: int = 0

    def turn(self, day: date) -> int | None:
        weeks = (day.toordinal() - 1) // 7 - self.first
        return weeks // self.every if day.weekday() == self.weekday and weeks % self.every == 0 else None


@dataclass(frozen=True, slots=True)
class Habit:
    """One row each time. ``foreign``: the amounts in US$, beside their value in reais."""

    account: str
    when: When
    amounts: str
    texts: str
    category: str
    foreign: str = ""


@dataclass(frozen=True, slots=True)
class Instalments:
    """A purchase on a card in ``total`` equal monthly rows, the first on the day of the purchase."""

    account: str
    when: Monthly
    amount: Decimal
    text: str
    category: str
    total: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """The family's own money from one bank to another: a row on each side."""

    source: str
    target: str
    when: When
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CardTerms:
    """When the bill closes and when it is due (days of one month), what may be spent, and which account pays."""

    closes: int
    due: int
    limit: Decimal
    paid_by: str


@dataclass(frozen=True, slots=True)
class BookPlan:
    """``opening``: the balance on the first day shown; ``pots``: what was in so many "caixinhas" then."""

    key: str
    subtype: str
    name: str
    number: str
    opening: Decimal = Decimal(0)
    pots: Decimal | None = None
    pot_count: int = 0
    brand: str | None = None
    card: CardTerms | None = None


@dataclass(frozen=True, slots=True)
class BankPlan:
    """``days_behind``: how many days ago the bank was last read; then ``error_code`` says why."""

    name: str
    connector_id: int
    bank_code: str
    books: tuple[BookPlan, ...]
    days_behind: int = 0
    error_code: str | None = None


BANKS = (
    BankPlan(
        "Itaú",
        601,
        "341",
        (
            BookPlan("itau", "CHECKING_ACCOUNT", "Conta Corrente", "4321", Decimal("3286.31")),
            BookPlan(
                "visa",
                "CREDIT_CARD",
                "Platinum",
                "8890",
                brand="VISA",
                card=CardTerms(8, 15, Decimal("9000.00"), "itau"),
            ),
        ),
    ),
    BankPlan(
        "Nubank",
        612,
        "260",
        (
            BookPlan(
                "nubank",
                "CHECKING_ACCOUNT",
                "Conta do Nubank",
                "7706",
                Decimal("612.38"),
                pots=Decimal("1850.00"),
                pot_count=2,
            ),
            BookPlan(
                "mastercard",
                "CREDIT_CARD",
                "Gold",
                "1234",
                brand="MASTERCARD",
                card=CardTerms(3, 10, Decimal("5500.00"), "nubank"),
            ),
        ),
        days_behind=4,
        error_code="SITE_NOT_AVAILABLE",
    ),
    BankPlan(
        "Caixa",
        619,
        "104",
        (BookPlan("poupanca", "SAVINGS_ACCOUNT", "Poupança", "9913", Decimal("3480.00")),),
    ),
)

TRANSFERS = (
    Transfer("itau", "poupanca", Monthly(6), Decimal("300.00")),
    Transfer("itau", "nubank", Monthly(7), Decimal("1650.00")),
)

INSTALMENTS = (
    Instalments("visa", Monthly(11, every=12, first=3), Decimal("218.90"), "Casa do Bosque Geladeiras", HOUSE, 10),
    Instalments("visa", Monthly(19, every=6, first=2), Decimal("164.75"), "Voa Sul Passagens", FLIGHTS, 6),
    Instalments("mastercard", Monthly(14, every=4, first=1), Decimal("89.90"), "Loja Pé na Trilha", CLOTHES, 4),
)

HABITS = (
    # What comes in.
    Habit("itau", Monthly(5), "7640.00", "Salário Oficina Caju", SALARY),
    Habit("itau", Monthly(20), "1450.00 1320.00 1610.00", "Pix recebido Ateliê Aroeira", WORK),
    Habit("itau", Weekly(MONDAY, every=3), "85.00 120.00", "Pix de Bruno L.|Pix de Dona Cida", PIX),
    Habit("nubank", Weekly(SUNDAY, every=2, first=1), "47.50 62.00 38.75", "Pix de Tati M.|Pix de Léo A.", PIX),
    Habit("poupanca", Monthly(9), "21.84 22.63 24.10", "Rendimento da poupança", EARNINGS),
    Habit("itau", Monthly(14), "51.00", "Rendimento FII Lajes do Ipê", EARNINGS),
    # The house.
    Habit("itau", Monthly(6), "-2180.00", "Imobiliária Porta Azul", RENT),
    Habit("itau", Monthly(8), "-742.00", "Escola Girassol", SCHOOL),
    Habit("itau", Monthly(12), "-187.42 -203.18 -169.95", "Luz da Serra", POWER),
    Habit("itau", Monthly(14), "-94.30 -88.71", "Águas do Vale", WATER),
    Habit("itau", Monthly(16), "-119.90", "Fibra Quintal Internet", INTERNET),
    Habit("itau", Monthly(18), "-253.49", "Parcela crédito pessoal", LOAN),
    Habit("itau", Weekly(THURSDAY, every=2), "-180.00", "Pix para Neide S. Diarista", PIX),
    Habit("itau", Weekly(SATURDAY), "-64.50 -71.20 -58.90", "Pix para Feira da Praça", GROCERIES),
    Habit("itau", Weekly(TUESDAY), "-18.60 -23.40 -15.90 -27.80", "Padaria Pão de Mel", EATING_OUT),
    Habit("itau", Weekly(MONDAY, every=2), "-80.00", "Recarga do metrô", FARES),
    Habit("nubank", Monthly(8), "-250.00", "Caixinha Férias na praia", INVESTED),
    Habit("nubank", Monthly(21), "-49.90", "Alô Móvel Celular", MOBILE),
    Habit("nubank", Weekly(WEDNESDAY), "-31.50 -26.00 -42.90", "Pix para Marmita Zezé|Pix para Café do Largo", EATING_OUT),
    # The card at Itaú.
    Habit("visa", Weekly(SATURDAY), "-318.47 -276.35 -342.10 -291.88", "Mercado Flor do Campo", GROCERIES),
    Habit("visa", Weekly(WEDNESDAY, every=2), "-84.15 -61.72 -97.36", "Mercadinho Dois Irmãos", GROCERIES),
    Habit("visa", Weekly(FRIDAY, every=2), "-214.60 -196.05", "Posto Beira Rio", FUEL),
    Habit("visa", Weekly(TUESDAY, every=2, first=1), "-73.28 -46.90 -112.35", "Farmácia Boa Hora", PHARMACY),
    Habit("visa", Monthly(4), "-187.30", "Seguro Carro Sereno", CAR_INSURANCE),
    Habit("visa", Monthly(9), "-39.90", "Cine Sofá", VIDEO),
    Habit("visa", Monthly(22), "-92.40 -118.00", "Pet Quatro Patas", PETS),
    Habit("visa", Monthly(17, every=2), "-129.90 -154.80", "Livraria Página Virada", BOOKS),
    Habit("visa", Monthly(13, every=2, first=2), "-159.90", "Bazar Vento Norte", ONLINE),
    Habit("visa", Monthly(18, every=2, first=2), "159.90", "Estorno Bazar Vento Norte", ONLINE),
    # The card at Nubank.
    Habit("mastercard", Weekly(FRIDAY), "-72.80 -58.40 -91.30", "Prato na Porta|Pizzaria Lua Cheia", DELIVERY),
    Habit("mastercard", Weekly(SUNDAY), "-134.00 -96.50 -118.70", "Cantina da Vila|Restaurante Fogão Velho", EATING_OUT),
    Habit("mastercard", Weekly(THURSDAY, every=2), "-19.84 -27.15 -14.90", "Corre Já Corridas", TAXI),
    Habit("mastercard", Weekly(SATURDAY, every=2), "-23.60 -31.25", "Corre Já Corridas", TAXI),
    Habit("mastercard", Monthly(2), "-99.90", "Academia Fôlego", GYM),
    Habit("mastercard", Monthly(11), "-21.90", "Ouve Mais Música", MUSIC),
    Habit("mastercard", Monthly(15), "-16.61 -16.48 -16.72", "Nuvem de Fotos", APPS, foreign="-2.99"),
    Habit("mastercard", Monthly(24), "-68.00", "Cinema Aurora", CINEMA),
)  # fmt: skip
