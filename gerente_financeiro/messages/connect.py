"""/conectar_banco up to the moment the request leaves: the bank, the door, the consent, the fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from gerente_financeiro.messages.format import (
    bank_text,
    capital,
    clean_text,
    count,
    escape,
    full_stop,
    the_bank,
    to_bank,
)
from open_finance.connecting.bank_errors import is_feminine
from open_finance.records import Account, Connection, CredentialField, Door

CHOOSE = "<b>Qual banco você quer conectar?</b>\nToque num dos mais usados ou digite o nome."
NO_BANKS = "A Pluggy não devolveu nenhum banco agora. Tente de novo em alguns minutos."
TAP_A_BUTTON = "Para seguir, toque num dos botões da mensagem acima, ou em /cancelar."
DELETED_TAP_A_BUTTON = "Apaguei sua mensagem. Para seguir, toque num dos botões acima."
STRAY_CPF = "Apaguei sua mensagem: parece um CPF, e aqui ele não serve para nada. Só digite quando eu pedir."
NOT_TEXT = "Preciso que você digite a resposta como texto. Apaguei o que você mandou."
TAP_AN_OPTION = "Toque em uma das opções."
NEW_FLOW = "Parei por aqui: você seguiu em outra mensagem."
NO_LONGER_LISTED = "Esse banco não está mais na lista. Escolha outro em /conectar_banco."
REFRESH_INSTEAD = "Certo: uso a conexão que você já tem."
YOUR_BANK = "seu banco"
ADOPT = "Já tenho uma conexão na Pluggy"
BY_DOCUMENT: Final[Mapping[str, str]] = {"PF": "Conectar pelo CPF", "PJ": "Conectar pelo CNPJ"}
WATCH = "🔔 Me avise quando voltar"
BY_OPEN_FINANCE = "🔗 Conectar pelo Open Finance"
ASK_ITEM = (
    "<b>Conexão que já existe na Pluggy</b>\n"
    "Mande o código dela: 36 letras e números, como <code>3fa85f64-5717-4562-b3fc-2c963f66afa6</code>. "
    "No painel da Pluggy ele se chama “Item ID”. Apago sua mensagem assim que ler."
)
NOT_AN_ITEM = "Isso não parece o código de uma conexão. Copie os 36 caracteres inteiros e mande de novo."
RESTARTED = "Precisei reiniciar no meio da conexão com {bank} e esqueci o que você digitou. Nada foi enviado ao banco."
RESTARTED_TEXT = "Reiniciei no meio da conexão e apaguei sua mensagem, que não foi enviada a ninguém. É só recomeçar."
UNCERTAIN = (
    "Precisei reiniciar no momento em que pedia a conexão com {bank}, e a resposta se perdeu. "
    "Repita a conexão: se ela já existir, eu a aproveito, sem duplicar."
)
NOT_CONNECTED = "Precisei reiniciar, e a conexão com {bank} não foi concluída. Nada foi guardado."
TIMED_OUT = "Esperei 15 minutos e parei a conexão com {bank}. O que você digitou foi esquecido."
CHOICE_TIMED_OUT = "Esperei 15 minutos e parei por aqui. É só recomeçar quando quiser."
FORGOTTEN = "Passaram-se mais de 5 minutos e esqueci, por segurança, o que você já tinha digitado. Vamos de novo."
TYPED_TWICE = "Essa resposta chegou duas vezes; apaguei a repetida."
DECLINED = "Tudo bem: sem a autorização eu não leio nada. Nada foi guardado."

CONSENT_VERSION: Final = "2026-11-24"
CONSENT_TEXT: Final = (
    "Para continuar, preciso da sua autorização para ler: contas e saldos, transações, cartões e faturas, "
    "investimentos e empréstimos. Os dados chegam pela Pluggy e ficam guardados aqui até você apagar."
)
POLICY = (
    "<b>Como seus dados são usados</b>\n"
    "• <b>Para quê:</b> mostrar a você, aqui no Telegram, saldos, lançamentos e faturas dos bancos que você conectar.\n"
    "• <b>O que guardo:</b> seu número de usuário no Telegram; banco, tipo e final da conta ou do cartão, saldo, limite; "
    "até quando vale a autorização no banco e, até você usá-lo, o link dela; dos lançamentos, data, descrição (sem CPF), "
    "valor, parcela, categoria, loja (com CNPJ e ramo) e quem pagou ou recebeu; do histórico que juntei a uma conta, uma "
    "cópia, para poder separar; os nomes, categorias, orçamentos e notas que você der; a data desta autorização; por 90 "
    "dias, quando li seus bancos; e, para limites e avisos, seus pedidos recentes aos bancos e os avisos que enviei.\n"
    "• <b>O que nunca guardo:</b> senha, código, CPF, nome do titular e número completo da conta.\n"
    "• <b>Quem participa:</b> a Pluggy, instituição que participa do Open Finance, busca os dados no banco e guarda "
    "o acesso; o Telegram leva as mensagens; quem administra este bot hospeda o banco de dados.\n"
    "• <b>O que não faço:</b> pagamento, Pix, oferta de crédito, venda ou repasse de dados.\n"
    "• <b>Por quanto tempo:</b> até você apagar: um banco em /desconectar_banco, tudo em /privacidade. As duas coisas "
    "encerram o acesso na Pluggy. De tudo apagado ficam só um protocolo e as horas do pedido e do fim, que não "
    "dizem de quem eram.\n"
    "• <b>Seus direitos</b> (LGPD, art. 18): ver, baixar e apagar o que é seu em /privacidade; ver e corrigir os nomes em "
    "/minhas_contas. Pode encerrar também no app do banco, na área de Open Finance."
)

_TAKE_PART: Final = "quem administra este bot hospeda o banco de dados.\n"
_NO_ONE_ELSE: Final = "venda ou repasse de dados"
_ADVISER_TAKES_PART: Final = (
    "quem administra este bot hospeda o banco de dados. Um serviço externo, escolhido por quem administra, sugere a "
    "categoria de lojas que não conheço: recebe só o nome da loja; nem valor, data, conta ou quem você é.\n"
)


def policy(*, has_adviser: bool) -> str:
    """How a person's data is used. ``has_adviser``: an outside service is asked about categories."""
    if not has_adviser:
        return POLICY
    return POLICY.replace(_TAKE_PART, _ADVISER_TAKES_PART).replace(_NO_ONE_ELSE, f"{_NO_ONE_ELSE} além do que foi dito")


