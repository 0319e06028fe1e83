"""Invented shops and people, and how banks write their names down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from benchmarks.alerts.trades import Trade

PARETO_SHAPE = 2.5
PARETO_CAP = 5.0

_SYLLABLES = (
    "BA BE BI BO CA CO DA DE DO FA FE FLO GA GRA JA JO LA LE LI LU MA ME MI MO NA NI NO PA PE PI PRA RA  "
    "RE RI RO SA SE SO TA TE TI TO VA VE VI ZA "
)
_ENDINGS = ("RES", "LIA", "NTE", "DA", "RA", "NO", "SA", "LES", "TO", "RO", "NDA", "VES")
FIRST_NAMES = (
    "ANA BRUNO CARLA DIEGO ELISA FABIO GABI HUGO INES JOAO KARINA LUCAS MARIA NILO OLGA PEDRO RITA SERGIO  TANIA VITOR "
)
LAST_NAMES = "SILVA SOUZA ALVES ROCHA LIMA PRADO COSTA DIAS MELO NUNES PINTO RAMOS TELES VIEIRA "
CITIES = [
    "SAO PAULO",
    "CAMPINAS",
    "RECIFE",
    "CURITIBA",
    "BELO HORIZO",
    "SALVADOR",
    "GOIANIA",
    "PORTO ALEGRE",
    "FORTALEZA",
    "SANTOS",
]


@dataclass(slots=True)
class Shop:
    """One shop. ``median``: in the household's first month. ``cnpj``: fourteen digits."""

    name: str
    category: str
    mcc: int
    median: float
    sigma: float
    tail: float
    cnpj: str
    city: str
    fixed: bool = False
    prefix: str = ""
    number: str = ""
    trade: str = ""

    def amount(self, random: Random, level: float) -> float:
        """What one purchase costs when prices stand at ``level`` times the first month's."""
        if self.fixed:
            return round(self.median * (1.0 if level < 1.04 else 1.1), 1)  # a fare goes up once, not with the months
        value = self.median * level * math.exp(random.gauss(0, self.sigma))
        if random.random() < self.tail:
            value *= min(1 + random.paretovariate(PARETO_SHAPE), PARETO_CAP)
        return max(value, 1.5)


def invent_name(random: Random) -> str:
    """A word that could be somebody's surname or a village."""
    return "".join(random.choices(_SYLLABLES.split(), k=random.randint(1, 2))) + random.choice(_ENDINGS)


def invent_person(random: Random) -> str:
    return f"{random.choice(FIRST_NAMES.split())} {invent_name(random)} {random.choice(LAST_NAMES.split())}"


def open_shop(random: Random, trade: Trade, city: str, wealth: float) -> Shop:
    """A shop of a trade; ``wealth`` multiplies what is spent in it, but for fares."""
    level = 1.0 if trade.fixed else wealth
    return Shop(
        name=f"{random.choice(trade.words.split('|'))} {invent_name(random)}",
        category=trade.category,
        mcc=trade.mcc,
        median=trade.median * level * math.exp(random.gauss(0, trade.between)),
        sigma=trade.sigma * random.uniform(0.8, 1.2),
        tail=trade.tail,
        cnpj=f"{random.randrange(10**8):08d}0001{random.randrange(100):02d}",
        city=city,
        fixed=trade.fixed,
        prefix=random.choice(trade.prefixes.split("|")) if trade.prefixes and random.random() < 0.7 else "",
        number=f" {random.randrange(10, 2000)}" if random.random() < 0.15 else "",
        trade=trade.name,
    )


def named_shop(random: Random, name: str, category: str, mcc: int = 0, city: str = "SAO PAULO") -> Shop:
    """Who is paid fixed or agreed amounts: a landlord, a school, a streaming service."""
    cnpj = f"{random.randrange(10**8):08d}0001{random.randrange(100):02d}"
    return Shop(name, category, mcc, 0.0, 0.0, 0.0, cnpj, city)


@dataclass(frozen=True, slots=True)
class Hand:
    """How one bank writes its rows. ``lead`` stands before a shop's name, which is cut to ``width``; ``noise``: how often
    another spelling comes in. ``merchant``: how often a row carries the shop's name and CNPJ. ``traits``, any of: ``upper``,
    ``city`` (after the name), ``timed`` (rows carry a time), ``midnight`` (they carry São Paulo's midnight instead),
    ``category`` (Pluggy's)."""

    bank: str
    lead: str
    width: int
    noise: float
    merchant: float
    traits: str

    def has(self, trait: str) -> bool:
        return trait in self.traits.split()


HANDS = (
    Hand("Nubank", "", 22, 0.02, 0.6, "timed category"),
    Hand("Itaú", "", 22, 0.10, 0.3, "upper city midnight category"),
    Hand("Bradesco", "COMPRA CARTAO ", 25, 0.10, 0.0, "upper city category"),
    Hand("Banco do Brasil", "Compra com Cartão - {day:%d/%m} {clock} ", 20, 0.05, 0.0, "timed"),
    Hand("Santander", "", 24, 0.08, 0.5, "upper city timed category"),
    Hand("Caixa", "COMPRA ELO ", 20, 0.05, 0.0, "upper midnight"),
    Hand("Inter", "Compra no débito - ", 40, 0.02, 0.8, "timed category"),
    Hand("C6 Bank", "", 22, 0.05, 0.4, "upper city timed"),
)
