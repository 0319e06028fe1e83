"""/conectar_banco from the moment the request left: progress, link, question, the end or the refusal."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from gerente_financeiro.messages.accounts import account_name, owed
from gerente_financeiro.messages.format import (
    bank_text,
    capital,
    clock_time,
    count,
    day,
    escape,
    fit,
    full_stop,
    moment,
    money,
    the_bank,
    to_bank,
)
from open_finance.clock import local_day
from open_finance.connect_flow import OTHERS_GIVE_UP_AFTER, PHASES
from open_finance.connecting.bank_errors import is_feminine
from open_finance.reading.balances import is_card
from open_finance.records import Account, Action, Connection

#: phases of the bank's work → the line that stands for them, in order.
_STEPS: Final = (
    (("login",), "Entrando no banco", "Acesso aceito"),
    (("accounts",), "Lendo contas", "Contas"),
    (("cards",), "Lendo cartões e faturas", "Cartões e faturas"),
    (("transactions",), "Lendo transações", "Transações"),
    (("investments", "identity", "loans", "finishing"), "Terminando", "Terminando"),
)
_PRODUCTS: Final = {
    "accounts": "contas",
    "creditCards": "cartões",
    "transactions": "transações",
    "investments": "investimentos",
    "loans": "empréstimos",
}
_NAMES_QR: Final = re.compile(r"\bqr\W?code\b", re.IGNORECASE)
LINK_IS_SLOW, LINK_IS_LATE = timedelta(seconds=20), timedelta(seconds=60)
COPIED_LIMIT = 2000  # characters of a link that a message may spell out
MEU_PLUGGY: Final = "MeuPluggy"
WILL_TELL = "Pode fechar o Telegram: eu aviso quando terminar."
SENDING_ANSWER = "⏳ Enviando a resposta…"
NO_CODE_HELP = (
    "O código vem do próprio banco: veja o SMS, o e-mail e as notificações do app. Se não chegar até o fim do prazo, "
    "recomece, e o banco manda outro."
)
NOT_YET = "Ainda não recebi a confirmação do banco. Às vezes leva 1 a 2 minutos."
NO_ANSWER = "A Pluggy não responde agora, e não sei se o banco confirmou. Sigo tentando e aviso."
LOOKING_UP = "⏳ Procurando a conexão na Pluggy…"
QR_STANDS = "O QR code já está aqui na conversa."
NO_QR = "Não consegui desenhar o QR code. Use o botão do link."
HISTORY_STAYS: Final = "O histórico que já estava aqui continua em /extrato."
CANCELLED_KEPT: Final = f"Cancelado, e o pedido foi apagado na Pluggy. {HISTORY_STAYS}"
CANCELLED_ELSEWHERE: Final = "Cancelado. Aqui nada foi guardado; na Pluggy a conexão segue como estava."
MEU_PLUGGY_RHYTHM = "O MeuPluggy atualiza uma vez por dia; aqui o botão Atualizar só relê."


def progress(bank: str, execution_status: str, sent: Sequence[str] = (), *, again: bool = False) -> str:
    """How far the bank is: done ✅, under way ⏳, to come ▫️. ``sent``: the lines of what the person answered. ``again``: a
    connection is being brought back."""
    phase = PHASES.get(execution_status, "finishing")
    at = next((index for index, (phases, _, _) in enumerate(_STEPS) if phase in phases), 0)
    lines = [f"<b>{'Reconectando' if again else 'Conectando'} {to_bank(bank)}…</b>", *sent]
    for index, (_, doing, name) in enumerate(_STEPS):
        lines.append(f"✅ {name}" if index < at else f"⏳ {doing}" if index == at else f"▫️ {name}")
    return "\n".join([*lines, WILL_TELL])


def waiting_for_link(bank: str, sent: Sequence[str], waited: timedelta) -> str:
    """The request was made; the bank's link takes some seconds, and some banks take longer."""
    name = capital(the_bank(bank))
    if waited < LINK_IS_SLOW:
        line = f"⏳ Pedindo o link {to_bank(bank)}…"
    elif waited < LINK_IS_LATE:
        line = f"⏳ {name} está demorando para mandar o link. Costuma chegar em até 1 minuto."
    else:
        line = (
            f"⏳ {name} ainda não mandou o link. Sigo esperando e mostro aqui assim que chegar; "
            "você não precisa ficar olhando."
        )
    return "\n".join([f"<b>{link_title(bank)}</b>", *sent, line])


def link_title(bank: str) -> str:
    """What stands above everything about a link. Escaped."""
    return bank_text(bank) if bank == MEU_PLUGGY else f"{bank_text(bank)} pelo Open Finance"


