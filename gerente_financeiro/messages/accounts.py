"""The words of /minhas_contas, and the names of accounts on every screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from gerente_financeiro.messages.format import (
    bank_text,
    capital,
    clean_text,
    count,
    day,
    fit,
    moment,
    money,
    on_date,
    on_day,
    own_sentence,
    short_age,
    the_bank,
    to_bank,
)
from gerente_financeiro.messages.trouble import Need, need_of, needs_person, parked, wants_code
from open_finance.clock import local_day
from open_finance.connecting.bank_errors import sentence
from open_finance.connectors import MEU_PLUGGY
from open_finance.reading import names
from open_finance.reading.balances import BankAccounts, is_card
from open_finance.records import Account, Connection, ProductStatus

EMPTY = "Nenhum banco conectado ainda.\nUse /conectar_banco para ver saldo, extrato e faturas aqui."
NOT_READ = "Autorizado, e ainda não lido aqui: investimentos · empréstimos."
TITLE = "🏦 <b>Suas conexões</b>"

#: What screens and files call an account alike. Plain text, not escaped.
NAME_LIMIT = names.NAME_LIMIT
account_name = names.account_name
bank_account_name = names.bank_account_name
last_digits = names.last_digits

_PRODUCTS = {"accounts": "contas", "creditCards": "cartões", "transactions": "lançamentos"}

#: What stops a connection until the person acts; anything else is Pluggy's to retry.
_BROKEN = frozenset({"LOGIN_ERROR", "OUTDATED"})


def bank_and_digits(account: Account) -> str:
    """``Itaú ••4321``, or the person's own name, ``Conta da casa (Itaú)``. Escaped."""
    own = bank_text(account["custom_name"] or "", NAME_LIMIT)
    if own:
        return f"{own} ({bank_text(account['connector_name'], 24)})"
    return " ".join(filter(None, [bank_text(account["connector_name"], 24), bank_text(last_digits(account))]))


def bank_and_name(account: Account) -> str:
    """``Itaú Conta corrente ••4321``, or the person's own name, ``Conta da casa (Itaú)``. Escaped."""
    if clean_text(account["custom_name"] or ""):
        return bank_and_digits(account)
    return f"{bank_text(account['connector_name'], 24)} {bank_text(bank_account_name(account), 60)}"


def due(account: Account, today: date) -> str:
    """`` · vence 10/12`` where the bank tells a day that is still to come.

    The day given belongs to the last closed bill; once it is past it says nothing about what is owed now.
    """
    due_on = account["bill_due_on"]
    return f" · vence {day(due_on, today)}" if due_on and due_on >= today else ""


def connections(banks: Sequence[BankAccounts], now: datetime) -> str:
    """Every bank with its age and its accounts."""
    if not banks:
        return EMPTY
    today = local_day(now)
    lines = [TITLE]
    for bank in banks:
        lines += ["", f"<b>{bank_text(bank.connection['connector_name'])}</b> · {_state(bank, now)}"]
        lines += _account_lines(bank, today)
    return fit(lines)


def bank_screen(bank: BankAccounts, now: datetime) -> str:
    """One bank: its state in words, its accounts, what was authorised and until when."""
    connection, today = bank.connection, local_day(now)
    lines = [f"🏦 <b>{bank_text(connection['connector_name'])}</b> · {_state(bank, now)}"]
    if is_awaited(connection):
        return fit([*lines, awaited(connection)])
    problem = trouble(connection, now)
    if problem:
        lines.append(f"⚠️ {problem}")
    elif wants_code(connection, now):
        lines.append(needs_person(connection, now))
    lines += ["", *_account_lines(bank, today)]
    lines += [_extra(account) for account in bank.accounts if account["automatically_invested"]]
    lines += ["", *_products(connection, now), *_authorisation(connection, now)]
    return fit(lines)


def trouble(connection: Connection, now: datetime) -> str | None:
    """Why a connection brings nothing new, in a sentence; None when nothing is wrong. Escaped."""
    bank = connection["connector_name"]
    if connection["disconnecting"]:
        return "Parei de ler este banco. A Pluggy ainda não confirmou o fim do acesso; sigo tentando."
    if need_of(connection, now) is not None:
        return needs_person(connection, now)
    if connection["parked_at"] is not None:
        return parked(connection, now)
    if connection["settled_at"] is not None and connection["action"] is not None:
        return "O banco espera uma resposta sua para continuar."
    if connection["error_code"] or connection["status"] in _BROKEN:
        return own_sentence(sentence(connection["error_code"] or connection["execution_status"], bank))
    return None


def is_awaited(connection: Connection) -> bool:
    """Whether a request stands that is no connection yet."""
    return connection["settled_at"] is None and not connection["disconnecting"]


def awaited(connection: Connection) -> str:
    """What a request waits for that is no connection yet. Escaped."""
    action, name = connection["action"], connection["connector_name"]
    if connection["execution_status"] == "USER_AUTHORIZATION_PENDING":
        return f"Seu pedido {to_bank(name)} ainda espera a outra pessoa titular."
    if action is None:
        return "⏳ A primeira leitura ainda está em andamento. Aviso quando terminar."
    if action["type"] == "authorize":
        where = "MeuPluggy" if connection["connector_id"] == MEU_PLUGGY else f"app {the_bank(name, 'd')}"
        return f"Falta você autorizar no {where}."
    return f"{capital(the_bank(name))} espera uma resposta sua para continuar."


