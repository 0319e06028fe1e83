"""What simulated households spend their money on: kinds of shop with their rhythm, dear things, subscriptions.

Amounts are BRL. Every name is invented. The figures are rough ones of Brazilian household budgets; what matters is their
shape: log-normal amounts with a Pareto tail, some shops seen every week and others once. Alternatives are parted by ``|``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """One kind of shop. ``a_week``: purchases a week of a household that does this at all; ``median`` and ``sigma`` of the
    log-normal amounts inside one shop; ``between``: how far the medians of two shops lie apart (sigma of their logarithm);
    ``regulars``: how many shops are gone to again and again; ``explores``: how often it is a shop never seen before;
    ``tail``: how often the amount is drawn from the Pareto tail instead; ``fixed``: all purchases have one price;
    ``share``: how many households do this; ``nights``: whether night owls do it after midnight."""

    name: str
    category: str
    mcc: int
    words: str
    a_week: float
    median: float
    sigma: float
    between: float
    regulars: int
    explores: float
    hours: tuple[int, int] = (9, 20)
    tail: float = 0.02
    fixed: bool = False
    share: float = 1.0
    nights: bool = False
    prefixes: str = ""


#: Two lines each: name, category, MCC, words; then a_week, median, sigma, between, regulars, explores, hours and the rest.
TRADES = (
    Trade("groceries", "10000000", 5411, "SUPERMERCADO|MERCADO|ATACADO|EMPORIO",
           1.6,  95,  0.6, 0.35, 3, 0.07, (8, 21), tail=0.04),
    Trade("greengrocer", "10000000", 5499, "HORTIFRUTI|SACOLAO|QUITANDA",
           0.8,  38,  0.4,  0.3, 2, 0.08, (7, 19), share=0.7, prefixes="PAG*|MP *"),
    Trade("bakery", "11010000", 5462, "PADARIA|PANIFICADORA|CONFEITARIA",
           2.2,  17,  0.5, 0.25, 2, 0.05, (6, 20), prefixes="PAG*"),
    Trade("coffee", "11010000", 5814, "CAFE|CAFETERIA",
           2.0,   9,  0.0,  0.2, 1,  0.0, (8, 17), tail=0, fixed=True, share=0.4),
    Trade("lunch", "11010000", 5812, "RESTAURANTE|CANTINA|LANCHONETE|TEMPERO",
           1.8,  34,  0.3,  0.3, 3, 0.25, (11, 14)),
    Trade("bar", "11010000", 5813, "BAR|CHOPERIA|BOTECO|PUB",
           0.8,  78, 0.55,  0.3, 3, 0.35, (18, 23), tail=0.03, share=0.7, nights=True),
    Trade("delivery", "11020000", 5812, "PIZZARIA|BURGER|SUSHI|ESFIHARIA",
           1.3,  56,  0.4,  0.2, 5,  0.3, (18, 23), share=0.85, nights=True, prefixes="IFD*|IFOOD *|RAPPI *"),
    Trade("pharmacy", "18020000", 5912, "DROGARIA|FARMACIA|DROGA",
           0.7,  48, 0.75, 0.25, 2, 0.08, (8, 22), tail=0.04),
    Trade("fuel", "19050001", 5541, "POSTO|AUTO POSTO",
           0.9, 160, 0.35,  0.2, 2,  0.1, (6, 22), tail=0.01, share=0.7),
    Trade("ride", "19010000", 4121, "VAI JA|MOBI|LEVA",
           1.7,  21,  0.5, 0.05, 2,  0.0, (6, 23), share=0.75, nights=True, prefixes="|DL*"),
    Trade("fare", "19020000", 4111, "METRO|BILHETE|VIACAO",
           4.0, 5.2,  0.0,  0.1, 1,  0.0, (6, 20), tail=0, fixed=True, share=0.45),
    Trade("vending", "11000000", 5814, "VEND MAQ|SNACK BOX",
           0.8,   6,  0.0,  0.2, 1,  0.0, (8, 20), tail=0, fixed=True, share=0.3),
    Trade("parking", "19050002", 7523, "ESTACIONAMENTO|PARK",
           0.5,  18,  0.4,  0.2, 2,  0.3, (8, 21), tail=0.01, share=0.5),
    Trade("online", "08010000", 5310, "MERCADOLEVE|SHOPMAX|TUDOAQUI",
           0.9,  85,  0.9,  0.2, 3, 0.15, (8, 23), tail=0.05, prefixes="|EC *|MP *"),
    Trade("clothes", "08040000", 5651, "LOJAS|MODAS|BOUTIQUE|CALCADOS",
           0.3, 140,  0.6, 0.35, 3,  0.4, (10, 21), tail=0.03),
    Trade("pets", "08030000", 5995, "PET SHOP|AGROPET",
          0.35,  95,  0.5,  0.3, 1,  0.1, (9, 19), tail=0.03, share=0.45),
    Trade("house", "17030000", 5200, "CASA E CONSTRUCAO|UTILIDADES|FERRAGENS",
          0.25, 110,  0.9,  0.4, 2,  0.4, (9, 19), tail=0.05),
    Trade("beauty", "07030003", 7230, "SALAO|BARBEARIA|STUDIO",
          0.35,  70,  0.3, 0.35, 2, 0.15, (9, 19), tail=0.01, share=0.75, prefixes="PAG*|SUMUP *|ZP *"),
    Trade("health", "18040000", 8099, "CLINICA|LABORATORIO|CONSULTORIO",
          0.12, 220,  0.5,  0.4, 2,  0.4, (8, 18), tail=0.03),
    Trade("leisure", "07040003", 7832, "CINE|TEATRO|PARQUE",
          0.25,  65,  0.4,  0.3, 2, 0.35, (14, 22)),
    Trade("books", "08060000", 5942, "LIVRARIA|PAPELARIA",
          0.12,  70,  0.5,  0.3, 1, 0.25, (10, 20), share=0.6),
    Trade("repairs", "19050005", 7538, "OFICINA|AUTO CENTER|PNEUS",
          0.06, 380,  0.7,  0.4, 1,  0.4, (8, 18), tail=0.05, share=0.6),
)  # fmt: skip

#: Once or twice a year, dear, and usually where the household never was: name, category, MCC, words, from, to.
DEAR = (
    ("furniture", "17030000", 5712, "MOVEIS|COLCHOES", 900, 5000),
    ("appliance", "08020000", 5722, "ELETRO|REFRIGERACAO", 1200, 4500),
    ("phone", "08020000", 5732, "TECH STORE|CELULARES", 1000, 5000),
    ("glasses", "18030000", 8043, "OTICA", 500, 1800),
    ("dentist", "18010000", 8021, "ODONTO|DENTISTA", 400, 2500),
    ("event", "07040000", 7922, "INGRESSOS|FESTIVAL", 250, 1200),
)

#: Subscriptions: name, category, price, its currency.
SUBSCRIPTIONS = (
    ("CINEFLUX", "09020000", 44.90, "BRL"),
    ("TELONA PLAY", "09020000", 27.90, "BRL"),
    ("SERIEMAX", "09020000", 39.90, "BRL"),
    ("OUVEMAIS MUSICA", "09030000", 21.90, "BRL"),
    ("GAMEPASSE", "09010000", 49.99, "BRL"),
    ("NUVEM FOTOS", "09000000", 14.90, "BRL"),
    ("ACADEMIA FOLEGO", "07030001", 119.90, "BRL"),
    ("CLUBE DO VINHO", "08010000", 99.00, "BRL"),
    ("JORNAL DIARIO", "09000000", 29.90, "BRL"),
    ("IDIOMAS JA", "07020001", 59.90, "BRL"),
    ("SEGURO VIDA SERENO", "200100000", 68.40, "BRL"),
    ("CLOUDPAD", "09000000", 11.99, "USD"),
    ("CODE ASSISTANT", "09000000", 20.00, "USD"),
    ("DESIGNER PRO", "09000000", 12.95, "USD"),
)
