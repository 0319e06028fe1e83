"""The words of /familia: who is in it, what each shows, the invitation, the group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from gerente_financeiro.messages.accounts import account_name, bank_and_name
from gerente_financeiro.messages.format import (
    bank_text,
    capital,
    clean_text,
    count,
    day,
    escape,
    fit,
    freshness_line,
    join_names,
    moment,
    money,
    signed,
)
from gerente_financeiro.messages.splits import debt
from open_finance.clock import local_day
from open_finance.errors import InvitationError
from open_finance.family_book import AccountSharing, Debt, Family, Invitation, InvitationView
from open_finance.family_reports import FamilyBalance, FamilyRow, FamilyStatement, MemberBalance, SharedBalance
from open_finance.money import BRL
from open_finance.records import Account
from open_finance.sharing.levels import ALL, BALANCE, HIDDEN, Level

TITLE = "👪 <b>Família</b>"
NONE = f"""{TITLE}
Junte quem divide as contas com você. Cada pessoa escolhe, conta por conta, o que as outras veem; no começo, nada.

• Você convida por um link, que vale uma vez e por 24 horas.
• Dá para dividir despesas e acertar quem deve a quem.
• Quem não tem banco conectado também pode participar.

Recebeu um convite? Abra o link que mandaram para você."""
NO_ACCOUNTS = "Você não tem conta conectada: não há nada a mostrar. Dividir despesas funciona mesmo assim."
CHOOSE_ACCOUNT = "<b>O que a família vê das suas contas</b>\nToque numa conta para mudar."
ONE_BY_ONE = "Notas, categorias, CPF e as outras contas ninguém vê."
NOT_OF_THE_GROUP = "Só quem está na família deste grupo usa estes botões. Fale comigo no privado."
NO_FAMILY_TO_LINK = "Para vincular um grupo, crie uma família antes: fale comigo no privado, em /familia."
DECLINED = "Tudo bem. Você não entrou, e o convite continua valendo até vencer."
STAYED = "Tudo bem. Você continua na família, e nada mudou."
LEFT = "Você saiu da família. Ninguém nela vê mais nada das suas contas."
NOT_LINKED = "Tudo bem. Este grupo não foi vinculado, e nada aparece aqui."
UNLINKED = "O grupo não está mais vinculado: não mostro mais nada nele. O que já foi escrito lá continua lá."
NOTHING_SHARED = "Ninguém mostra nada ainda. Cada pessoa escolhe no privado, em /familia."

#: On a button, and what it makes of an account in a sentence.
LEVELS: dict[Level, str] = {HIDDEN: "Ocultar", BALANCE: "Só saldo", ALL: "Tudo"}
_SHORT: dict[Level, str] = {HIDDEN: "oculta", BALANCE: "só saldo", ALL: "tudo"}
_SEES: dict[Level, str] = {
    HIDDEN: "nada, nem que a conta existe",
    BALANCE: "só o saldo",
    ALL: "o saldo e os lançamentos",
}


# --- in private ------------------------------------------------------------------------------------------------------


def home(family: Family, sharing: Sequence[AccountSharing], notice: str = "") -> str:
    """Who is in it, and what the person shows."""
    shown = [one for one in sharing if one.level != HIDDEN]
    hidden = len(sharing) - len(shown)
    lines = [notice, ""] if notice else []
    lines += ["👪 <b>Sua família</b>", join_names(_members(family)), ""]
    if not sharing:
        lines.append(NO_ACCOUNTS)
    elif shown:
        lines.append("Das suas contas, a família vê:")
        lines += [f"• {shared_name(one)}: {_SEES[one.level]}" for one in shown]
    if sharing and hidden:
        tail = "Ninguém sabe que elas existem." if hidden > 1 else "Ninguém sabe que ela existe."
        lines.append(f"{'Ocultas' if hidden > 1 else 'Oculta'}: {count(hidden, 'conta', 'contas')}. {tail}")
    return fit([*lines, "", _group_line(family)])


def _members(family: Family) -> list[str]:
    return [f"{bank_text(one.name)} (você)" if one.is_you else bank_text(one.name) for one in family.members]


def _group_line(family: Family) -> str:
    if family.has_group:
        return "Um grupo está vinculado: quem está nele lê o que vocês mostram."
    return "Nenhum grupo do Telegram está vinculado."


def shared_name(one: AccountSharing) -> str:
    """What the others read: ``Itaú Conta corrente ••4321``. Escaped."""
    return _called(one.bank, one.name)


def _called(bank: str, name: str) -> str:
    """An account that has its bank's name in its own is not called *Itaú Conta Itaú*. Escaped."""
    said = bank_text(name, 60)
    if set(bank.casefold().split()) <= set(clean_text(name, 60).casefold().split()):
        return said
    return f"{bank_text(bank, 24)} {said}"