def _state(bank: BankAccounts, now: datetime) -> str:
    if bank.connection["disconnecting"]:
        return "⏳ desconectando"
    age = short_age(bank.age, now)
    return age if age.startswith(("⚠️", "⏳")) or trouble(bank.connection, now) is None else f"⚠️ {age}"


def _account_lines(bank: BankAccounts, today: date) -> list[str]:
    return [
        line for account in bank.accounts for line in (account_line(account, bank, today), *balance_gap(account, today))
    ]


def account_line(account: Account, bank: BankAccounts, today: date) -> str:
    """``• Conta corrente ••4321: R$ 1.000,00``, and why it enters no total, where it does not. Escaped."""
    name = bank_text(account_name(account), 60)
    if is_card(account):
        line = f"• {name} · {owed(account)}{due(account, today)}"
    else:
        line = f"• {name}: <b>{money(account['balance'], account['currency_code'])}</b>{_pots(account)}"
    if account["hidden"]:
        return f"{line} · <i>fora do total</i>"
    return f"{line} (conta uma vez: já vem de outra conexão)" if account["id"] in bank.counted_elsewhere else line


def balance_gap(account: Account, today: date) -> list[str]:
    """That the bank's rows do not explain its balances. Nothing is invented to make them."""
    began_on, gap = account["balance_gap_on"], account["balance_gap"]
    if began_on is None or gap is None:
        return []
    difference = money(abs(gap), account["currency_code"])
    since = day(began_on, today)
    return [f"  ⚠️ Os lançamentos que o banco mandou não fecham com o saldo desde {since}: diferença de {difference}."]


def owed(account: Account) -> str:
    """What a card's balance is: what is owed. It is no bill: through Open Finance it holds instalments not yet billed, and
    with a password some banks do the same. The bill is /fatura's.

    Source: Pluggy's ``balance`` of a card (reference 5.3).
    """
    amount, currency = account["balance"], account["currency_code"]
    if amount < 0:
        return f"<b>{money(-amount, currency)}</b> a seu favor"
    return f"em aberto: <b>{money(amount, currency)}</b>"


def counts_instalments(connection: Connection) -> bool:
    """Whether its cards' balances hold what is still to be billed: behind MeuPluggy stands Open Finance, too."""
    return connection["is_open_finance"] or connection["connector_id"] == MEU_PLUGGY


def _pots(account: Account) -> str:
    if not account["reserved"]:
        return ""
    pots = count(account["reserved_count"], "caixinha", "caixinhas")
    return f" · {pots}: <b>{money(account['reserved'], account['currency_code'])}</b>"


def _extra(account: Account) -> str:
    invested = money(account["automatically_invested"] or account["balance"], account["currency_code"])
    return f"  {bank_text(last_digits(account))}: {invested} do saldo rendem em aplicação automática."


def _products(connection: Connection, now: datetime) -> list[str]:
    known = [_product(name, connection["products"].get(key), now) for key, name in _PRODUCTS.items()]
    return [f"O que leio: {' · '.join(known)}.", NOT_READ]


def _product(name: str, status: ProductStatus | None, now: datetime) -> str:
    """Pluggy tells the ages where one of them differs, and nothing where all is well."""
    if status is None:
        return name
    at = status["last_updated_at"]
    when = moment(at, now) if at else "ainda não veio"
    return f"{name} {'' if status['is_updated'] else '⚠️ '}{when}"


def _authorisation(connection: Connection, now: datetime) -> list[str]:
    today, bank = local_day(now), the_bank(connection["connector_name"], "d")
    since = f"Conectado {on_date(local_day(connection['created_at']), today, 'desde')}"
    expires_at, need = connection["consent_expires_at"], need_of(connection, now)
    if connection["connector_id"] == MEU_PLUGGY:
        valid = ["Vale até você desconectar aqui ou lá."] if need is None else []
        return [f"{since} pelo MeuPluggy, que atualiza uma vez por dia.", *valid]
    if not connection["is_open_finance"]:
        valid = ["Vale até você desconectar ou trocar a senha no banco."] if need is None else []
        return [f"{since} por usuário e senha, que ficam na Pluggy, nunca aqui.", *valid]
    if connection["gone"]:
        return [f"{since} pelo Open Finance."]
    if need is Need.CONFIRM_END:
        ended_at = connection["trouble_at"]
        when = f" {on_day(ended_at, now)}" if ended_at else ""
        until = f"Autorização encerrada{when}."
    elif expires_at is None:
        until = f"Autorização sem prazo: vale até você encerrar aqui ou no app {bank}."
    else:
        end = day(local_day(expires_at), today)
        until = f"Autorização vencida: {end}." if expires_at <= now else f"Autorização válida até {end}."
    return [f"{since} pelo Open Finance.", until]