_UNSUPPORTED = {"hcaptcha": "um captcha", "ethaddress": "um endereço de criptomoeda"}
#: The first word of what banks ask for, by its gender.
_OWN: Final[Mapping[str, frozenset[str]]] = {
    "seu": frozenset(
        {
            "apelido",
            "celular",
            "cnpj",
            "código",
            "cpf",
            "documento",
            "e",
            "email",
            "login",
            "número",
            "telefone",
            "usuário",
        }
    ),
    "sua": frozenset({"agência", "assinatura", "chave", "conta", "cooperativa", "data", "palavra", "senha"}),
}
HIDDEN_VALUE = "••••••"
NOT_ENCRYPTED = "⚠️ Conversas com bots não são cifradas de ponta a ponta."
SCREEN_IS_BETTER = "A tela segura é melhor."
OPEN_SCREEN = "🔒 Abrir tela segura"
USE_SCREEN = "🔒 Usar tela segura"
RENEW_BY_SCREEN = "🔒 Informar nova senha"
TYPE_HERE = "Digitar aqui no chat"


def all_banks(page: int, pages: int) -> str:
    """One page of the whole list, counted from 0."""
    return f"<b>Todos os bancos</b> ({page + 1}/{pages})\nToque num deles ou digite o nome."


def several_found(query: str, total: int, shown: int) -> str:
    """More than one bank by that name."""
    more = f" Mostro {shown}; digite mais letras para ver os outros." if total > shown else ""
    return f"Achei {count(total, 'banco', 'bancos')} com “{bank_text(query)}”. Qual deles?{more}"


def not_found(query: str, suggestion: str | None) -> str:
    """No bank by that name; perhaps a similar one."""
    if suggestion:
        return f"Não achei “{bank_text(query)}”. Você quis dizer {bank_text(suggestion)}?"
    return f"Não achei “{bank_text(query)}”. Confira o nome, ou procure na lista."


