"""What is said when nobody types what was asked for."""

from __future__ import annotations

from gerente_financeiro.messages import privacy

#: kind of prompt → when it was called off, and when its fifteen minutes are over.
CANCELLED = {"erase": privacy.CANCELLED, "rename": "Tudo bem. O nome continua como estava."}
TIMED_OUT = {
    "erase": privacy.TIMED_OUT,
    "rename": "Esperei 15 minutos e parei por aqui. O nome continua como estava.",
}
