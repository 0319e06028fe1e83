"""The COMPE codes of banks, and the names that people and Pluggy know them by. Pure.

Source: Banco Central's list of participants of the STR, for institutions that Pluggy connects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from open_finance.folding import fold

#: Code → names, the bank's own first, then brands that live under the same code.
BANKS: Mapping[str, tuple[str, ...]] = {
    "001": ("Banco do Brasil",),
    "003": ("Banco da Amazônia",),
    "004": ("Banco do Nordeste",),
    "021": ("Banestes",),
    "033": ("Santander", "Superdigital"),
    "037": ("Banpará",),
    "041": ("Banrisul",),
    "047": ("Banese",),
    "069": ("Crefisa",),
    "070": ("BRB",),
    "077": ("Inter",),
    "082": ("Banco Topázio",),
    "084": ("Sisprime", "Uniprime do Brasil"),
    "085": ("Ailos", "Viacredi", "Acredicoop", "Credcrea", "Credelesc", "Credifoz", "Civia", "Evolua", "Unilos"),
    "099": ("Uniprime",),
    "102": ("XP Investimentos CCTVM",),
    "104": ("Caixa", "Caixa Tem"),
    "121": ("Agibank",),
    "133": ("Cresol",),
    "136": ("Unicred",),
    "197": ("Stone",),
    "208": ("BTG Pactual", "BTG", "BTG Pactual Investimentos"),
    "212": ("Original",),
    "218": ("Banco BS2",),
    "237": ("Bradesco", "Next", "Bitz", "Ágora Investimentos", "Ágora"),
    "243": ("Banco Master", "Will Bank"),
    "246": ("Banco ABC Brasil",),
    "254": ("Paraná Banco",),
    "260": ("Nubank",),
    "290": ("PagBank", "PagSeguro Invest"),
    "301": ("Dock",),
    "318": ("BMG",),
    "323": ("Mercado Pago",),
    "330": ("Banco Bari",),
    "332": ("Acesso",),
    "335": ("Digio",),
    "336": ("C6",),
    "341": ("Itaú", "iti", "Itaú Cartões", "Íon", "Itaú Unibanco"),
    "348": ("XP Investimentos", "XP", "Rico", "Clear"),
    "364": ("Efí Bank",),
    "380": ("PicPay",),
    "383": ("Juno", "EBANX"),
    "389": ("Mercantil",),
    "403": ("Cora",),
    "422": ("Safra", "SafraPay"),
    "536": ("Neon",),
    "542": ("InfinitePay", "Cloudwalk"),
    "604": ("Banco Industrial do Brasil",),
    "611": ("Banco Paulista",),
    "623": ("Pan",),
    "633": ("Banco Rendimento",),
    "637": ("Banco Sofisa",),
    "643": ("Banco Pine",),
    "654": ("Banco Digimais",),
    "655": ("BV", "BV (site)", "Banco Votorantim"),
    "707": ("Banco Daycoval",),
    "739": ("Banco Cetelem",),
    "748": ("Sicredi", "Sicredi Pioneira"),
    "756": ("Sicoob", "Banco Cooperativo Sicoob", "Sicoob Credicitrus"),
}  # fmt: skip

#: Other ways of writing a bank's own name: no brands of their own.
_SPELLINGS = frozenset({"BTG", "XP", "Itaú Unibanco", "BV (site)", "Banco Votorantim", "Banco Cooperativo Sicoob"})

_COMPANY = re.compile(r"\s+(?:empresas?|empresarial|business|pj|pf)$")
_FOR_COMPANIES = re.compile(r"\s(?:empresas?|empresarial|business|pj)$")


def name_of(code: str | None) -> str | None:
    """The bank of a COMPE code, as people call it."""
    names = BANKS.get(code or "")
    return names[0] if names else None


def code_of(name: str) -> str | None:
    """The COMPE code of a bank by one of its names; its doors for companies share it."""
    return _CODES.get(_COMPANY.sub("", fold(name)))


def is_for_companies(name: str) -> bool:
    """Whether a bank's door is one for companies, as far as its name says: ``Itaú Empresas``, ``Nubank PJ``."""
    return _FOR_COMPANIES.search(fold(name)) is not None


def find_name(text: str) -> str | None:
    """The bank that a text speaks of, by the longest name in it: ``Cartão Itaú Visa Gold`` → ``Itaú``."""
    return _find_known(text, _NAMES)


def recover_name(code: str | None, texts: Iterable[str], known: Iterable[str] = ()) -> str | None:
    """The bank behind MeuPluggy, which puts its own name on all of them (reference 4.1): by the COMPE code of its accounts,
    a brand of that code that they are called by first, else by a name in what they are called. ``known``: the banks that
    Pluggy lists, whose spelling wins. None: nobody can say."""
    called, spelled = list(texts), {fold(bank): bank for bank in known}
    brands = {fold(name): name for name in BANKS.get(code or "", ()) if name not in _SPELLINGS}
    name = (
        _first(_find_known(text, brands) for text in called)
        or name_of(code)
        or _first(_find_known(text, spelled) or find_name(text) for text in called)
    )
    return None if name is None else spelled.get(fold(name), name)


def _first(names: Iterable[str | None]) -> str | None:
    return next(filter(None, names), None)


def _find_known(text: str, spelled: Mapping[str, str]) -> str | None:
    words = f" {fold(text)} "
    found = [name for name in spelled if f" {name} " in words]
    return spelled[max(found, key=len)] if found else None


_NAMES = {fold(name): name for names in BANKS.values() for name in names}
_CODES = {fold(name): code for code, names in BANKS.items() for name in names}
