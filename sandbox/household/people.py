"""The families, as data. Names and documents are seen to be invented; CPFs are the well-known samples of manuals."""

from __future__ import annotations

from sandbox.household.documents import cpf
from sandbox.household.habits import Card, Everyday, Monthly, Person
from sandbox.household.shops import Party, person


def _fixed(name: str, cents: int, category: str, mcc: int = 0, cnae: str = "", *, text: str = "") -> Party:
    """A company that charges (or pays) the same every month."""
    return Party(text or name.upper(), name, category, cents, cents, mcc, cnae)


def _varying(name: str, low: int, high: int, category: str, cnae: str = "") -> Party:
    return Party(name.upper(), name, category, low, high, cnae=cnae)


_POWER = _varying("Enel Distribuição", 7_200, 13_800, "17020002", "3514000")
_BIG_POWER = _varying("Enel Distribuição", 19_500, 36_800, "17020002", "3514000")
_WATER = _varying("Sabesp", 6_800, 14_500, "17020001", "3600601")
_GAS = _varying("Comgás", 4_400, 8_900, "17020003", "3520402")
_SPOTIFY = _fixed("Spotify", 2_390, "09030000", 5815, "6319400", text="EBN *SPOTIFY")
_NETFLIX = _fixed("Netflix", 4_490, "09020000", 4899, "5911199", text="NETFLIX.COM")
_PRIME = _fixed("Amazon Prime", 1_990, "09020000", 5968, text="AMAZON PRIME BR")
_DISNEY = _fixed("Disney Plus", 4_699, "09020000", 4899, text="DISNEY PLUS")
_ICLOUD = _fixed("Apple", 1_490, "09000000", 5818, text="APPLE.COM/BILL")
_GYM = _fixed("Smart Fit", 11_990, "07030001", 7997, "9313100", text="SMARTFIT ESCOLA DE GINAST")
_ANNUITY = _fixed("Anuidade", 3_250, "16030000", text="ANUIDADE DIFERENCIADA")

ANA = Person(
    name="Ana Exemplo",
    document="529.982.247-25",
    birth_date="1997-04-12",
    openings={"checking": 120_000},
    exact={"checking": 100_000, "card": 80_000},
    card=Card("MASTERCARD", "GOLD", 130_000, closing_day=3, due_day=10, plans_per_month=0.15),
    monthly=(
        Monthly(5, "salary", _fixed("Comercial Modelo Ltda", 321_487, "01010000"), "previous"),
        Monthly(30, "salary", _fixed("Comercial Modelo 13 Salário", 160_743, "01010000"), "previous", months=(11,)),
        Monthly(20, "salary", _fixed("Comercial Modelo 13 Salário", 131_205, "01010000"), "previous", months=(12,)),
        Monthly(10, "pix_out", _fixed("Imobiliária Novo Lar", 98_000, "17010000", cnae="6821801")),
        Monthly(15, "boleto", _POWER),
        Monthly(18, "boleto", _fixed("Vivo Fibra", 8_990, "07010001", cnae="6110803")),
        Monthly(12, "card", _fixed("Claro Celular", 4_990, "07010002", 4814, text="CLARO FLEX")),
        Monthly(8, "card", _SPOTIFY),
    ),
    everyday=(
        Everyday("mercado", 0.6, "card", 1.4),
        Everyday("delivery", 0.4, "card", 1.6),
        Everyday("corrida", 0.6, "card", 1.3),
        Everyday("farmacia", 0.2, "card"),
        Everyday("compras", 0.15, "card"),
        Everyday("padaria", 1.2, "debit"),
        Everyday("transporte", 0.7, "pix_out", 0.3),
        Everyday("amigos", 0.7, "pix_out", 1.6),
        Everyday("amigos", 0.4, "pix_in", 1.4),
    ),
    petty=Everyday("padaria", 0, "debit"),
    scheduled=person("Beatriz Amostra Aulas de Inglês", 12_000, 12_000, "07020000"),
    helper=person("Lúcia Exemplo", 20_000, 30_000),
    low=10_000,
    rest=90_000,
    income=321_487,
)

