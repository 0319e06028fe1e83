"""What the categoriser reads of a description: a short text over 63 symbols. Pure.

A card network cuts a name at about 22 characters and puts who collects the money before it; banks put their own words,
a day and an instalment around it. All that is taken away, and what it told is kept as a mark, a capital letter:

``C`` a card · ``P`` a Pix · ``T`` a transfer · ``B`` a boleto · ``U`` a direct debit · ``D`` a delivery app · ``A`` an
acquirer · ``E`` money given back · ``S`` sent · ``R`` received · ``N`` a person's name and nothing else · ``H`` begins
with a person's name.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

from open_finance.folding import fold

#: Place in this text = the symbol's number, from 1; 0 is no symbol. Never more than 63: features are numbers of base 64.
ALPHABET: Final = " abcdefghijklmnopqrstuvwxyz0123456789&+ABCDEFGHIJKLMNOPQRSTUVWX"
LONGEST: Final = 120
#: What is read where there is no word.
EMPTY: Final = "X"

#: The accents of Portuguese, in the time that a look at every character's decomposition takes for one of them.
_PLAIN = str.maketrans("áàâãäéèêëíìîïóòôõöúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")
_NOISE = re.compile(
    r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}|\bcp ?:? ?\d+-|[•*]{2,}[\d.\-•*x]*|\bx{3,}[\d.\-x]*|\(\d+\)|\b\d{5,}(?=[a-z])"
    r"|\b(?:agencia|conta|ag|cc)\b:? ?\d[\d.\-]*"
    r"|\(\d{1,2}/(?:jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)\w*\)"
    r"|[ -]*\(?\b(?:parcela|parc|par|pcl)\.? ?\d{1,2} ?(?:/|de) ?\d{1,2}\b\)?|[ -]*\b(?:parc|parcela|pcl)\.? ?\d{1,2}\b"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{1,2}h\d{2}(?:min)?\b"
    r"|\b\d{1,2}(?:jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)\d{0,4}\b"
)
#: What all noise has one of: looked for first, since most names have none.
_NOISY = re.compile(r"[\d•*]|xxx")
_LEAD = re.compile(
    r"(?:"
    r"(?P<C>comp(?:ra)?s?\.?(?: (?:com|no|na|de|via|em|a|vista|parcelad[ao]|aprovada|autorizada|realizada|cartao|crt|conta"
    r"|debito|credito|deb|cred|elo|visa|mc|mastercard|master|maestro|electron|amex|hipercard|internacional|nacional"
    r"|nac|nupay|pagbank|contactless|virtual|estabelecimento))*(?=[ :-])"
    r"|r(?:ede)?shop(?=[ -])|pay(?= ?-)|no estabelecimento(?= )"
    r"|(?:visa|elo|master(?:card)?|maestro|cp|cartao|debito|deb|credito|cred)\.? (?:(?:de|no|em|a) )?"
    r"(?:debito|deb|cartao|visa|elo|master(?:card)?|maestro|electron)(?: (?:debito|visa|electron|maestro|vista))*(?= )"
    r"|(?:pagamento|pagto|pgto|pag)(?: (?:com|no|de|em|cartao))* (?:debito|deb)(?! aut(?:omatico)?\b)(?= ))"
    r"|(?P<E>estorno(?: de| da| do)?\b|devolucao(?: de| da)?\b|reembolso(?: de)?(?= ))"
    r"|(?P<B>(?:int )?(?:pagamento|pagto|pgto|pag)(?: (?:de|do|eletron|efetuado))* (?:boletos?|bol|titulos?|tit|cobranca)"
    r"\b(?= )|boleto(?= )|liq(?:uidacao)? boleto\b)"
    r"|(?P<U>deb(?:ito)?\.? aut(?:omatico)?\b(?= )|da(?= ))"
    r"|(?P<P>(?:pagamento|pagto|pgto|transf(?:erencia|e)?)? ?(?:pelo |via )?pix"
    r"(?: (?:qr ?codes?|qrs?|q r|din|est|dinamico|estatico|automatico|agendado|transf|transferencia))*\b)"
    r"|(?P<T>(?:transf(?:erencia)?|ted|doc|tef|tev)\b\.?)"
    r"|(?P<S>enviad[oa]s?\b|env\b|des\b|rem\b)"
    r"|(?P<R>recebid[oa]s?\b|rec\b|receb\b|cred\b(?= ted))"
    r")[ :\-]*"
)
_OF = re.compile(r"^(?:para|de|por|via)(?: |$)")
_COLLECTOR = re.compile(
    r"(?:(?P<D>ifd|ifood|rappi|rap|aiqfome|ze ?delivery)"
    r"|(?P<A>pags?|pagseguro|pg|mp|mercado ?pago|mpago|ec|zp|zoop|dl|dm|sumup|ebn|ebanx|htm|hotmart|vindi|pic ?pay|zig"
    r"|frogpay|iz|ton|stone|infinitepay|inf|pp|paypal|cielo|getnet|sq|nupay|recargapay|asaas|iugu|ame|aps|pay ?me|pay"
    r"|hna|bt|cl|sympla|lv|ppro|wl|pagbank|stelo(?: s\.?a\.?)?|safrapay|rede|bs2|pagarme|conta ?az|yapay|adyen|dlocal"
    r"|dlo|evo))\s?\*\s?"
)
_BRAND = re.compile(
    r"(shopee|mercado ?livre|amazon(?: mktplc| marketplace| br)?|amazonmktplc|amzn(?: mktp)?|aliexpress|magalu|shein"
    r"|uber|99(?: ?app| ?pop|99)?|cabify|latam(?: air)?|gol(?: linhas a)?|azul(?: linhas)?|airbnb|booking"
    r"|hotel at booking|decolar|enjoei|elo7)\s?\*.*"
)
_WORD = re.compile(r"[a-z0-9&+]+")
_NUMBER = re.compile(r"\w*\d{3,}\w*|\d+")
_DIGITS = re.compile(r"\d+")
_NAME_LETTERS: Final = 4
_SAYING_NUMBERS = re.compile(r"99|123milhas|1001|5asec|3g|24h|24|b3|c6|99\w+|\w+bet\d+|bet\d+")
_KIND_OF_COMPANY = frozenset(
    (
        "ltda",
        "me",
        "epp",
        "eireli",
        "sa",
        "s",
        "a",
        "mei",
        "cia",
        "com",
        "br",
        "bra",
        "brasil",
        "brazil",
        "lj",
        "loja",
        "filial",
        "fl",
        "un",
        "unid",
        "cx",
        "pdv",
    )
)
_STATES = frozenset(
    (
        "ac",
        "al",
        "ap",
        "am",
        "ba",
        "ce",
        "df",
        "es",
        "go",
        "ma",
        "mt",
        "ms",
        "mg",
        "pa",
        "pb",
        "pr",
        "pe",
        "pi",
        "rj",
        "rn",
        "rs",
        "ro",
        "rr",
        "sc",
        "sp",
        "to",
    )
)
_CITIES = (
    "sao paulo|rio de janeiro|belo horizonte|brasilia|salvador|fortaleza|curitiba|manaus|recife|goiania|belem"
    "|porto alegre|guarulhos|campinas|sao luis|maceio|campo grande|sao goncalo|teresina|joao pessoa|duque de caxias"
    "|nova iguacu|natal|sao bernardo|santo andre|osasco|sorocaba|uberlandia|ribeirao preto|cuiaba|aracaju"
    "|feira de santana|joinville|juiz de fora|londrina|niteroi|porto velho|florianopolis|serra|vila velha|vitoria"
    "|caxias do sul|macapa|sao jose dos campos|sao jose dos|mogi das cruzes|jundiai|piracicaba|santos|maringa|bauru"
    "|barueri|blumenau|cotia|diadema|palmas|boa vista|rio branco|contagem|betim|praia grande|sao vicente|guaruja"
    "|taubate|limeira|franca|pelotas|canoas|novo hamburgo|sao caetano|camacari|olinda|caruaru|petrolina|anapolis"
    "|balneario camboriu|itajai|foz do iguacu|ponta grossa|cascavel|volta redonda|petropolis|campos dos goy"
)
_BETWEEN = ("dos", "das", "de", "da", "do", "e")
_FUSED: Final = 8
_CUT_NAME: Final = 6
#: A city at the end, whole or cut (seven letters at least of a cut one).
_CITY = re.compile(
    " (?:"
    + "|".join(
        "".join(f"{re.escape(c)}" if i < 7 else f"(?:{re.escape(c)}" for i, c in enumerate(city))
        + ")?" * (len(city) - 7)
        for city in _CITIES.split("|")
    )
    + ")$"
)


@cache
def personal_names() -> tuple[frozenset[str], frozenset[str]]:
    """First names and surnames that are common in Brazil, folded; and their beginnings of three letters or more."""
    text = resources.files("open_finance.insights").joinpath("data", "personal_names.txt").read_text(encoding="utf-8")
    names = frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
    return names, frozenset(name[:size] for name in names for size in range(3, len(name)))


def model_text(description: str) -> str:
    """``COMPRA CARTAO - PAG*PADARIA PAO QUENTE PARC 02/03`` → ``C A padaria pao quente``. Never empty."""
    text = plain(description)[:LONGEST]
    marks, rest = _without_lead((_NOISE.sub(" ", text) if _NOISY.search(text) else text).strip(" -"))
    words = _name(rest)
    if not words:
        words = _name(text)
    return " ".join([*marks, *_persons(words), *words]) if words else EMPTY


def plain(text: str) -> str:
    """Lower case, no accents, single spaces."""
    lower = text.lower().translate(_PLAIN)
    return " ".join(lower.split()) if lower.isascii() else fold(text)


def name_of(reading: str) -> str:
    """The name in what ``model_text`` gave, without marks and spaces: what links the dresses of a shop."""
    return "".join(word for word in reading.split() if not word.isupper())


def _without_lead(text: str) -> tuple[list[str], str]:
    marks: list[str] = []
    while found := _LEAD.match(text):
        marks.append(found.lastgroup or "")
        text = _OF.sub("", text[found.end() :])
    if marks and " - " in text and not {*marks}.isdisjoint("PTSR"):
        text = next(part for part in [*text.split(" - "), text] if part.strip(" -"))
    if "*" in text:
        if found := _COLLECTOR.match(text):
            marks.append(found.lastgroup or "")
            text = text[found.end() :]
        if found := _BRAND.match(text):
            text = found.group(1)
    return sorted(set(marks)), text


def _name(text: str) -> list[str]:
    words = [shorter for word in _WORD.findall(text) if (shorter := _without_number(word))]
    while len(words) > 1:
        if words[-1] in _KIND_OF_COMPANY or (len(words) > 2 and words[-1] in _STATES):
            words.pop()
        elif len(words) > 1 and (found := _CITY.search(" ".join(words))):
            words = " ".join(words)[: found.start()].split()
        else:
            break
    return words


def _without_number(word: str) -> str:
    """A store's number goes, and with it letters that are too few for a name; numbers that are names stay."""
    if word.isalpha() or _SAYING_NUMBERS.fullmatch(word) or not _NUMBER.fullmatch(word):
        return word
    letters = _DIGITS.sub("", word)
    return letters if len(letters) >= _NAME_LETTERS else ""


def _persons(words: list[str]) -> list[str]:
    """``N`` where all words are names or the letters and particles between names; the last of several may be cut."""
    names, beginnings = personal_names()
    if len(words) == 1 and len(words[0]) >= _FUSED:
        return ["N"] if _is_fused_name(words[0], names) else []
    count = sum(word in names for word in words)
    other = [word for word in words if word not in names and len(word) > 1 and word not in _BETWEEN]
    if count and (not other or (other == words[-1:] and count > 1 and other[0] in beginnings)):
        return ["N"]
    return ["H"] if words and words[0] in names else []


def _is_fused_name(word: str, names: frozenset[str]) -> bool:
    """``luizacostadelima``, ``andersonsilvados``: two names at least, written as one; the last may be cut."""
    at = count = 0
    while at < len(word):
        size = next((size for size in range(12, 2, -1) if word[at : at + size] in names), 0)
        if size:
            count += 1
        elif not (size := next((len(small) for small in _BETWEEN if word.startswith(small, at)), 0)):
            break
        at += size
    return count >= 2 and len(word) - at <= _CUT_NAME
