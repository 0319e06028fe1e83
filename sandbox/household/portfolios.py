"""Who holds what where, as data. Tickers are real, their prices are not; issuers other than banks are invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sandbox.household.documents import cnpj
from sandbox.household.papers import Accrual, Holding, Income, Issuer, Paper, Quote, Shelf

_TREASURY = Issuer("TESOURO NACIONAL", "00394460")
_BRADESCO = Issuer("BANCO BRADESCO S.A.", "60746948")
_SMALL_BANK = Issuer("BANCO AMOSTRA S.A.")
_SECURITISER = Issuer("SECURITIZADORA MODELO S.A.")
_ROADS = Issuer("RODOVIAS EXEMPLO S.A.")
_SHOPS = Issuer("LOJAS FICTICIAS S.A.")
_INSURER = Issuer("PREVIDENCIA EXEMPLO S.A.")
_NO_COUPON = {"hasCoupon": False, "periodicity": None, "additionalInfo": None}


def _bank_paper(subtype: str, name: str, price: Accrual, *, issuer: Issuer | None = None, code: str = "") -> Paper:
    """What a bank owes: CDB taxed, LCI and LCA exempt."""
    is_exempt = subtype in ("LCI", "LCA")
    return Paper(
        "FIXED_INCOME", subtype, name, price, exempt=is_exempt, pays_tax=not is_exempt, issuer=issuer,
        more={"code": code or None},
    )  # fmt: skip


def _treasury(name: str, price: Accrual, isin: str) -> Paper:
    more = {"isin": isin, "couponPayment": _NO_COUPON}
    return Paper(
        "FIXED_INCOME", "TREASURY", name, price, exempt=False, pays_tax=True, issuer=_TREASURY, more=more
    )  # fmt: skip


def _fund(name: str, subtype: str, price: Quote, category: str) -> Paper:
    more = {
        "code": cnpj("998877660001" if category == "MULTIMARKET" else "998877670001"),
        "metadata": {"anbimaCategory": category},
    }
    return Paper("MUTUAL_FUND", subtype, name, price, digits=5, more=more)


def _traded(kind: str, subtype: str, name: str, price: Quote, income: Income | None = None) -> Paper:
    return Paper(kind, subtype, name, price, digits=0, income=income, more={"code": price.code})


CDB_110 = _bank_paper("CDB", "CDB {bank} 110% CDI", Accrual("CDI", 110), code="CDB11X")
CDB_100 = _bank_paper("CDB", "CDB {bank} 100% CDI", Accrual("CDI", 100))
CDB_IPCA = _bank_paper("CDB", "CDB Banco Amostra IPCA + 6,4%", Accrual("IPCA", 6.4), issuer=_SMALL_BANK)
CDB_FIXED = _bank_paper("CDB", "CDB {bank} prefixado 13,1%", Accrual("PRE_FIXADO", 13.1))
LCI_92 = _bank_paper("LCI", "LCI {bank} 92% CDI", Accrual("CDI", 92))
LCA_90 = _bank_paper("LCA", "LCA Bradesco 90% CDI", Accrual("CDI", 90), issuer=_BRADESCO)
SELIC_2029 = _treasury(
    "Tesouro Selic 2029", Accrual("SELIC", 0.07, 14_230.11, date(2024, 1, 2), decimals=2), "BRSTNCLF1RH3"
)
IPCA_2035 = _treasury(
    "Tesouro IPCA+ 2035", Accrual("IPCA", 6.2, 2_193.44, date(2024, 1, 2), decimals=2), "BRSTNCNTB3C7"
)
ROAD_BOND = Paper(
    "FIXED_INCOME", "DEBENTURES", "Debênture Rodovias Exemplo IPCA + 7,1%", Accrual("IPCA", 7.1), exempt=True,
    issuer=_ROADS, more={"code": "RDEX14"},
)  # fmt: skip
SHOP_BOND = Paper(
    "FIXED_INCOME", "DEBENTURES", "Debênture Lojas Fictícias 118% CDI", Accrual("CDI", 118), pays_tax=True, issuer=_SHOPS,
    more={"code": "LJFC12"},
)  # fmt: skip
RECEIVABLES = Paper(
    "FIXED_INCOME", "CRI", "CRI Securitizadora Modelo IPCA + 7,4%", Accrual("IPCA", 7.4), exempt=True,
    issuer=_SECURITISER, more={"debtor": {"name": "SHOPPING CENTER AMOSTRA S.A."}},
)  # fmt: skip
MIXED_FUND = _fund("Exemplo Macro FIC FIM", "MULTIMARKET_FUND", Quote("FIM", 2.31, 11, 4, decimals=6), "MULTIMARKET")
BOND_FUND = _fund(
    "Modelo Referenciado DI FIRF", "FIXED_INCOME_FUND", Quote("FIRF", 4.87, 12.6, 0.1, decimals=6), "FIXED_INCOME"
)
WAREHOUSES = _traded(
    "EQUITY", "REAL_ESTATE_FUND", "HGLG11", Quote("HGLG11", 158, 1, 6), Income(14, 1.1, "Rendimento HGLG11")
)
OFFICES = _traded(
    "EQUITY", "REAL_ESTATE_FUND", "KNRI11", Quote("KNRI11", 141, 1, 6), Income(14, 1.0, "Rendimento KNRI11")
)
OIL = _traded(
    "EQUITY", "STOCK", "PETR4", Quote("PETR4", 36.4, 5, 18), Income(20, 0.74, "Dividendos PETR4", (3, 6, 9, 12))
)
BANK_SHARE = _traded("EQUITY", "STOCK", "ITUB4", Quote("ITUB4", 33.2, 7, 12), Income(3, 0.02, "JCP ITUB4"))
INDEX_FUND = _traded("ETF", "ETF", "BOVA11", Quote("BOVA11", 122, 6, 10))
PENSION = Paper(
    "SECURITY", "RETIREMENT", "VGBL Exemplo Renda Fixa", Quote("VGBL", 1.84, 10.2, 0.2, decimals=6), digits=5,
    issuer=_INSURER,
    more={
        "metadata": {
            "taxRegime": "REGRESSIVO",
            "proposalNumber": "0042",
            "processNumber": "15414.000042/2024-11",
            "fundName": "Exemplo Prev FIE RF",
            "insurer": {"name": _INSURER.name, "cnpj": _INSURER.document},
        }
    },
)  # fmt: skip
STRUCTURED = Paper(
    "COE", "STRUCTURED_NOTE", "COE Ouro capital protegido", Accrual("PRE_FIXADO", 4.0), issuer=_SMALL_BANK
)  # fmt: skip
BITCOIN = Paper("OTHER", "OTHER", "Bitcoin", Quote("BTC", 512_000, 9, 30), digits=8, more={"code": "BTC"})


PORTFOLIOS: Mapping[str, Mapping[Shelf, tuple[Holding, ...]]] = {
    "silva": {
        "branch": (
            Holding("cdb 110", CDB_110, ((-423, 1_200_000),), due=730),
            Holding("lci", LCI_92, ((-200, 800_000),), due=160),
            Holding("pension", PENSION, ((-900, 1_500_000),), monthly=(10, 30_000)),
        ),
        "digital": (Holding("cdb 100", CDB_100, ((-260, 350_000),), sells=((40, 30),), due=1200),),
        "broker": (
            Holding("lca", LCA_90, ((-310, 1_000_000),), due=420),
            Holding("cdb ipca", CDB_IPCA, ((-540, 1_500_000),), due=890),
            Holding("ipca 2035", IPCA_2035, ((-800, 400_000), (-355, 250_000), (-25, 300_000))),
            Holding("road bond", ROAD_BOND, ((-480, 600_000),), due=1900),
            Holding("shop bond", SHOP_BOND, ((-170, 500_000),), due=1100),
            Holding("cri", RECEIVABLES, ((-620, 700_000),), due=1500),
            Holding("coe", STRUCTURED, ((-150, 500_000),), due=900),
            Holding("fim", MIXED_FUND, ((-400, 800_000), (-90, 200_000)), sells=((33, 25),)),
            Holding("firf", BOND_FUND, ((-350, 600_000),)),
            Holding("hglg", WAREHOUSES, ((-600, 900_000), (-120, 300_000))),
            Holding("petr", OIL, ((-500, 400_000), (17, 150_000)), sells=((-200, 40),)),
            Holding("bova", INDEX_FUND, ((-280, 500_000),)),
        ),
    },
    "ana": {
        "branch": (Holding("cdb fixed", CDB_FIXED, ((-12, 150_000),), due=353),),
        "digital": (
            Holding("cdb 100", CDB_100, ((-130, 90_000),), due=965),
            Holding("btc", BITCOIN, ((-210, 40_000),)),
        ),
        "broker": (
            Holding("selic 2029", SELIC_2029, ((-340, 120_000),), monthly=(6, 60_000), sells=((-30, 20),)),
            Holding("itub", BANK_SHARE, ((-230, 80_000),)),
        ),
    },
    "lima": {
        "digital": (
            Holding(
                "selic 2029", SELIC_2029, ((-390, 400_000), (-100, 250_000)), sells=((21, 35),), is_taxed_apart=True
            ),
            Holding("gone", CDB_110, ((-300, 200_000),), sells=((-45, 100),), due=430),
            Holding("btc", BITCOIN, ((-320, 150_000),), sells=((-60, 50),)),
        ),
        "broker": (Holding("knri", OFFICES, ((-410, 350_000),)), Holding("bova", INDEX_FUND, ((-15, 200_000),))),
    },
    "souza": {
        "branch": (
            Holding("cdb ipca", CDB_IPCA, ((-700, 3_000_000),), due=25),
            Holding("lci", LCI_92, ((-185, 2_000_000),), due=9),
            Holding("gone", CDB_110, ((-500, 1_000_000),), due=-20, is_taxed_apart=True),
        ),
        "digital": (Holding("cdb 110", CDB_110, ((-365, 500_000),), due=365),),
        "broker": (
            Holding("selic 2029", SELIC_2029, ((-720, 2_500_000),)),
            Holding("pension", PENSION, ((-700, 4_000_000),)),
            Holding("hglg", WAREHOUSES, ((-650, 1_500_000),)),
        ),
    },
    "duas-contas": {"broker": (Holding("bova", INDEX_FUND, ((-75, 120_000),)),)},
}
