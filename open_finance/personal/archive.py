"""A person's archive: a ZIP with every row of every table as JSON, and accounts and transactions as spreadsheets.

Rows go from the database into the file one after another: what is held in memory does not grow with their number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from open_finance.clock import SAO_PAULO
from open_finance.insights.row_categories import is_known, names_of, title_of
from open_finance.reading.category_names import category_name
from open_finance.reading.plain_text import day_text, decimal_comma, inert
from open_finance.reading.statements import is_unconfirmed
from open_finance.storage import categories, personal, shared_expenses
from open_finance.storage.database import Session

README = """SEUS DADOS

Tudo o que este bot guarda sobre você, em {moment} (horário de São Paulo).{part}

contas.csv        suas contas e cartões, uma linha cada
lancamentos.csv   seus lançamentos, um por linha, do mais antigo ao mais novo
dados/            a mesma informação, e todo o resto, como está no banco de dados: um arquivo JSON por tabela

Como ler
- Os .csv abrem em qualquer planilha: separados por ponto e vírgula, com vírgula decimal. Dinheiro que sai é negativo.
- Um texto que começaria com = + - ou @ vem com um apóstrofo na frente, para a planilha não o tomar por fórmula.
- "Retirado pelo banco em": o banco deixou de listar o lançamento nesse dia; ele não entra em nenhuma soma.
- O saldo de um cartão é o que você deve: positivo é dívida.
- Nos .json, valores são textos com ponto e duas casas ("-27.90"), dias são AAAA-MM-DD e horários estão em UTC.

