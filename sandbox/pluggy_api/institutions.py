"""Who is in the catalogue: the publicly known ids (reference 2.5), and enough other real names for a real-sized list.

The ids of the first table are Pluggy's own. Those of `OTHERS` are ours (numbers Pluggy does not use publicly).
"""

from __future__ import annotations

from typing import NamedTuple


class Institution(NamedTuple):
    """A bank and its connectors: Pluggy's direct one, and the Open Finance ones for people (PF) and companies (PJ)."""

    name: str
    direct: int | None
    person: int | None
    company: int | None


KNOWN = (
    Institution("Itaú", 201, 601, 618),
    Institution("XP Investimentos", 202, 602, 702),
    Institution("Bradesco", 203, 603, 609),
    Institution("Rico", 205, 605, None),
    Institution("Mercado Pago", 206, 606, 665),
    Institution("Santander", 208, 608, 621),
    Institution("Banco do Brasil", 211, 611, 662),
    Institution("Nubank", 212, 612, 664),
    Institution("BTG Pactual Investimentos", 214, 614, 779),
    Institution("BTG Pactual", None, 675, 655),
    Institution("Inter", 215, 823, 824),
    Institution("Caixa", 219, 619, 616),
    Institution("Caixa Tem", None, 783, None),
    Institution("Ágora Investimentos", 220, 620, 781),
    Institution("Clear", 223, 623, None),
    Institution("C6", None, 626, 726),
    Institution("Safra", 229, 629, 697),
    Institution("iti", 238, 638, 669),
    Institution("Itaú Cartões", 247, 647, 668),
    Institution("PicPay", 251, 651, 713),
    Institution("BMG", 252, 652, 666),
    Institution("Digio", 253, 653, None),
    Institution("Original", None, 654, 667),
    Institution("Next", 256, 656, 801),
    Institution("Pan", 257, 657, None),
    Institution("Sicoob", 258, 658, 628),
    Institution("Banrisul", 259, 659, 660),
    Institution("Sicredi", 261, 661, 627),
    Institution("Unicred", 263, 663, 670),
    Institution("Banco do Nordeste", None, 671, 672),
    Institution("Íon", None, 677, 782),
    Institution("PagBank", None, 692, 816),
    Institution("BV", None, 716, 718),
    Institution("BV (site)", None, 717, None),
    Institution("Méliuz", None, 720, None),
    Institution("Mercantil", None, 742, 819),
    Institution("InfinitePay", None, 777, 778),
    Institution("Stone", None, 787, 788),
    Institution("Toro Investimentos", None, 796, 797),
    Institution("Porto Bank", None, 800, None),
    Institution("99Pay", None, 804, None),
    Institution("BRB", None, 817, 818),
    Institution("Cartão Sam's Club", None, 820, None),
    Institution("Cartão Atacadão", None, 821, None),
    Institution("Cartão Carrefour", None, 822, None),
)

PAYMENTS_ONLY = ((615, "Inter", "PERSONAL_BANK"), (625, "Inter Empresas", "BUSINESS_BANK"))
BROKERS = frozenset(
    {
        "XP Investimentos",
        "Rico",
        "BTG Pactual Investimentos",
        "Ágora Investimentos",
        "Clear",
        "Íon",
        "Toro Investimentos",
    }
    | {"Ativa Investimentos", "Avenue", "Genial Investimentos", "Guide Investimentos", "Nova Futura", "Warren", "Órama"}
)

FIRST_DIRECT = 270
FIRST_OPEN_FINANCE = 830
DIRECT_OTHERS = (
    "Uniprime", "Cresol", "Ailos", "Credisan", "Coopanest", "Sisprime", "Civia", "Viacredi", "Evolua", "Transpocred",
    "Acredicoop", "Unilos", "Credcrea", "Credelesc", "Credifoz",
)  # fmt: skip
OTHERS = (
    "Agibank", "Ame Digital", "Ativa Investimentos", "Avenue", "Banco ABC Brasil", "Banco Alfa", "Banco Arbi",
    "Banco BS2", "Banco Bari", "Banco Carrefour", "Banco Cetelem", "Banco Cooperativo Sicoob", "Banco Daycoval",
    "Banco Digimais", "Banco Fibra", "Banco Fator", "Banco Guanabara", "Banco Industrial do Brasil", "Banco Inbursa",
    "Banco Luso Brasileiro", "Banco Mercedes-Benz", "Banco Modal", "Banco Omni", "Banco Paulista", "Banco Pine",
    "Banco Rendimento", "Banco Ribeirão Preto", "Banco Senff", "Banco Sofisa", "Banco Topázio", "Banco Toyota",
    "Banco Triângulo", "Banco Volkswagen", "Banco Votorantim", "Banco da Amazônia", "Banese", "Banestes", "Banpará",
    "BanQi", "Bitz", "C&A Pay", "Cartão Renner", "Cartão Riachuelo", "Cartão Havan", "Cartão Pernambucanas",
    "Cartão Magalu", "Celcoin", "Cora", "Conta Simples", "Contabilizei Bank", "Cloudwalk", "Credsystem", "Creditas",
    "Credz", "Crefisa", "Dock", "EBANX", "Efí Bank", "FitBank", "Flagship", "Genial Investimentos",
    "Guide Investimentos", "Iugu", "Juno", "Kirton Bank", "Koin", "Letsbank", "Losango", "Marisa Card", "Mercado Bitcoin",
    "Neon", "Nomad", "Nova Futura", "Open Co", "Paraná Banco", "Pefisa", "Pinbank", "PagSeguro Invest",
    "Portocred", "RecargaPay", "Realize", "Remessa Online", "Rebel", "Santinvest", "SafraPay", "Sicoob Credicitrus",
    "Sicredi Pioneira", "Sinqia", "Sumup", "Superdigital", "Tribanco", "Trigg", "Transfero", "Uniprime do Brasil",
    "Vivo Pay", "Warren", "Will Bank", "Wise", "Zro Bank", "Órama", "Credicoamo", "Banco Andbank", "Banco Crefaz",
    "Hub Pagamentos",
)  # fmt: skip
COMPANIES = frozenset({"Cora", "Conta Simples", "Contabilizei Bank", "Banco ABC Brasil", "Banco Fibra", "Banco Pine"})
UNSTABLE = frozenset({"Portocred"})
OFFLINE = frozenset({"Letsbank"})


def others() -> list[Institution]:
    """The rest of the catalogue, numbered from `FIRST_DIRECT` and `FIRST_OPEN_FINANCE`."""
    direct = [Institution(name, FIRST_DIRECT + n, None, None) for n, name in enumerate(DIRECT_OTHERS)]
    regulated = [
        Institution(name, None, None, FIRST_OPEN_FINANCE + n)
        if name in COMPANIES
        else Institution(name, None, FIRST_OPEN_FINANCE + n, None)
        for n, name in enumerate(OTHERS)
    ]
    return direct + regulated