def authorize(bank: str, action: Action, now: datetime, *, stuck: bool = False) -> str:
    """What to do with the link. ``stuck``: with what helps when a bank's page leads nowhere."""
    lines = [f"<b>{link_title(bank)}</b>", *(_MEU_PLUGGY_STEPS if bank == MEU_PLUGGY else _steps(bank))]
    if action["expires_at"]:
        lines += ["", f"O link vale até {_until(action['expires_at'], now)}."]
    return "\n".join([*lines, *(_help(action["url"] or "") if stuck else [])])


def _steps(bank: str) -> list[str]:
    return [
        f"1. Toque em Autorizar {the_bank(bank, 'n')}.",
        "2. No app do banco, confira o que será compartilhado e confirme.",
        "3. Volte para cá. Eu percebo sozinho.",
    ]


_MEU_PLUGGY_STEPS: Final = (
    "Abra o MeuPluggy, escolha um banco e autorize. Cada banco é uma conexão: repita para o próximo.",
    "Volte para cá. Eu percebo sozinho.",
)


def _help(url: str) -> list[str]:
    """A link too long for a message is left to its button."""
    ways = "Se o app do banco abriu a loja, ou a página não andou, abra o link em outro navegador ou no computador"
    if len(url) > COPIED_LIMIT:
        return ["", f"{ways}: segure o botão do link e copie o endereço."]
    return ["", f"{ways}. Toque para copiar:", f"<code>{escape(url)}</code>"]


def picture_caption(bank: str, label: str, *, by_app: bool = False) -> str:
    """Under a picture of the bank's. ``by_app``: it is to be read by the bank's app, not typed."""
    what = "Leia este QR code com o app do banco" if by_app else "Digite o que vê nesta imagem"
    said = "" if by_app and _NAMES_QR.search(label) else bank_text(label, 120)
    return f"{bank_text(bank)}: {what}{f' ({said})' if said else ''}."


def qr_caption(bank: str, action: Action, now: datetime) -> str:
    """Under the picture of the link."""
    until = f" Vale até {_until(action['expires_at'], now)}." if action["expires_at"] else ""
    return f"Aponte a câmera do outro aparelho para este QR code: ele abre a página {the_bank(bank, 'd')}.{until}"


def _until(instant: datetime, now: datetime) -> str:
    """``14:35``, or with the day when that is another one."""
    near = day(local_day(instant), local_day(now))
    return f"{clock_time(instant)}{'' if near == 'hoje' else f' de {near}'}"


def authorize_label(bank: str) -> str:
    """What the link's button says: plain text, which nothing escapes."""
    return f"🔗 Autorizar {'na' if is_feminine(bank) else 'no'} {bank}"


def question(bank: str, action: Action, seen_at: datetime, now: datetime, notice: str = "") -> str:
    """The bank's question: a code, a choice, a picture, an approval in its app. ``notice`` is HTML."""
    lines = [f"⚠️ {notice}"] if notice else []
    lines.append(_request(bank, action))
    limit = time_left(action["expires_at"], seen_at, now)
    return "\n".join([*lines, limit] if limit else lines)


def _request(bank: str, action: Action) -> str:
    label = bank_text(action["label"], 120)
    label += full_stop(label)
    if action["type"] == "select":
        return f"{capital(the_bank(bank))} pede uma escolha: {label}"
    if action["type"] == "device":
        return f"Abra o app {the_bank(bank, 'd')} e aprove o acesso. Eu percebo sozinho."
    if action["type"] == "qr":
        return f"{capital(the_bank(bank))} pede que você leia um QR code com o app dele. Eu percebo sozinho."
    where = "o que vê na imagem" if action["type"] == "image" else "o código"
    return f"{capital(the_bank(bank))} pede: {label}\nDigite {where}. Apago sua mensagem assim que ler."


def time_left(expires_at: datetime | None, seen_at: datetime, now: datetime) -> str:
    """``Vale por 2 min (até 14:07).``; from half time on ``Vale por mais 1 min (até 14:07).``: one edit."""
    if expires_at is None:
        return ""
    half = seen_at + (expires_at - seen_at) / 2
    if now < half:
        return f"Vale por {_span(expires_at - seen_at)} (até {clock_time(expires_at)})."
    return f"Vale por mais {_span(expires_at - half)} (até {clock_time(expires_at)})."


def _span(span: timedelta) -> str:
    seconds = max(1, round(span.total_seconds()))
    return f"{seconds} s" if seconds < 60 else f"{math.ceil(seconds / 60 - 0.25)} min"


def awaiting_others(bank: str) -> str:
    """Another holder must approve; it may take days."""
    return f"Falta a outra pessoa titular aprovar no app {the_bank(bank, 'd')}. Guardo o pedido e aviso quando sair."