Tabelas em dados/
{tables}
O que não está aqui porque nunca é guardado: senhas, códigos, CPF, nome do titular e número completo da conta.
"""

_TABLES = {
    "bank_connections": "suas conexões com bancos, também as encerradas cujo histórico você guardou",
    "connection_actions": "o que um banco está pedindo a você agora",
    "connection_intents": "conexões que você começou, e o que foi delas",
    "consents": "suas autorizações de leitura: quando, e de qual texto",
    "bank_accounts": "contas e cartões, com o nome que você deu e se estão ocultos",
    "bank_transactions": "lançamentos, com a categoria e a nota que você deu",
    "account_joins": "contas reconhecidas ao reconectar, cujo histórico foi juntado",
    "joined_transactions": "lançamentos juntados assim, como eram antes",
    "attempts": "seus pedidos recentes aos bancos, para os limites de uso",
    "bank_watches": "bancos fora do ar de que você quer notícia",
    "reconnect_notices": "avisos de renovação que enviei ou que você dispensou",
    "prompts": "o que o bot espera que você digite",
    "card_bills": "faturas fechadas dos seus cartões, com os encargos e os pagamentos da anterior",
    "alert_settings": "o que você escolheu em /alertas",
    "people_seen": "o último dia em que você falou comigo",
    "quiet_patterns": "gastos que você disse serem seus, e que não são mais incomuns",
    "notifications": "avisos que enviei ou vou enviar, e o que você respondeu",
    "transaction_echoes": "lançamentos que o banco listou duas vezes",
    "personal_categories": "categorias que você criou",
    "category_rules": "o que você disse que uma loja é sempre",
    "category_changes": "suas últimas mudanças de categoria, para desfazer",
    "category_advice": "o que um serviço externo disse de textos sem nome nem documento, se quem hospeda o ligou",
    "budgets": "seus orçamentos",
    "recurring_marks": "assinaturas que você disse não serem, ou ter cancelado",
    "outlook_settings": "quanto você reserva em /posso_gastar",
    "balance_snapshots": "o saldo de cada conta em cada dia em que o banco o informou",
    "investments": "seus investimentos, como o banco os informou por último",
    "investment_transactions": "aplicações, resgates, rendimentos e impostos de cada investimento",
    "investment_snapshots": "o valor de cada investimento em cada dia em que o banco o informou",
    "loans": "seus empréstimos e financiamentos, sem o número do contrato",
    "loan_snapshots": "o saldo devedor de cada um em cada dia em que o banco o informou",
    "account_pots": "suas caixinhas",
    "product_reads": "quando cada banco informou investimentos e empréstimos pela última vez",
    "family_members": "em que família você está, e o nome que os outros leem",
    "family_invitations": "convites para a família que você fez, sem o link",
    "family_shares": "o que a família vê de cada conta sua; sem linha, nada",
    "family_groups": "o grupo do Telegram que você ligou à família",
    "erasures": "seu pedido de apagar tudo",
    "sync_runs": "as leituras de cada conexão dos últimos 90 dias",
    "quota_uses": "quantas vezes por mês cada banco foi consultado, até 13 meses para trás",
}

#: What is the family's, as far as it is the person's: in these tables nobody's id stands.
_DIVIDED: dict[str, tuple[Callable[[Session, int], Iterator[dict[str, Any]]], str]] = {
    "shared_expenses": (shared_expenses.iter_own_expenses, "despesas divididas com você: a sua parte e se você pagou"),
    "settlements": (shared_expenses.iter_own_settlements, "acertos em que você pagou ou recebeu"),
}

_ACCOUNT_TYPES = {
    "CHECKING_ACCOUNT": "Conta corrente",
    "SAVINGS_ACCOUNT": "Poupança",
    "CREDIT_CARD": "Cartão de crédito",
}
_STATUSES = {"PENDING": "Pendente", "POSTED": "Lançado"}


def write_archive(session: Session, user_id: int, target: BinaryIO, now: datetime, *, year: int | None = None) -> None:
    """Write a person's archive. ``year``: of the transactions only those of that year; everything else is whole."""
    personal.begin_snapshot(session)
    names = {row["id"]: _names(row) for row in _accounts(session, user_id)}
    own = names_of(categories.list_personal(session, user_id))
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        with _text(archive, "LEIA-ME.txt", now, encoding="utf-8-sig") as file:
            file.write(_readme(now, year).replace("\n", "\r\n"))
        with _text(archive, "contas.csv", now, encoding="utf-8-sig") as file:
            _write_csv(file, _ACCOUNT_COLUMNS, map(_account_cells, _accounts(session, user_id)))
        with _text(archive, "lancamentos.csv", now, encoding="utf-8-sig") as file:
            rows = personal.iter_transactions(session, user_id, year=year)
            _write_csv(file, _TRANSACTION_COLUMNS, (_transaction_cells(row, names, own) for row in rows))
        for table in personal.list_tables():
            with _text(archive, f"dados/{table}.json", now) as file:
                _write_json(file, personal.iter_rows(session, user_id, table, year=year))
        for name, (iter_own, _) in _DIVIDED.items():
            with _text(archive, f"dados/{name}.json", now) as file:
                _write_json(file, iter_own(session, user_id))


# --- files -----------------------------------------------------------------------------------------------------------


