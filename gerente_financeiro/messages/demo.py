"""The words of /demo: what stands around the screens of the invented family."""

from __future__ import annotations

BANNER = "<b>DEMONSTRAÇÃO</b> · dados inventados"
INTRO = (
    "A família Jatobá não existe. Ela tem três bancos, dois cartões e uma poupança, para você conhecer o bot antes de "
    "conectar o seu. Nada seu é lido nem mudado aqui."
)
GOODBYE = (
    "Você saiu da demonstração: tudo o que viu era inventado.\n"
    "Para ver o seu dinheiro, conecte um banco. Se já conectou, veja seu saldo."
)


def framed(text: str) -> str:
    """A screen of the family's, under the banner."""
    return f"{BANNER}\n\n{text}"


def introduction(text: str) -> str:
    """The first screen: who these people are, then what they have."""
    return f"{INTRO}\n\n{text}"