def choose_door(bank: str, doors: Sequence[Door]) -> str:
    """The ways into a bank that has more than one; what is said of one of its ways is not said again of the next."""
    notes: dict[str, str] = {}
    for door in doors:
        notes.setdefault(_door_note(bank, door), _door_name(door, doors))
    lines = (f"{name}: {note}" for note, name in notes.items())
    return "\n".join([f"<b>{bank_text(bank)}</b> — como prefere conectar?", *lines])


def door_label(door: Door, doors: Sequence[Door]) -> str:
    """A door as its button says it; one that looks like another gets a number."""
    name = _door_name(door, doors)
    alike = [one for one in doors if _door_name(one, doors) == name]
    return name if len(alike) == 1 else f"{name} ({alike.index(door) + 1})"


def _door_name(door: Door, doors: Sequence[Door]) -> str:
    """The first Open Finance door of all is the recommended one."""
    name = {"open_finance": "🔗 Open Finance", "meupluggy": "🔗 MeuPluggy"}.get(door["kind"], "🔑 Usuário e senha")
    company = " de empresa" if door["person"] == "PJ" and any(one["person"] == "PF" for one in doors) else ""
    recommended = " (recomendado)" if door is doors[0] and door["kind"] == "open_finance" else ""
    return f"{name}{company}{recommended}"


def _door_note(bank: str, door: Door) -> str:
    if door["kind"] == "open_finance":
        return f"você autoriza no app {the_bank(bank, 'd')}, sem senha aqui."
    if door["kind"] == "meupluggy":
        return "você autoriza no MeuPluggy, sem senha aqui."
    return "em alguns bancos traz menos dados e pede senha de novo."


def unstable(bank: str) -> str:
    """The connector is not healthy; an attempt may still succeed."""
    return f"{capital(the_bank(bank))} está instável agora. Pode não dar certo de primeira."


def offline(bank: str) -> str:
    """The connector is down: an attempt would only be refused."""
    return f"{capital(the_bank(bank))} está fora do ar agora. Quer que eu avise quando voltar?"


def watching(bank: str) -> str:
    """The person will be told."""
    return f"Combinado: aviso aqui quando {the_bank(bank)} voltar."


def returned(bank: str, *, again: bool = False) -> str:
    """The bank that was away takes connections again. ``again``: the person has one that is to come back."""
    return f"{capital(the_bank(bank))} voltou. Quer {'reconectar' if again else 'conectar'} agora?"


def unsupported(bank: str, field: CredentialField, *, other_door: bool) -> str:
    """The door asks for something this chat cannot take."""
    what = _UNSUPPORTED.get(field["type"], "um dado")
    way_out = "Dá para conectar de outro jeito:" if other_door else "Por enquanto, só posso conectar outro banco."
    return (
        f"Por usuário e senha, {the_bank(bank)} pede {what} ({bank_text(field['label'])}), e isso não dá para responder "
        f"por aqui. {way_out}"
    )


def already_connected(connection: Connection, accounts: Sequence[Account]) -> str:
    """The person already has this bank."""
    numbers = ", ".join(f"••{bank_text(account['number'][-4:])}" for account in accounts[:3] if account["number"])
    return (
        f"Você já conectou {the_bank(connection['connector_name'])}{f' ({numbers})' if numbers else ''}. O que deseja?"
    )


def replaces_adopted(bank: str) -> str:
    """The connection that is to leave was made by another program."""
    return (
        f"A conexão {the_bank(bank, 'd')} que você já tem foi criada fora deste bot. Se eu a trocar, ela é encerrada na "
        "Pluggy, e quem mais a usa também a perde."
    )


def in_the_middle(bank: str) -> str:
    """Something else is under way with this person. Plain text: Telegram shows it in a notice."""
    what = f"da conexão com {'a' if is_feminine(bank) else 'o'} {clean_text(bank)}" if bank else "de outra conexão"
    return f"Você está no meio {what}. Termine ou pare com /cancelar, e toque de novo."


def by_screen(bank: str, *, again: bool, typed: bool) -> str:
    """A page asks for what the bank wants. ``again``: to bring a connection back. ``typed``: it may be typed, too."""
    what = f"informe seu acesso novo {to_bank(bank)}" if again else f"informe seus dados de acesso {to_bank(bank)}"
    close = "" if typed else "\nEsse banco só conecta por lá: ele pede o que não dá para responder numa conversa."
    return (
        f"<b>{bank_text(bank)}{': entrar de novo' if again else ''}</b>\n"
        f"Abra a tela segura e {what}. A senha vai direto para a Pluggy: não passa pelo Telegram nem fica aqui.{close}"
    )