def account_label(one: AccountSharing, own: Account | None) -> str:
    """The button of an account: ``Itaú Poupança ••4321 · só saldo``. ``own``: the account as its owner knows it. Plain
    text."""
    name = one.name if own is None else account_name(own)
    return f"{clean_text(f'{one.bank} {name}', 29)} · {_SHORT[one.level]}"


def account(one: AccountSharing, own: Account | None, family: Family, notice: str = "") -> str:
    """One account: what the others see now, and exactly what each choice would show them."""
    name = shared_name(one)
    lines = [notice, ""] if notice else []
    lines += [
        f"<b>{name if own is None else bank_and_name(own)}</b>",
        f"Agora a família vê: {_SEES[one.level]}.",
        "",
        "<b>Ocultar</b>: ninguém vê nada, nem que a conta existe.",
        f"<b>Só saldo</b>: “{name} · {_figure(one.kind, one.balance, one.currency_code)}” e de quando é o dado.",
        "<b>Tudo</b>: o saldo e cada lançamento: dia, valor e descrição.",
        "",
        f"{ONE_BY_ONE} Você muda quando quiser, e vale na hora.",
    ]
    if one.hidden:
        lines.append("Você a deixou fora dos seus totais: ela fica fora dos da família também.")
    if family.has_group:
        lines.append("⚠️ O grupo vinculado também vê, com todos que estão nele.")
    return fit(lines)


def _figure(kind: str, balance: Decimal, currency: str) -> str:
    return f"a pagar {money(balance, currency)}" if kind == "card" else money(balance, currency)


def changed(level: Level) -> str:
    """What has just been chosen."""
    return f"✅ Pronto: a família vê {_SEES[level]}."


# --- the invitation --------------------------------------------------------------------------------------------------


def invitation(made: Invitation, link: str, now: datetime, *, is_private_bot: bool) -> str:
    """To be passed on: it is shown once."""
    lines = [
        "👪 <b>Convite para a família</b>",
        link,
        "",
        f"Encaminhe esta mensagem a uma pessoa. O link vale uma vez, até {moment(made.expires_at, now)}.",
        "Um convite anterior, ainda não usado, deixou de valer.",
        "Quem entra vê o que vocês mostram à família, e começa com todas as próprias contas ocultas.",
    ]
    if is_private_bot:
        lines.append(
            "Este bot é particular: quem administra precisa liberar a pessoa antes. O convite não se gasta com isso."
        )
    return fit(lines)


def guest(view: InvitationView, name: str, now: datetime) -> str:
    """What somebody reads before saying yes."""
    return fit(
        [
            f"👪 <b>{bank_text(view.invited_by)} convida você para a família</b>",
            f"Nela: {join_names([bank_text(each) for each in view.members])}.",
            "",
            "Se você entrar:",
            f"• As outras pessoas leem o seu nome, {bank_text(name)}. Das suas contas, nada: todas começam ocultas.",
            "• Você vê o que elas mostram, e pode dividir despesas.",
            "• Depois você escolhe, conta por conta, o que mostrar. E sai quando quiser.",
            "",
            f"O convite vale até {moment(view.expires_at, now)}.",
        ]
    )


def joined(family: Family, *, has_accounts: bool) -> str:
    """The guest is in."""
    others = join_names([bank_text(each.name) for each in family.members if not each.is_you])
    next_step = "Escolha o que mostrar, se quiser." if has_accounts else NO_ACCOUNTS
    what = "Todas as suas contas estão ocultas. " if has_accounts else ""
    return f"✅ Você está na família com {others}.\n{what}{next_step}"


def refused(error: InvitationError) -> str:
    """Why an invitation lets nobody in."""
    return f"{TITLE}\n{error.user_message}"


def came(name: str) -> str:
    """To the others, once."""
    return f"👪 {bank_text(name)} entrou na família e passa a ver o que você mostra. Confira em /familia."


def went(name: str) -> str:
    """To the others, once."""
    return f"👪 {bank_text(name)} saiu da família. Quem continua está em /familia."


