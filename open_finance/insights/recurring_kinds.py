"""What a recurring flow is, by its category and by words as banks and payees write them. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.recurring_records import Kind
from open_finance.insights.row_categories import RowCategory
from open_finance.insights.taxonomy import UNKNOWN
from open_finance.records import StatementRow

_WAGES = (
    r"\b(cred(ito)?\.? )?(de )?(salarios?|sal)\b|proventos?|\bfolha( de)? pag|folha.?pagamento"
    r"|remuneracao\b(?! (da |de )?(aplic|conta|saldo))|liquido (de )?venc|vencimentos\b|\bordenado|pro.?labore"
    r"|\badiantamento( de)? sal|portab\w* sal"
)
_PENSION = (
    r"\binss\b|seguro.?desemp|aposentador|\bpensao\b|\bbeneficio|prev(idencia)? social|bolsa famil|\bbpc\b|auxilio"
    r"|\balugue(l|is)|locacao"
)
_RENT = r"\balug(uel|ueis|\b)|imobiliari|\bimob\b|\bimoveis\b|\blocacao\b(?! de (carro|veic))|quinto ?andar|\bloft\b"
_LOAN = (
    r"emprest|financiam|\bfinanc\b|\bcons[oó]rcio|\bconsorcio|crediario|consignad|\bcdc\b|prestacao"
    r"|credito pessoal|habitacional|\bcred(ito)? imob|\baymore|\bbv fin|\bbanco bv\b|\bemp\b.*\bparc|\bfies\b"
    r"|renegocia|creditas|omni fin"
)
_SAVING = (
    r"poupanc|previdencia priv|brasilprev|\bvgbl\b|\bpgbl\b|cofrinho|caixinha|tesouro|\bcdb\b|\baplic"
    r"|capitalizacao|invest|\bguardad|porquinho|\breserva\b"
)
_BILL = (
    r"condomin|\bcond\b|energia|eletric|\bluz\b|\benel\b|\bcpfl\b|cemig|\blight\b|copel|celesc|coelba|celpe"
    r"|cosern|neoenerg|equatorial|\bedp\b|elektro|energisa|\bceee\b|\bagua|saneament|sabesp|copasa|cedae"
    r"|sanepar|corsan|caesb|embasa|compesa|saneago|casan\b|caern|\bgas\b|comgas|naturgy|\bvivo|\bclaro\b"
    r"|\btim\b|\boi\b( fibra| movel| s ?a|$)|\bnet serv|\bsky\b|algar|internet|\bfibra\b|\bbanda larga|telecom"
    r"|telefon|celular|\bmovel\b|brisanet|desktop (sig|int)|vero int|escola|colegio|\bcol\b|faculdade|universid|\bcreche"
    r"|educac|ensino|estacio\b|anhanguera|\bpuc\b|\bcurso|idiomas|ingles\b|wizard|\bccaa\b|\bcna\b|fisk\b|kumon"
    r"|unimed|\bamil\b|hapvida|notre ?dame|intermedica|sul ?america|prevent senior|saude\b|odonto|\bseguro"
    r"|\bseg\b|segurador|allianz|tokio marine|\bmapfre|\bazul seg|\biptu\b|\bipva\b|\bdas\b|simples nac|\bdarf"
    r"|\bmei\b|\bgps\b|carne.?leao|\btributo|prefeitura|pensao alim|sem parar|veloe|conectcar|taggy|\bcesta\b"
    r"|\btarifa|pacote (de )?serv|anuidade|manutencao (de )?conta|plano conta|\bcontador|contabil|\bsindicato"
    r"|\bcrea\b|\boab\b|\bcrm\b|verisure|monitoram|alarme|alug(uel)? maquin|mensalidade(?! academia)"
)
_SUBSCRIPTION = (
    r"\bplay\b|\bnuvem\b|\bcloud\b|\bmusic"
    r"|netflix|spotify|prime ?video|amazon ?prime|prime br|disney|\bhbo|\bmax\b|globo ?play|deezer|youtube"
    r"|google (one|storage|workspace|cloud)|apple ?com|apple\.com|icloud|itunes|microsoft|office ?365|\badobe"
    r"|dropbox|chatgpt|openai|claude|anthropic|smart ?fit|blue ?fit|bio ?ritmo|body ?tech|selfit|academia"
    r"|crossfit|pilates|\bgym|gympass|totalpass|wellhub|\byoga|natacao|paramount|crunchyroll|playstation"
    r"|\bpsn\b|xbox|nintendo|ifood clube|clube|\bclub\b|uber ?one|rappi ?prime|meli ?(\+|mais)|assinatura"
    r"|signature|\bjornal|estadao|folha de s|\buol\b|kindle|audible|canva|notion|github|linkedin|tinder"
    r"|duolingo|socio.?torc|\bdoac|\bdizimo|unicef|medicos sem|greenpeace|\bwwf\b|aldeias inf|\bong\b|streaming"
    r"|telecine|premiere|\bmubi|tidal|strava|calm\b|headspace|nordvpn|\bvpn\b|hostinger|locaweb|godaddy"
    r"|registro\.?br|starlink|evernote|zoom\.?us|alura|coursera|udemy|petlove|wine\b|\btag livros|twitch"
    r"|patreon|apoia\.?se|catarse|discord|telegram prem|\bmidjour"
)
_COMPANY = (
    r"\b(ltda|s/?a|s\.a\.?|eireli|epp|industrias?|comercio|servicos|tecnologia|consultoria|prefeitura|governo|secretaria"
    r"|estado|municipio|tribunal|fundo mun|ministerio|hospital|universidade|colegio|construtora|transportes|sistemas"
    r"|solucoes|cia|companhia|grupo|associacao|instituto|holding|logistica|engenharia)\b"
)
_NEVER = (
    r"\biof\b|\bjuros\b|^encargo|^mora\b|^multa\b|\bsaque|cheque especial|estorno|rotativo"
    r"|saldo (da |de |em )?(fatura|atraso|anterior)|fatura anterior|fatura( do| de)? ca(r(t(ao?)?)?)?$"
)

_READ_IN: Final = ((Kind.INCOME, re.compile(_PENSION)), (Kind.SALARY, re.compile(_WAGES)))
_READ_OUT: Final = (
    (Kind.SUBSCRIPTION, re.compile(r"(clube|assinatura|academia|sem parar plus)")),
    (Kind.RENT, re.compile(_RENT)),
    (Kind.LOAN, re.compile(_LOAN)),
    (Kind.SUBSCRIPTION, re.compile(_SUBSCRIPTION)),
    (Kind.BILL, re.compile(_BILL)),
    (Kind.SAVING, re.compile(_SAVING)),
)
#: Wages are due by the fifth business day (CLT, article 459); INSS pays on one of the first five, by a pension's number.
_WAGES_ON, _PENSIONS_ON = range(5, 6), range(1, 6)
_INSS: Final = re.compile(r"\binss\b|previdencia social")
_TOP_UP: Final = re.compile(r"\b(recarga|rec cel|credito celular)\b")
_COMPANY_WORDS: Final = re.compile(_COMPANY)
_NEVER_WORDS: Final = re.compile(_NEVER)

#: By the longest beginning of a category's id.
_OUT: Final = {
    "0203": Kind.LOAN,
    "0204": Kind.LOAN,
    "03": Kind.SAVING,
    "04": Kind.SAVING,
    "0602": Kind.BILL,
    "0701": Kind.BILL,
    "0702": Kind.BILL,
    "07020001": Kind.SUBSCRIPTION,
    "07030001": Kind.SUBSCRIPTION,
    "07030002": Kind.SUBSCRIPTION,
    "09": Kind.SUBSCRIPTION,
    "13": Kind.SUBSCRIPTION,
    "15": Kind.BILL,
    "16": Kind.BILL,
    "1701": Kind.RENT,
    "1702": Kind.BILL,
    "1704": Kind.BILL,
    "200": Kind.BILL,
    "20": Kind.BILL,
}
#: What people buy when they need it, however often.
_AT_WILL: Final = ("0704", "07030003", "08", "10", "11", "12", "14", "1703", "1802", "1901", "1902", "1905", "21")
_LONGEST: Final = 9
#: What a bank calls wages, whatever else it says: *PROVENTOS* may be dividends, too.
PAYROLL: Final = "FOLHA_PAGAMENTO"
#: A company that pays this much each month is an employer, as far as anybody can tell.
_WAGES_FROM: Final = 1_000


class Reading(NamedTuple):
    """``kind``, and what it says of how likely rows of this sort recur: 1 for what is owed or paid monthly, 0 for what
    nobody knows, -1 for what people buy at will."""

    kind: Kind
    leaning: int


def never_recurs(row: StatementRow, decided: RowCategory) -> bool:
    """Whether a row is of a sort that follows other rows and is no agreement of its own: interest, IOF, cash drawn."""
    return decided.category.startswith(("0201", "0202", "1503")) or _is_never(row["description"])


@lru_cache(maxsize=16_384)
def _is_never(text: str) -> bool:
    return _NEVER_WORDS.search(fold(text)) is not None


def read_kind(rows: Sequence[StatementRow], decided: Sequence[RowCategory]) -> Reading:
    """What a chain of rows is. What the person chose comes first, then words, then what was decided of most rows."""
    incoming = rows[-1]["amount"] > 0
    chosen = _most(decided, lambda one: one.reason in {"manual", "rule"})
    common = chosen or _most(decided, lambda one: one.category != UNKNOWN)
    if incoming:
        return _read_income(rows, common)
    own = all(one.flow in {Flow.OWN_TRANSFER, Flow.INVESTMENT} for one in decided)
    told = Counter(row["category_id"] or "" for row in rows).most_common(1)[0][0]
    by_category = Kind.SAVING if own else _kind_out(common) or _kind_out(told)
    by_words = None if chosen or own else _by_words(rows, _READ_OUT)
    kind = by_words or by_category
    if kind is not None:
        return Reading(kind, -1 if _TOP_UP.search(_text(rows[-1])) else 1)
    return Reading(Kind.OTHER, -1 if common.startswith(_AT_WILL) else 0)


def business_turns(latest: StatementRow, kind: Kind) -> range:
    """On which business days of a month such income is paid, as far as that is known beforehand."""
    if kind is Kind.SALARY:
        return _WAGES_ON
    return _PENSIONS_ON if kind is Kind.INCOME and _INSS.search(_text(latest)) else range(0)


def _read_income(rows: Sequence[StatementRow], category: str) -> Reading:
    words = _by_words(rows, _READ_IN)
    if words is not None:
        return Reading(words, 1)
    if any("01010000" in {row["category_id"], category} or row["operation_type"] == PAYROLL for row in rows):
        return Reading(Kind.SALARY, 1)
    if category in {"01020000", "01040000"}:
        return Reading(Kind.INCOME, 1)
    if _is_employer(rows):
        return Reading(Kind.SALARY, 1)
    return Reading(Kind.INCOME, 0)


def _is_employer(rows: Sequence[StatementRow]) -> bool:
    latest = rows[-1]
    is_company = bool(latest["merchant_cnpj"]) or _COMPANY_WORDS.search(_text(latest)) is not None
    return is_company and sorted(row["amount"] for row in rows)[len(rows) // 2] >= _WAGES_FROM


def _by_words(rows: Sequence[StatementRow], readings: Sequence[tuple[Kind, re.Pattern[str]]]) -> Kind | None:
    for text in dict.fromkeys(_text(row) for row in rows[-3:]):
        for kind, pattern in readings:
            if pattern.search(text):
                return kind
    return None


def _text(row: StatementRow) -> str:
    return fold(" ".join(filter(None, (row["description"], row["merchant_name"], row["counterparty"]))))


def _kind_out(category: str) -> Kind | None:
    return next((_OUT[category[:end]] for end in range(_LONGEST, 1, -1) if category[:end] in _OUT), None)


def _most(decided: Sequence[RowCategory], fits: object) -> str:
    """The commonest category of those that fit, "" where none does."""
    counted = Counter(one.category for one in decided if callable(fits) and fits(one))
    return counted.most_common(1)[0][0] if counted else ""
