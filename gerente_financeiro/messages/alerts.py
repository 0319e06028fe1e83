"""The words of /alertas: what is told and when, each switch in words as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from decimal import Decimal

from gerente_financeiro.messages.format import bank_text, capital, count, fit, money
from open_finance.alerts.settings import AlertSettings, Summary, is_quiet_at
from open_finance.reading.category_names import category_name

TITLE = "🔔 <b>Seus avisos</b>"
#: setting → what its button is called, and what the screen says of it.
SWITCHES = {
    "spending": ("Compras", "compras e outros gastos"),
    "income": ("Entradas", "entradas de dinheiro"),
    "bills": ("Faturas", "fatura a vencer, 3 dias e 1 dia antes"),
    "subscriptions": ("Assinaturas", "assinaturas que sobem de preço, ou que voltam a cobrar depois de canceladas"),
    "unusual": ("Incomuns", "gastos incomuns"),
    "fees": ("Tarifas e juros", "tarifas, juros e cheque especial"),
    "budgets": ("Orçamentos", "orçamentos, em 50, 80 e 100%, quando o mês vai passar do limite"),
    "banks": ("Avisos do banco", "bancos que param, voltam ou pedem nova autorização"),
}
SUMMARIES = {
    Summary.OFF: "não",
    Summary.DAILY: "diário",
    Summary.WEEKLY: "semanal",
    Summary.MONTHLY: "mensal",
}
_SPEAKS_OF = {
    Summary.DAILY: "todo dia, sobre o dia anterior",
    Summary.WEEKLY: "às segundas, sobre a semana anterior",
    Summary.MONTHLY: "no dia 1º, sobre o mês anterior",
}
STILL_UNUSUAL = "Um gasto incomum eu aviso mesmo com as compras desligadas."
SUMMARY_WAITS = "O horário do resumo cai no silêncio: ele chega quando o silêncio acabar."
UNCHANGED = "Nada mudou: seus avisos continuam como estavam. Veja em /alertas."
TIMED_OUT = f"Esperei 15 minutos e parei por aqui. {UNCHANGED}"

ASK_FROM = (
    "A partir de que valor aviso de uma compra?\nToque num valor ou digite outro: <code>80</code> ou "
    "<code>1.250,50</code>. Com <code>0</code>, aviso de todas."
)
ASK_SUMMARY = (
    "Com que frequência você quer um resumo do que entrou e saiu?\nO diário fala do dia anterior; o semanal chega às "
    "segundas; o mensal, no dia 1º. Quando nada aconteceu, não mando."
)
ASK_HOUR = "A que horas o resumo chega?\nToque num horário ou digite outro: <code>7h30</code> ou <code>19h</code>."
ASK_QUIET = (
    "Em que horário prefere não receber avisos? O que acontecer nele eu conto depois.\nToque numa opção ou digite outra: "
    "<code>22h30 às 7h</code> ou <code>sem silêncio</code>."
)
NO_AMOUNT = "Não entendi o valor. Mande assim: <code>80</code>, <code>1.250,50</code> ou <code>150.000</code>."
NO_HOUR = "Não entendi o horário. Mande assim: <code>7h30</code> ou <code>19h</code>."
NO_QUIET = "Não entendi o silêncio. Mande o começo e o fim, como <code>22h às 7h</code>, ou <code>sem silêncio</code>."

_UNUSUAL = {
    "duplicate_charge": "cobranças repetidas",
    "subscription_raised": "preço da assinatura",
    "foreign_out_of_habit": "compras em outra moeda",
    "night_out_of_habit": "compras de madrugada",
    "new_merchant_high": "compra alta",
    "far_above_merchant": "valor acima do costume",
    "far_above_category": "valor acima do costume",
}


def settings_screen(settings: AlertSettings, notice: str = "") -> str:
    """All that is told and all that is not, so that nobody needs the buttons to know. ``notice``: what has just changed."""
    on = [name for name in SWITCHES if getattr(settings, name)]
    off = [name for name in SWITCHES if name not in on]
    lines = [
        *([notice, ""] if notice else []),
        TITLE,
        *_named("Aviso de", on, settings),
        *_named("Não aviso de", off, settings),
        "",
        summary_line(settings),
        quiet_line(settings),
    ]
    if settings.unusual and not settings.spending:
        lines.append(STILL_UNUSUAL)
    if waits_for_quiet(settings):
        lines.append(SUMMARY_WAITS)
    return fit(lines)


def _named(heading: str, names: Sequence[str], settings: AlertSettings) -> list[str]:
    return ["", f"<b>{heading}</b>", *(f"• {switch_name(settings, name)}" for name in names)] if names else []


def switch_name(settings: AlertSettings, name: str) -> str:
    """``entradas de dinheiro``; of spending with its amount, where it is told."""
    said = SWITCHES[name][1]
    is_from = name == "spending" and settings.spending
    return f"{said} {from_amount(settings.spending_from)}" if is_from else said


def from_amount(amount: Decimal) -> str:
    """``a partir de R$ 50,00``, ``de qualquer valor``."""
    return f"a partir de {money(amount, 'BRL')}" if amount else "de qualquer valor"


def summary_line(settings: AlertSettings) -> str:
    """``Resumo: diário, às 07:30 (todo dia, sobre o dia anterior)``."""
    if settings.summary is Summary.OFF:
        return "Resumo: <b>não</b>"
    name = SUMMARIES[settings.summary]
    return f"Resumo: <b>{name}, às {hour(settings.summary_at)}</b> ({_SPEAKS_OF[settings.summary]})"


def quiet_line(settings: AlertSettings) -> str:
    """``Silêncio: das 22:00 às 07:00``."""
    name = quiet_hours(settings)
    return f"Silêncio: <b>{name}</b>{'' if is_never_quiet(settings) else '; o que acontecer nele eu conto depois'}"


def quiet_hours(settings: AlertSettings) -> str:
    """``das 22:00 às 07:00``, or ``não``."""
    return "não" if is_never_quiet(settings) else f"das {between(settings.quiet_from, settings.quiet_to)}"


def between(begins: time, ends: time) -> str:
    """``22:00 às 07:00``; ``Sem silêncio`` where the two are one."""
    return "Sem silêncio" if begins == ends else f"{hour(begins)} às {hour(ends)}"


def is_never_quiet(settings: AlertSettings) -> bool:
    """Whether the person may be disturbed at any hour."""
    return settings.quiet_from == settings.quiet_to


def waits_for_quiet(settings: AlertSettings) -> bool:
    """Whether a summary is wanted at an hour that is quiet."""
    return settings.summary is not Summary.OFF and is_quiet_at(settings, settings.summary_at)


def hour(moment: time) -> str:
    """``07:30``."""
    return moment.strftime("%H:%M")


# --- what has just changed -------------------------------------------------------------------------------------------


def changed(settings: AlertSettings, kind: str) -> str:
    """What a typed answer set, as it stands now. ``kind``: of the question."""
    if kind == "alert_from":
        return f"✅ Pronto: compras {from_amount(settings.spending_from)}."
    if kind == "alert_hour":
        return f"✅ Pronto: o resumo chega às {hour(settings.summary_at)}."
    if is_never_quiet(settings):
        return "✅ Pronto: sem horário de silêncio."
    return f"✅ Pronto: silêncio {quiet_hours(settings)}."


# --- what the person said that it is theirs --------------------------------------------------------------------------


def quiet_button(number: int) -> str:
    """The way to what the person said that it is theirs."""
    return f"Gastos que eu disse serem meus ({number})"


def quiet_list(patterns: Sequence[str], total: int, first: int = 1) -> str:
    """What is not asked about any more; ``patterns`` of one page, numbered from ``first``."""
    if not patterns:
        return "Não há mais nenhum gasto que você disse ser seu: aviso de todos os incomuns."
    lines = [f"De {count(total, 'gasto', 'gastos')} você me disse “Fui eu”, e eu não pergunto mais:"]
    named = (f"{number}. {bank_text(capital(pattern_name(each)), 80)}" for number, each in enumerate(patterns, first))
    return fit([*lines, *named])


def wake_button(number: int) -> str:
    """The way back for one of several, by its number in the list. Plain text."""
    return f"{number}. Voltar a avisar"


def woken(patterns: Sequence[str]) -> str:
    """*Fui eu* was taken back."""
    if len(patterns) == 1:
        return f"✅ Volto a avisar: {bank_text(pattern_name(patterns[0]), 80)}."
    return "✅ Volto a avisar de todos."


def pattern_name(pattern: str) -> str:
    """``cobranças repetidas · academia x``, from a pattern as it is stored (``kind:key``). Plain text, not escaped."""
    kind, _, key = pattern.partition(":")
    what = _UNUSUAL.get(kind, "gasto incomum")
    whose = (category_name(key) or "") if kind == "far_above_category" else key
    return " · ".join(filter(None, [what, whose.strip()]))
