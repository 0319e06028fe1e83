"""What one has, owes and keeps, as a whole or a part of it: how rules tell such questions apart. Pure."""

from __future__ import annotations

import re
from typing import Final

from open_finance.asking.parts import Parts, said

is_part_of_wealth: Final = said(
    r"(?:quanto|quanta|que parte|parte|fatia|pedaco|porcao)(?: .*)? d[aoe]s? (?:tudo )?(?:o |que )?(?:meus? |minhas? )?"
    r"(?:patrimonio|dinheiro|grana|riqueza|fortuna|bens|capital|eu tenho|tenho)(?: .*)?"
    r"|d[eo] (?:todo |tudo |o |que |meu )+(?:patrimonio|dinheiro|tenho),? .*(?:quanto|que parte)(?: .*)?"
)
_NET: Final = said(
    r"(?:ativos?|bens|tudo|o que (?:eu )?tenho|dinheiro|aplicac\w+|investimentos?) (?:.* )?(?:menos|tirando|descontando"
    r"|subtraindo|sem|abatendo|tirar|descontar) .*(?:dividas?|passivos?|devo|obrigacoes|faturas?)(?: .*)?"
    r"|(?:tirando|descontando|abatendo|pagando|quitando|sem) (?:todas |as |minhas |o que eu |o que |tudo que )*"
    r"(?:dividas|passivos|devo),? (?:.* )?(?:quanto|sobra|tenho|resta).*"
)
_OWES: Final = r"(?:devo|dividas?|passivos?|debitos|obrigacoes|estou devendo)"
_OWNS: Final = (
    r"(?:ativos?|bens|patrimonio|(?<!que )tenho(?! que| de pagar| para pagar)|possuo|fico|ficaria|ficava|sobra|sobraria"
    r"|sobrava|resta(?:ria)?)"
)
_TAKES: Final = (
    r"(?:tir[aeo]\w*|retir\w+|descont\w+|subtra\w+|abat\w+|menos|pag(?:ar|asse|ando|o)|quit(?:ar|asse|ando|o)|sem|zer\w+"
    r"|liquid\w+|deduz\w+)"
)


def _is_net(parts: Parts) -> bool:
    """What one has less what one owes, whichever is said first."""
    told = (re.search(rf"\b{each}\b", parts.text) for each in (_OWES, _OWNS, _TAKES))
    return all(told) and not parts.has("bill", "spend", "income") and not parts.has_subject


def is_worth(parts: Parts) -> bool:
    """All that one has, with or without what one owes."""
    if (_NET(parts) and parts.has("debts", "worth", "left")) or _is_net(parts):
        return True
    asks_of_all = re.search(r"\b(?:somando|juntando) tudo\b", parts.text) and parts.has("have")
    of_rows = parts.has("spend", "debts", "income", "bill") or parts.has_subject
    return parts.has("worth") or bool(asks_of_all and not of_rows)


def is_invested(parts: Parts) -> bool:
    """What of it is invested."""
    if not parts.has("invested") or parts.has("spend", "income"):
        return False
    return bool(is_part_of_wealth(parts)) or not is_worth(parts)


def is_in_savings(parts: Parts) -> bool:
    """*Quanto do meu dinheiro está na poupança*, *quanto a caderneta tem*."""
    of_rows = parts.has("spend", "sent", "took", "income", "from_them", "yields", "without_kept") or parts.has_subject
    asks = bool(is_part_of_wealth(parts)) or (parts.has("have") and parts.has("how_much"))
    return parts.scope.holds == "savings" and not parts.scope.others and asks and not of_rows
