"""Where money goes in these statements: shops, companies and people, by group.

Brands are real because statements are full of them; their documents are not (`household.documents`), and people carry
surnames that say so: Exemplo, Amostra, Modelo, Fictício.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sandbox.household.documents import company_document, person_document

OTHER_PEOPLE = "05070000"
WORK = "01030000"
CASH = "05020000"
FARES = "19020000"


@dataclass(frozen=True)
class Party:
    """Somebody paid or paying. ``text``: as a card machine prints it. ``low``/``high``: centavos of one payment.

    ``cnae`` present = Pluggy knows the merchant (a `merchant` object is sent). ``is_person``: a CPF, not a CNPJ.
    """

    text: str
    name: str
    category: str
    low: int
    high: int
    mcc: int = 0
    cnae: str = ""
    is_person: bool = False

    @property
    def document(self) -> str:
        return person_document(self.name) if self.is_person else company_document(self.name)


def person(name: str, low: int, high: int, category: str = OTHER_PEOPLE) -> Party:
    return Party(name.upper(), name, category, low, high, is_person=True)


def price(party: Party, rng: Random) -> int:
    """Centavos: small values are more common than large ones; shops' prices often end in 90, people agree on round sums."""
    if party.low == party.high:
        return party.low
    cents = party.low + int((party.high - party.low) * rng.random() ** 1.6)
    if party.category in (CASH, FARES):
        return cents // 1_000 * 1_000
    if party.is_person or party.category == WORK:
        return max(500, cents // 500 * 500)
    ending = rng.random()
    if ending < 0.3:
        return cents // 100 * 100 + 90
    return max(100, cents // 100 * 100) if ending < 0.4 else cents


GROUPS: dict[str, tuple[Party, ...]] = {
    "mercado": (
        Party("PAO DE ACUCAR-1380", "Pão de Açúcar", "10000000", 3_500, 31_000, 5411, "4711302"),
        Party("ASSAI ATACADISTA LJ 87", "Assaí Atacadista", "10000000", 9_000, 52_000, 5411, "4639701"),
        Party("CARREFOUR EXP 214", "Carrefour", "10000000", 2_500, 24_000, 5411, "4711301"),
        Party("HORTIFRUTI DA VILA", "Hortifruti da Vila", "10000000", 1_800, 9_500, 5411),
        Party("ACOUGUE BOI NOBRE", "Açougue Boi Nobre", "10000000", 3_000, 14_000, 5422),
        Party("OXXO SANTA CECILIA", "Oxxo", "10000000", 800, 4_500, 5499, "4712100"),
    ),
    "padaria": (
        Party("PADARIA PAO DOURADO", "Padaria Pão Dourado", "11010000", 650, 3_800, 5462, "4721102"),
        Party("PANIFICADORA JULIANA", "Panificadora Juliana", "11010000", 700, 2_900, 5462),
        Party("CAFE DA PRACA", "Café da Praça", "11010000", 850, 3_200, 5814),
        Party("LANCHONETE DO ZE", "Lanchonete do Zé", "11010000", 900, 3_400, 5814),
    ),
    "restaurante": (
        Party("RESTAURANTE SABOR MINEIR", "Restaurante Sabor Mineiro", "11010000", 3_200, 14_500, 5812, "5611201"),
        Party("MC DONALDS PAULISTA", "McDonald's", "11010000", 2_400, 8_900, 5814, "5611203"),
        Party("OUTBACK SP IBIRAPUERA", "Outback Steakhouse", "11010000", 9_000, 32_000, 5812),
        Party("PIZZARIA BELLA NAPOLI", "Pizzaria Bella Napoli", "11010000", 5_500, 14_000, 5812),
        Party("BAR DO ALEMAO", "Bar do Alemão", "11010000", 3_500, 16_000, 5813),
        Party("CHURRASCARIA BOI & BRASA", "Churrascaria Boi & Brasa", "11010000", 8_500, 29_000, 5812),
    ),
    "delivery": (
        Party("IFD*IFOOD.COM AGENCIA", "iFood", "11020000", 2_800, 11_500, 5814, "7490104"),
        Party("IFD*PIZZARIA DO BAIRRO", "Pizzaria do Bairro", "11020000", 4_900, 12_500, 5812),
        Party("IFD*TEMAKERIA SUSHIYA", "Temakeria Sushiya", "11020000", 4_500, 15_000, 5812),
        Party("RAPPI*RAPPI BRASIL", "Rappi", "11020000", 2_900, 12_000, 5814),
    ),
    "corrida": (
        Party("UBER *TRIP HELP.UBER.COM", "Uber", "19010000", 990, 4_800, 4121, "6319400"),
        Party("UBER *TRIP", "Uber", "19010000", 890, 3_900, 4121, "6319400"),
        Party("99*99APP", "99", "19010000", 850, 3_600, 4121),
    ),
    "transporte": (
        Party("RECARGA BILHETE UNICO", "Bilhete Único", "19020000", 2_000, 6_000, 4111),
        Party("CARTAO TOP RECARGA", "Cartão TOP", "19020000", 1_000, 5_000, 4111),
    ),
    "posto": (
        Party("AUTO POSTO AVENIDA", "Auto Posto Avenida", "19050001", 8_000, 28_000, 5541, "4731800"),
        Party("POSTO SHELL MARGINAL", "Posto Shell Marginal", "19050001", 9_000, 30_000, 5541),
        Party("POSTO IPIRANGA JARDIM", "Posto Ipiranga Jardim", "19050001", 7_500, 26_000, 5541),
    ),
    "carro": (
        Party("ESTAPAR ESTACIONAMENTO", "Estapar", "19050002", 1_200, 4_800, 7523),
        Party("LAVA RAPIDO 3 IRMAOS", "Lava Rápido 3 Irmãos", "19050005", 5_000, 9_000, 7542),
        Party("SEM PARAR*RECARGA", "Sem Parar", "19050003", 5_000, 12_000, 4784),
    ),
    "farmacia": (
        Party("DROGASIL 1423", "Drogasil", "18020000", 1_900, 18_000, 5912, "4771701"),
        Party("DROGA RAIA 440", "Droga Raia", "18020000", 1_500, 16_000, 5912, "4771701"),
        Party("DROGARIA SAO PAULO", "Drogaria São Paulo", "18020000", 1_800, 21_000, 5912),
        Party("FARMACIA PAGUE MENOS", "Pague Menos", "18020000", 1_200, 14_000, 5912),
    ),
    "saude": (
        Party("LAB FLEURY", "Fleury", "18040000", 9_000, 38_000, 8071, "8640202"),
        Party("CLINICA SORRISO ODONTO", "Clínica Sorriso", "18010000", 15_000, 45_000, 8021),
        Party("OTICAS CAROL", "Óticas Carol", "18030000", 12_000, 68_000, 8043),
    ),
    "compras": (
        Party("AMAZON BR", "Amazon", "08010000", 2_900, 32_000, 5399, "4713004"),
        Party("MERCADOLIVRE*VENDEDOR", "Mercado Livre", "08010000", 2_500, 26_000, 5399),
        Party("SHOPEE *SHOPEE", "Shopee", "08010000", 1_500, 12_000, 5399),
        Party("LOJAS RENNER FL 102", "Lojas Renner", "08040000", 5_900, 38_000, 5651, "4781400"),
        Party("C&A MODAS SHOP CENTER", "C&A", "08040000", 4_900, 27_000, 5651),
        Party("COBASI PETSHOP", "Cobasi", "08030000", 4_500, 24_000, 5995),
        Party("LIVRARIA CULTURA", "Livraria Cultura", "08060000", 3_900, 15_000, 5942),
        Party("KALUNGA LJ 031", "Kalunga", "08080000", 1_900, 16_000, 5943),
        Party("MILIUM UTILIDADES", "Milium", "17030000", 1_900, 14_000, 5719),
    ),
    "parcelada": (
        Party("MAGAZINE LUIZA", "Magazine Luiza", "08000000", 48_000, 289_000, 5722, "4753900"),
        Party("CASAS BAHIA", "Casas Bahia", "08000000", 45_000, 240_000, 5722),
        Party("FAST SHOP", "Fast Shop", "08020000", 59_900, 340_000, 5732),
        Party("DECATHLON", "Decathlon", "08070000", 24_000, 98_000, 5941, "4763602"),
        Party("LEROY MERLIN", "Leroy Merlin", "17030000", 24_000, 130_000, 5200),
        Party("TOK STOK", "Tok&Stok", "17030000", 29_000, 160_000, 5712),
        Party("LATAM AIRLINES", "Latam", "12010000", 65_000, 290_000, 3245),
        Party("CENTAURO", "Centauro", "08070000", 19_900, 72_000, 5941),
        Party("BOOKING.COM HOTEL", "Booking.com", "12020000", 48_000, 190_000, 7011),
    ),
    "lazer": (
        Party("CINEMARK SHOPPING", "Cinemark", "07040003", 3_200, 11_500, 7832, "5914600"),
        Party("SYMPLA EVENTOS", "Sympla", "07040000", 6_000, 24_000, 7922),
        Party("STEAM GAMES", "Steam", "09010000", 1_990, 14_990, 5816),
        Party("BARBEARIA DO CORTE", "Barbearia do Corte", "07030003", 4_500, 9_500, 7230),
        Party("TICKETMASTER BRASIL", "Ticketmaster", "07040000", 12_000, 48_000, 7922),
    ),
    # Prices in US cents.
    "dolar": (
        Party("OPENAI *CHATGPT SUBSCR", "OpenAI", "09000000", 2_000, 2_000, 5734),
        Party("GITHUB, INC.", "GitHub", "09000000", 1_000, 1_000, 7372),
        Party("AWS EMEA", "Amazon Web Services", "09000000", 780, 3_900, 7372),
        Party("FIGMA MONTHLY RENEWAL", "Figma", "09000000", 1_600, 1_600, 7372),
        Party("NAMECHEAP.COM", "Namecheap", "09000000", 1_118, 1_598, 4816),
        Party("ALIEXPRESS.COM", "AliExpress", "08010000", 690, 6_400, 5999),
        Party("UDEMY ONLINE COURSES", "Udemy", "07020001", 1_199, 2_499, 8299),
    ),
    "amigos": (
        person("Carlos Exemplo", 1_500, 16_000),
        person("Juliana Amostra", 1_000, 12_000),
        person("Pedro Modelo", 2_000, 18_000),
        person("Rafaela Fictícia", 1_000, 9_000),
        person("Thiago Amostra", 1_500, 11_000),
        person("Larissa Exemplo", 1_000, 14_000),
    ),
    "diarista": (person("Maria Aparecida Amostra", 18_000, 18_000),),
    "feira": (
        person("Banca do Seu Antonio Modelo", 2_000, 7_500, "10000000"),
        person("Dona Cida Tapioca Amostra", 1_000, 3_000, "11010000"),
    ),
    "netos": (
        person("Gabriel Exemplo de Souza", 5_000, 20_000),
        person("Sofia Exemplo de Souza", 5_000, 15_000),
        person("Renata Exemplo de Souza", 8_000, 40_000),
    ),
    "igreja": (Party("PAROQUIA SAO JOSE", "Paróquia São José", "13000000", 3_000, 10_000),),
    "loteria": (Party("LOTERICA BOA SORTE", "Lotérica Boa Sorte", "14010000", 600, 4_500, 7995),),
    "saque": (Party("BANCO24HORAS", "Banco24Horas", "05020000", 5_000, 30_000),),
    "clientes": (
        Party("ESTUDIO NORTE DESIGN LTDA", "Estúdio Norte Design Ltda", "01030000", 90_000, 340_000),
        Party("AGENCIA MARE COMUNICACAO", "Agência Maré Comunicação", "01030000", 70_000, 260_000),
        Party("EDITORA PONTO FINAL LTDA", "Editora Ponto Final Ltda", "01030000", 60_000, 210_000),
        person("Fernanda Modelo", 35_000, 140_000, "01030000"),
        Party("STARTUP LUZ TECNOLOGIA SA", "Startup Luz Tecnologia SA", "01030000", 150_000, 480_000),
    ),
    "fregueses": (
        person("Marcelo Exemplo", 800, 4_500, "01030000"),
        person("Camila Amostra", 800, 4_500, "01030000"),
        person("Bruno Modelo", 1_000, 6_000, "01030000"),
        person("Aline Fictícia", 800, 3_500, "01030000"),
        person("Roberto Amostra", 1_000, 5_500, "01030000"),
        person("Vanessa Exemplo", 800, 4_000, "01030000"),
    ),
    "fornecedores": (
        Party("ATACADAO 612", "Atacadão", "10000000", 2_500, 16_000, 5411, "4639701"),
        Party("DISTRIBUIDORA FARINHA BOA", "Distribuidora Farinha Boa", "10000000", 2_000, 12_000),
        Party("EMBALAGENS DO CENTRO", "Embalagens do Centro", "08080000", 1_000, 6_000),
    ),
}
