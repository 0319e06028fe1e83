"""Short Portuguese names for Pluggy's category ids. Source: Pluggy's category tree (``GET /categories``, 130 rows).

Names are shortened to fit beside an amount on a phone. What is not named here takes the name of its root: the first two
digits are the root's in every row of the tree, though not every parent's.
"""

from __future__ import annotations

_ROOTS = {
    "01": "Renda",
    "02": "Empréstimos",
    "03": "Investimentos",
    "04": "Transferência sua",
    "05": "Transferência",
    "06": "Obrigações legais",
    "07": "Serviços",
    "08": "Compras",
    "09": "Serviços digitais",
    "10": "Mercado",
    "11": "Alimentação",
    "12": "Viagem",
    "13": "Doações",
    "14": "Apostas",
    "15": "Impostos",
    "16": "Tarifas do banco",
    "17": "Moradia",
    "18": "Saúde",
    "19": "Transporte",
    "20": "Seguros",
    "21": "Lazer",
    "99": "Outros",
}

_NAMES = {
    "01010000": "Salário",
    "01020000": "Aposentadoria",
    "02010000": "Juros e atraso",
    "02020000": "Juros",
    "03060000": "Rendimentos",
    "03070000": "Previdência",
    "05100000": "Pagamento de fatura",
    "09020000": "Streaming",
    "09030000": "Streaming",
    "11010000": "Restaurantes",
    "11020000": "Delivery",
}


def category_name(category_id: str | None) -> str | None:
    """``Restaurantes`` for ``11010000``; None where the row has no category or one that the tree does not hold."""
    if not category_id:
        return None
    return _NAMES.get(category_id) or _ROOTS.get(category_id[:2])