@contextmanager
def _text(archive: ZipFile, name: str, now: datetime, encoding: str = "utf-8") -> Iterator[io.TextIOWrapper]:
    entry = ZipInfo(name, now.astimezone(SAO_PAULO).timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    with archive.open(entry, "w") as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as file:
        yield file


def _write_json(file: io.TextIOWrapper, rows: Iterable[Mapping[str, Any]]) -> None:
    """A JSON list, a row a line."""
    separator = "["
    for row in rows:
        file.write(f"{separator}\n{json.dumps(row, ensure_ascii=False, default=_json_value)}")
        separator = ","
    file.write("[]\n" if separator == "[" else "\n]\n")


def _json_value(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an archive")


def _write_csv(file: io.TextIOWrapper, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    writer = csv.writer(file, delimiter=";")
    writer.writerow(columns)
    writer.writerows(rows)


def _readme(now: datetime, year: int | None) -> str:
    moment = now.astimezone(SAO_PAULO).strftime("%d/%m/%Y às %H:%M")
    part = "" if year is None else f"\nDos lançamentos, este arquivo tem os de {year}; os outros anos vêm à parte."
    said = {name: _TABLES.get(name, "") for name in personal.list_tables()}
    said |= {name: what for name, (_, what) in _DIVIDED.items()}
    width = max(map(len, said)) + 2
    tables = "".join(f"{name:<{width}}{what}".rstrip() + "\n" for name, what in said.items())
    return README.format(moment=moment, part=part, tables=tables)


# --- cells -----------------------------------------------------------------------------------------------------------

_ACCOUNT_COLUMNS = (
    "Número aqui",
    "Banco",
    "Conta",
    "Nome que você deu",
    "Tipo",
    "Final",
    "Moeda",
    "Saldo",
    "Limite",
    "Fatura vence em",
    "Oculta do total",
    "Ainda listada pelo banco",
    "Lida em",
)
_TRANSACTION_COLUMNS = (
    "Data",
    "Banco",
    "Conta",
    "Descrição",
    "Valor",
    "Moeda",
    "Categoria",
    "Sua categoria",
    "Sua nota",
    "Situação",
    "Parcela",
    "Loja",
    "Quem pagou ou recebeu",
    "Retirado pelo banco em",
    "Número aqui",
)


def _accounts(session: Session, user_id: int) -> list[dict[str, Any]]:
    return personal.list_account_rows(session, user_id)


def _account_cells(row: Mapping[str, Any]) -> list[str]:
    return [
        str(row["id"]),
        inert(row["bank"]),
        inert(row["marketing_name"] or row["name"]),
        inert(row["custom_name"]),
        inert(_ACCOUNT_TYPES.get(row["subtype"], row["subtype"])),
        inert(row["number"]),
        inert(row["currency_code"]),
        decimal_comma(row["balance"]),
        decimal_comma(row["credit_limit"] if row["type"] == "CREDIT" else row["overdraft_limit"]),
        day_text(row["bill_due_on"]),
        _yes(row["hidden"]),
        _yes(row["listed"]),
        _moment(row["last_synced_at"]),
    ]


def _names(row: Mapping[str, Any]) -> personal.AccountNames:
    return personal.AccountNames(row["bank"], _account_name(row), row["last_synced_at"])


def _account_name(row: Mapping[str, Any]) -> str:
    return str(row["custom_name"] or row["marketing_name"] or row["name"])


def _status(row: Mapping[str, Any], synced_at: datetime | None) -> str:
    if synced_at is not None and is_unconfirmed(row["missing_since"], synced_at):
        return "Não confirmado"
    return str(_STATUSES.get(row["status"], row["status"]))


def _chosen(category: str | None, own: Mapping[str, str]) -> str | None:
    """What the person's choice is called; one that is no more is none."""
    return title_of(category, own) if category and is_known(category, own) else None


def _transaction_cells(
    row: Mapping[str, Any], names: Mapping[int, personal.AccountNames], own: Mapping[str, str]
) -> list[str]:
    bank, account, synced_at = names[row["account_id"]]
    number, total = row["installment_number"], row["total_installments"]
    return [
        day_text(row["occurred_on"]),
        inert(bank),
        inert(account),
        inert(row["description"]),
        decimal_comma(row["amount"]),
        inert(row["currency_code"]),
        inert(category_name(row["category_id"])),
        inert(_chosen(row["user_category"], own)),
        inert(row["note"]),
        inert(_status(row, synced_at)),
        f"{number} de {total}" if number and total else "",
        inert(row["merchant_name"]),
        inert(row["counterparty"]),
        _moment(row["removed_at"]),
        str(row["id"]),
    ]


def _moment(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(SAO_PAULO).strftime("%d/%m/%Y %H:%M")


def _yes(value: bool) -> str:
    return "sim" if value else "não"