SILVA = Person(
    name="Marcos Exemplo da Silva",
    document="111.444.777-35",
    birth_date="1984-09-30",
    openings={"checking": 310_000, "savings": 845_000},
    card=Card("VISA", "PLATINUM", 1_500_000, closing_day=28, due_day=7, plans_per_month=0.9),
    monthly=(
        Monthly(5, "salary", _fixed("Indústria Modelo S.A.", 784_215, "01010000"), "previous"),
        Monthly(30, "salary", _fixed("Indústria Modelo 13 Salário", 392_108, "01010000"), "previous", months=(11,)),
        Monthly(20, "salary", _fixed("Indústria Modelo 13 Salário", 301_476, "01010000"), "previous", months=(12,)),
        Monthly(6, "pix_in", person("Patrícia Exemplo da Silva", 240_000, 240_000), "none"),
        Monthly(10, "boleto", _fixed("Imobiliária Novo Lar", 235_000, "17010000", cnae="6821801")),
        Monthly(10, "boleto", _varying("Condomínio Edifício Flores", 65_200, 74_900, "17000000")),
        Monthly(8, "boleto", _fixed("Colégio Recanto", 118_000, "07020003", cnae="8513900")),
        Monthly(15, "boleto", _fixed("Vivo Fibra", 12_990, "07010001", cnae="6110803")),
        Monthly(17, "auto_debit", _BIG_POWER),
        Monthly(14, "auto_debit", _WATER),
        Monthly(20, "auto_debit", _GAS),
        Monthly(20, "boleto", _fixed("Tim Celular", 14_990, "07010002")),
        Monthly(2, "fee", _fixed("Tarifa", 3_890, "16010000")),
        Monthly(10, "boleto", _fixed("Prefeitura IPTU", 18_740, "17040000"), months=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
        Monthly(14, "pix_out", _fixed("Sefaz IPVA", 61_290, "19050004"), months=(1, 2, 3)),
        Monthly(30, "ted_in", _fixed("Receita Federal Restituição", 128_455, "01050000"), months=(6,)),
        Monthly(9, "card", _NETFLIX),
        Monthly(11, "card", _PRIME),
        Monthly(21, "card", _DISNEY),
        Monthly(13, "card", _ICLOUD),
        Monthly(16, "card", _fixed("Sem Parar", 3_490, "19050003", 4784, text="SEM PARAR MENSALIDADE")),
        Monthly(4, "card", _fixed("Porto Seguro Auto", 27_880, "200400000", 6300, "6512000", text="PORTO SEGURO AUTO")),
        Monthly(22, "annuity", _ANNUITY),
    ),
    everyday=(
        Everyday("mercado", 1.8, "card", 1.5),
        Everyday("posto", 0.8, "card"),
        Everyday("delivery", 0.7, "card", 2.0),
        Everyday("restaurante", 0.6, "card", 2.2),
        Everyday("farmacia", 0.4, "card"),
        Everyday("carro", 0.6, "card"),
        Everyday("compras", 0.6, "card"),
        Everyday("lazer", 0.2, "card", 2.0),
        Everyday("saude", 0.08, "card", 0.1),
        Everyday("dolar", 0.06, "foreign"),
        Everyday("padaria", 1.6, "debit", 1.8),
        Everyday("feira", 0.7, "pix_out", 2.5),
        Everyday("diarista", 0.95, "pix_out", weekday=3),
        Everyday("amigos", 0.6, "pix_out", 1.5),
        Everyday("amigos", 0.25, "pix_in", 1.5),
        Everyday("saque", 0.15, "withdrawal"),
    ),
    petty=Everyday("padaria", 0, "debit"),
    scheduled=person("Escolinha Natação Prof. Modelo", 16_000, 16_000, "07030002"),
    helper=person("Patrícia Exemplo da Silva", 60_000, 90_000),
    cushion="savings",
    boxes={"Férias na praia": 180_000, "IPVA e IPTU": 95_000},
    low=40_000,
    rest=300_000,
    overdraft=300_000,
    has_earnings=True,
    income=784_215,
)

LIMA = Person(
    name="Beatriz Exemplo Lima",
    document="123.456.789-09",
    birth_date="1999-12-03",
    openings={"checking": 64_000},
    card=Card("MASTERCARD", "PLATINUM", 800_000, closing_day=12, due_day=19, shows_all=False, plans_per_month=0.4),
    monthly=(
        Monthly(7, "pix_out", person("Sônia Modelo Aluguel", 125_000, 125_000, "17010000"), "none"),
        Monthly(20, "boleto", _fixed("DAS Simples Nacional MEI", 8_605, "15000000")),
        Monthly(12, "pix_out", _POWER, "none"),
        Monthly(16, "boleto", _fixed("Claro Net Virtua", 11_990, "07010001", cnae="6110803")),
        Monthly(5, "card", _GYM),
        Monthly(8, "card", _SPOTIFY),
        Monthly(24, "card", _NETFLIX),
        Monthly(3, "foreign", Party("OPENAI *CHATGPT SUBSCR", "OpenAI", "09000000", 2_000, 2_000, 5734)),
        Monthly(17, "foreign", Party("GITHUB, INC.", "GitHub", "09000000", 1_000, 1_000, 7372)),
        Monthly(26, "card", _fixed("Coworking da Lapa", 29_000, "07000000", 7399, text="COWORKING DA LAPA")),
    ),
    everyday=(
        Everyday("clientes", 0.75, "pix_in", 0.0),
        Everyday("mercado", 1.0, "card", 1.4),
        Everyday("delivery", 1.1, "card", 1.6),
        Everyday("corrida", 1.2, "card", 1.6),
        Everyday("restaurante", 0.4, "card", 2.0),
        Everyday("lazer", 0.3, "card", 2.0),
        Everyday("farmacia", 0.2, "card"),
        Everyday("compras", 0.3, "card"),
        Everyday("dolar", 0.25, "foreign"),
        Everyday("padaria", 0.9, "debit"),
        Everyday("transporte", 0.4, "pix_out"),
        Everyday("amigos", 0.8, "pix_out", 1.8),
        Everyday("amigos", 0.6, "pix_in", 1.6),
        Everyday("saque", 0.06, "withdrawal"),
    ),
    petty=Everyday("padaria", 0, "debit"),
    scheduled=person("Psicóloga Helena Fictícia", 16_000, 16_000, "18000000"),
    helper=person("Otávio Exemplo Lima", 30_000, 60_000),
    cushion="boxes",
    boxes={"Reserva de emergência": 240_000, "Chapada Diamantina": 60_000},
    low=-85_000,
    rest=200_000,
    overdraft=150_000,
    has_earnings=True,
    city=("Belo Horizonte", "MG"),
)

SOUZA = Person(
    name="José Exemplo de Souza",
    document="987.654.321-00",
    birth_date="1953-02-17",
    openings={"checking": 180_000, "savings": 3_240_000},
    card=Card(
        "ELO",
        "NACIONAL",
        400_000,
        closing_day=18,
        due_day=25,
        plans_per_month=0.15,
        has_virtual=False,
        forgotten=(4, 9),
    ),
    monthly=(
        Monthly(3, "inss", _fixed("INSS", 291_433, "01020000"), "business"),
        Monthly(1, "inss", _fixed("INSS Pensão", 162_100, "01020000"), "business"),
        Monthly(4, "inss", _fixed("INSS 13 Salário", 145_716, "01020000"), "business", months=(5, 6)),
        Monthly(10, "boleto", _fixed("Plano Saúde Vida Longa", 138_640, "200300000", cnae="6550200")),
        Monthly(8, "boleto", _varying("Condomínio Vila das Acácias", 44_800, 49_900, "17000000")),
        Monthly(15, "auto_debit", _POWER),
        Monthly(14, "auto_debit", _WATER),
        Monthly(20, "boleto", _fixed("Claro Fixo e TV", 13_990, "07010003")),
        Monthly(6, "auto_debit", _fixed("Seguro de Vida Amparo", 5_990, "200100000", cnae="6511101")),
        Monthly(10, "boleto", _fixed("Prefeitura IPTU", 9_820, "17040000"), months=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
        Monthly(2, "fee", _fixed("Tarifa", 1_690, "16010000")),
        Monthly(12, "card", _fixed("Globoplay", 2_290, "09020000", 4899, text="GLOBOPLAY")),
    ),
    everyday=(
        Everyday("farmacia", 0.8, "debit"),
        Everyday("farmacia", 0.4, "card"),
        Everyday("mercado", 0.9, "debit"),
        Everyday("mercado", 0.4, "card"),
        Everyday("padaria", 1.8, "debit", 1.3),
        Everyday("feira", 0.5, "pix_out", 2.5),
        Everyday("netos", 0.2, "pix_out", 1.5),
        Everyday("igreja", 0.2, "pix_out", 3.0),
        Everyday("loteria", 0.6, "debit"),
        Everyday("saude", 0.08, "card", 0.0),
        Everyday("restaurante", 0.15, "card", 3.0),
        Everyday("saque", 0.3, "withdrawal"),
    ),
    petty=Everyday("padaria", 0, "debit"),
    scheduled=person("Fisioterapeuta Paula Modelo", 14_000, 14_000, "18000000"),
    helper=person("Renata Exemplo de Souza", 30_000, 50_000),
    cushion="savings",
    low=60_000,
    rest=220_000,
    city=("Campinas", "SP"),
    income=291_433,
)

# A street stall that lives on small Pix: many rows, nothing else.
VOLUME = Person(
    name="Vera Exemplo Barraca",
    document=cpf("012345678"),
    birth_date="1990-07-21",
    openings={"checking": 250_000},
    everyday=(
        Everyday("fregueses", 6.5, "pix_in"),
        Everyday("fornecedores", 1.2, "pix_out"),
    ),
    petty=Everyday("fregueses", 0, "pix_in"),
    helper=person("Lúcia Exemplo", 20_000, 30_000),
    low=20_000,
    rest=600_000,
)

TWO_ACCOUNTS = Person(
    name="Paulo Exemplo Ferreira",
    document=cpf("935411347"),
    birth_date="1988-01-08",
    openings={"checking": 210_000, "second": 90_000},
    monthly=(
        Monthly(5, "salary", _fixed("Transportadora Amostra Ltda", 486_930, "01010000"), "previous"),
        Monthly(10, "boleto", _fixed("Imobiliária Novo Lar", 145_000, "17010000", cnae="6821801")),
        Monthly(15, "boleto", _POWER, slot="second"),
        Monthly(18, "boleto", _fixed("Vivo Fibra", 9_990, "07010001", cnae="6110803"), slot="second"),
        Monthly(22, "pix_out", _fixed("Faculdade Modelo", 68_900, "07020002", cnae="8531700")),
    ),
    everyday=(
        Everyday("mercado", 1.6, "debit", 1.4),
        Everyday("padaria", 1.2, "debit"),
        Everyday("posto", 0.6, "debit"),
        Everyday("amigos", 0.7, "pix_out", 1.5),
        Everyday("amigos", 0.4, "pix_in"),
        Everyday("farmacia", 0.4, "debit", slot="second"),
        Everyday("feira", 0.6, "pix_out", 2.5, slot="second"),
    ),
    petty=Everyday("padaria", 0, "debit"),
    scheduled=person("Autoescola Prof. Amostra", 18_000, 18_000, "07020000"),
    helper=person("Lúcia Exemplo", 20_000, 30_000),
    low=40_000,
    rest=180_000,
    city=("Curitiba", "PR"),
    income=486_930,
)

EMPTY = Person(
    name="Diego Exemplo Vazio",
    document=cpf("390533447"),
    birth_date="2001-05-05",
    openings={"checking": 0},
)

PEOPLE: dict[str, Person] = {
    "ana": ANA,
    "silva": SILVA,
    "lima": LIMA,
    "souza": SOUZA,
    "volume": VOLUME,
    "duas-contas": TWO_ACCOUNTS,
    "vazia": EMPTY,
}
