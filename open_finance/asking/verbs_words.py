"""Verbs that say by themselves what money went for: *abasteci*, *almoçamos*, *pedi comida*. A table only; folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Spending by a verb: ``abasteci``.
VERBS: Final[Mapping[str, str]] = {
    "19050001": (
        "abasteci, abastecer, abastecemos, abastecendo, enchi o tanque, abasteco, abastecida, encher o tanque, "
        "abasteceu, enchemos o tanque, encho o tanque"
    ),
    "17010000": "aluguei",
    "14010000 14020000": "apostei, apostar, apostando",
    "11010000": (
        "almocei, jantei, comi fora, almoco fora, almocamos, jantamos, comemos fora, almocar, jantar fora, almocando, "
        "jantando, lanchei, lanchamos, lanchar, almocei fora, jantei fora, almocamos fora, jantamos fora, como fora, "
        "almoco na rua, almoca fora, comi na rua, comemos na rua, almocando fora, "
        "jantando fora, comendo fora, almocar fora, saimos para jantar, sai para jantar, saimos para comer, "
        "fui comer, comendo na rua"
    ),
    "11020000": (
        "pedi comida, pedimos comida, pediu comida, pedir comida, pedindo comida, peco comida, pediram comida, "
        "comida pedida, pedi lanche, pedi pizza, pedimos pizza, pediu pizza, pediu lanche, pedimos lanche, pedir lanche, "
        "pedir pizza, peco pizza, pedi janta, pedi almoco, pediu almoco, pediu janta"
    ),
    "13000000": "doei, doar",
}