def leave(family: Family, owed: Sequence[Debt]) -> str:
    """What is lost by leaving."""
    if len(family.members) == 1:
        return fit(
            ["<b>Sair da família?</b>", "Você é a única pessoa nela: a família e as despesas divididas se apagam."]
        )
    lines = [
        "<b>Sair da família?</b>",
        "• Na hora, ninguém nela vê mais nada das suas contas, e você não vê mais as delas.",
        "• O que já foi escrito no grupo continua no grupo.",
        "• Nas despesas divididas você passa a ser “quem saiu”.",
        "• Seu convite em aberto, e o grupo que você vinculou, deixam de valer.",
    ]
    yours = [one for one in owed if one.is_yours]
    if yours:
        lines += ["", "Ainda por acertar:", *map(debt, yours)]
    return fit(lines)


# --- what is shared --------------------------------------------------------------------------------------------------


def balance(report: FamilyBalance, now: datetime) -> str:
    """What the members show, in private and in the group: never more than that."""
    if report.is_empty:
        return f"{TITLE}\n{NOTHING_SHARED}"
    sums = [
        *([f"Disponível {money(report.available, BRL)}"] if _has(report, "checking") else []),
        *([f"Guardado {money(report.saved, BRL)}"] if _has(report, "savings") else []),
        *([f"A pagar em cartões {money(report.owed, BRL)}"] if _has(report, "card") else []),
    ]
    lines = [TITLE, *([" · ".join(sums)] if sums else []), ""]
    for member in report.members:
        lines += _member_lines(member)
    return fit(lines, ["", freshness_line(report.ages, now)])


def _has(report: FamilyBalance, kind: str) -> bool:
    return any(one.kind == kind and one.counts for one in report.accounts)


def _member_lines(member: MemberBalance) -> list[str]:
    name = bank_text(member.name)
    if not member.accounts:
        return [f"<b>{name}</b>: não mostra conta"]
    return [f"<b>{name}</b>", *(f"• {_account_line(one)}" for one in member.accounts)]


def _account_line(one: SharedBalance) -> str:
    out = "" if one.counts else " (fora dos totais)"
    return f"{_called(one.bank, one.name)} · {_figure(one.kind, one.balance, one.currency_code)}{out}"


def statement(report: FamilyStatement, rows: Sequence[FamilyRow], now: datetime) -> str:
    """The rows of a page, of the accounts that are shown whole."""
    today = local_day(now)
    if not report.accounts:
        return f"{TITLE}\nNinguém mostra lançamentos. Cada pessoa escolhe no privado, em /familia."
    head = f"👪 <b>Lançamentos da família</b> · desde {day(report.period.start, today)}"
    lines = [head, *_rows(rows, today)] if rows else [head, "Nenhum lançamento nesses dias."]
    return fit(lines, ["", freshness_line(report.ages, now)])


def _rows(rows: Sequence[FamilyRow], today: date) -> list[str]:
    lines: list[str] = []
    last: date | None = None
    for row in rows:
        if row.day != last:
            lines.append(f"<b>{capital(day(row.day, today))}</b>")
            last = row.day
        pending = " ⏳" if row.is_pending else ""
        title = bank_text(row.description or "sem descrição")
        whose = f"{bank_text(row.bank, 24)} · {bank_text(row.member, 24)}"
        lines.append(f"{signed(row.amount, row.currency_code)} {title}{pending} · {whose}")
    return lines


# --- the group -------------------------------------------------------------------------------------------------------


def group_help(family: Family, username: str) -> str:
    """In private: how a group is linked, or what the linked one does."""
    if family.has_group:
        return (
            "<b>Grupo vinculado</b>\n"
            "Nele, quem é da família usa /familia, /dividir e /acertos. Todos que estão no grupo leem as respostas, "
            "também quem não é da família. Só aparece o que cada pessoa escolheu mostrar."
        )
    return (
        "<b>Vincular um grupo</b>\n"
        f"1. No Telegram, abra o grupo da família e adicione @{escape(username)} a ele.\n"
        "2. Escreva /familia no grupo.\n"
        "3. Toque em Vincular este grupo.\n\n"
        "Todos que estão no grupo vão ler o que vocês mostram, também quem não é da família."
    )


OFFER = "Este grupo ainda não está vinculado a uma família."


def warning(people: int, family: Family) -> str:
    """Before a group is linked. ``people``: how many are in it, without the bot."""
    lines = [
        "⚠️ <b>Vincular este grupo?</b>",
        f"{'Uma pessoa está' if people == 1 else f'{people} pessoas estão'} neste grupo.",
        "Todas, e quem entrar depois, vão ler o que a família mostra, também quem não é da família.",
        "O que for escrito aqui fica na conversa, mesmo que alguém oculte a conta depois.",
    ]
    if family.has_group:
        lines.append("O grupo vinculado antes deixa de mostrar.")
    return fit(lines)


LINKED = "✅ Grupo vinculado. Aqui funcionam /familia, /dividir e /acertos, para quem é da família."