def correct_by_screen(bank: str) -> str:
    """The bank refused what was given in the page, which may still be open."""
    return f"⚠️ {capital(the_bank(bank))} não aceitou esses dados. Corrija na tela segura."


def ask_field(
    bank: str,
    door: Door,
    fields: Sequence[CredentialField],
    shown: Mapping[str, str],
    notice: str | None = None,
    *,
    again: bool = False,
    has_screen: bool = False,
) -> str:
    """The next field of a door, under what was answered. ``notice`` is HTML. ``again``: to bring a connection back.
    ``has_screen``: a page could take it instead."""
    field = next(one for one in fields if one["name"] not in shown)
    lines = [f"⚠️ {notice}"] if notice else []
    lines.append(_header(bank, door, len(shown) + 1, len(fields), again=again))
    lines += answered(fields, shown)
    return "\n".join([*lines, "", *_request(bank, door, field, has_screen=has_screen)])


def answered(fields: Sequence[CredentialField], shown: Mapping[str, str]) -> list[str]:
    """``✅ CPF •••.456.789-••``, a line a field."""
    return [f"✅ {bank_text(one['label'])} {escape(shown[one['name']])}" for one in fields if one["name"] in shown]


def _header(bank: str, door: Door, number: int, total: int, *, again: bool) -> str:
    by_link = door["kind"] == "open_finance"
    title = f"{bank_text(bank)} pelo Open Finance" if by_link else bank_text(bank)
    if again:
        title = f"{bank_text(bank)}: {'renovar a autorização' if by_link else 'entrar de novo'}"
    return f"<b>{title}</b>{'' if by_link and total == 1 else f' · {number} de {total}'}"


def _request(bank: str, door: Door, field: CredentialField, *, has_screen: bool) -> list[str]:
    label = bank_text(field["label"], 80)
    wanted = f"{_what(label)}{full_stop(label)}"
    if field["options"]:
        return [f"Escolha{wanted}"]
    if field["type"] == "image":
        return [f"Digite o que vê na imagem abaixo ({label}). Apago sua mensagem assim que ler."]
    if door["kind"] == "open_finance" and not is_secret(field):
        return [f"Digite{wanted} Uso só para abrir o pedido {the_bank(bank, 'n')}; apago a mensagem e não o guardo."]
    lines = [f"Digite{wanted} Vou apagar sua mensagem assim que ler."]
    hint = field["assistive_text"] or field["placeholder"]
    if hint:
        lines.append(f"({bank_text(hint, 120)})")
    if field["mfa"]:
        lines.append("Use o código que está no app agora; ele muda a cada minuto.")
    elif is_secret(field):
        lines.append(f"{NOT_ENCRYPTED} {SCREEN_IS_BETTER}" if has_screen else NOT_ENCRYPTED)
    return lines


def _what(label: str) -> str:
    """`` seu CPF``, `` sua senha``; ``: User``, as the bank says it, where the gender is not known. ``label`` is escaped."""
    first = re.split(r"[\W_]", label.casefold(), maxsplit=1)[0]
    gender = next((own for own, names in _OWN.items() if first in names), None)
    if gender is None:
        return f": {label}"
    return f" {gender} {label if label[1:2].isupper() else label[:1].lower() + label[1:]}"


def is_secret(field: CredentialField) -> bool:
    """Whether not even a part of the value may be shown."""
    return field["type"] == "password" or field["mfa"]


def mask(field: CredentialField, value: str) -> str:
    """What may be shown of a value: ``•••.456.789-••`` of a CPF, the end of a user name, nothing of a secret."""
    digits = "".join(char for char in value if char.isdigit())
    if is_secret(field):
        return HIDDEN_VALUE
    if len(digits) == 11:
        return f"•••.{digits[3:6]}.{digits[6:9]}-••"
    if len(digits) == 14:
        return f"••.{digits[2:5]}.{digits[5:8]}/••••-••"
    return f"••••{value[-2:]}" if len(value) >= 6 else HIDDEN_VALUE