def standing_request(bank: str, since: datetime, now: datetime) -> str:
    """Where a request stands that waits for another holder. ``since``: when it was made."""
    ends_on = day(local_day(since + OTHERS_GIVE_UP_AFTER), local_day(now))
    return (
        f"<b>Pedido {to_bank(bank)}</b>\n"
        f"✅ Você autorizou: {moment(since, now)}\n"
        f"⏳ Falta a outra pessoa titular aprovar no app {the_bank(bank, 'd')}\n"
        f"Consultei o banco agora. Espero até {ends_on}; se ninguém aprovar até lá, o pedido termina e eu aviso."
    )


def still_connecting(bank: str, action: Action | None = None, *, deleted: bool) -> str:
    """A text came while the bank works, or waits for what cannot be typed. ``action``: what it asks."""
    ending = " Apaguei sua mensagem." if deleted else ""
    kind = action["type"] if action else None
    if kind == "device":
        said = f"{capital(the_bank(bank))} espera você aprovar no app."
    elif kind == "qr":
        said = f"{capital(the_bank(bank))} espera você ler o QR code com o app dele."
    elif kind == "authorize":
        said = f"Falta você autorizar {the_bank(bank, 'n')}: toque no botão do link."
    else:
        said = f"Ainda conectando {the_bank(bank)}; aviso quando terminar."
    return f"{said} Para parar, /cancelar.{ending}"


def waiting_for_code(bank: str) -> str:
    """A text that is no code came while the bank waits for one."""
    return f"{capital(the_bank(bank))} ainda espera sua resposta; isso não parece uma, e não mandei nada ao banco."


def withdrawn(bank: str, *, kept: bool = False) -> str:
    """Told later, when Pluggy at last confirmed the end of a request that never became a connection. ``kept``: it had taken
    in the history of an earlier one."""
    rest = HISTORY_STAYS if kept else "Nada foi guardado."
    return f"✅ A Pluggy confirmou: o pedido {to_bank(bank)} foi apagado. {rest}"


def too_late(bank: str) -> str:
    """The person cancelled in the moment in which the bank was connected."""
    ending = "a" if is_feminine(bank) else "o"
    return f"Não deu tempo de cancelar: {the_bank(bank)} já está conectad{ending}. Para encerrar, toque em Desconectar."


def leaving(bank: str) -> str:
    """The person disconnects a bank in the midst of bringing it here."""
    return f"Parei por aqui: você pediu para desconectar {the_bank(bank)}."


def late_code(bank: str) -> str:
    """A code came after its flow died."""
    return f"Esse código era para {the_bank(bank)} e já expirou. Apaguei sua mensagem."


def late_secret() -> str:
    """Something like a password came right after the flow ended."""
    return "Essa conexão já terminou. Apaguei sua mensagem, por segurança."


def code_expired(bank: str) -> str:
    """The code's time is over."""
    return f"O código {the_bank(bank, 'd')} expirou. É só recomeçar: leva menos de um minuto."


def link_expired(bank: str, at: datetime | None, now: datetime) -> str:
    """Nobody used the link. ``at``: its deadline, where it had one."""
    when = f" às {_until(at, now)}" if at else ""
    return f"O link {the_bank(bank, 'd')} expirou{when}. Gero outro?"


def code_refused(bank: str) -> str:
    """The bank did not accept the code, and ended the attempt."""
    return f"{capital(the_bank(bank))} não aceitou esse código. Toque em Tentar de novo e use um código novo."


def done(
    connection: Connection,
    accounts: Sequence[Account],
    transactions: int,
    first_on: date | None = None,
    more: Sequence[str] = (),
) -> str:
    """The bank is connected: its accounts and how much came. ``more``: lines of HTML that close it."""
    bank = connection["connector_name"]
    missing = missing_products(connection)
    head = f"✅ {bank_text(bank)} conectad{'a' if is_feminine(bank) else 'o'}"
    lines = [f"<b>{head}.</b>" if not missing else f"<b>{head}</b>, mas ainda sem {missing}: o banco não respondeu."]
    lines += [_account_line(account) for account in accounts]
    since = f" desde {first_on:%d/%m/%Y}" if first_on else ""
    lines.append(f"{count(transactions, 'transação guardada', 'transações guardadas')}{since}.")
    if missing:
        lines.append("Tento de novo a cada leitura.")
    return fit(lines, more)


def _account_line(account: Account) -> str:
    amount = money(account["balance"], account["currency_code"])
    return f"• {bank_text(account_name(account), 60)} — {owed(account) if is_card(account) else amount}"


def missing_products(connection: Connection) -> str:
    """``investimentos``: what was not collected, in words; empty when all was."""
    names = [
        _PRODUCTS[key] for key, state in connection["products"].items() if key in _PRODUCTS and not state["is_updated"]
    ]
    if not names and connection["partial"]:
        return "uma parte dos dados"
    return " e ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
