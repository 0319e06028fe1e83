"""Which kind of question a sentence's parts make: a table of rules, the first that fits counts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from open_finance.asking import kinds as make
from open_finance.asking import kinds_cards as cards
from open_finance.asking import moves
from open_finance.asking import rules_wealth as wealth
from open_finance.asking.kinds import BOTH_WAYS, OR, PLACE, Made
from open_finance.asking.parts import Parts, said
from open_finance.asking.question import Kind, Question


def question_of(parts: Parts) -> tuple[Question | None, bool]:
    """The question, and whether that is certain; None: it is about nothing that we know."""
    for applies, made in _RULES:
        if applies(parts):
            return made(parts)
    return None, False


_ASKS_FOR_BALANCE = said(
    r"saldos?|(?:quanto|que|quanta) (?:(?:de |em )?(?:dinheiro|grana) )?(?:eu |me |ainda |que )*(?:tenho|temos|tem|ha"
    r"|sobrou|resta|restou|ficou|possuo)(?: .*)?|(?:eu )?(?:tenho|tem) (?:quanto|(?:algum )?dinheiro"
    r"|grana)(?: .*)?|(?:qual|que|quais) (?:contas?|bancos?) (?:tem|esta com|eu tenho|tenho)"
    r" (?:mais|menos|o maior|o menor) (?:dinheiro|saldo|grana)(?: .*)?"
    r"|(?:dinheiro|grana|valor) (?:disponivel|livre|em conta|na conta|nas contas|que (?:eu )?tenho)(?: .*)?"
)
_HAS_LOAN = said(
    r"(?:tenho|temos|tem|ha|existe|possuo|estou com|algum|alguns|quais|meus)(?: (?:algum|alguns|meu|meus|os|um))* "
    r"(?:emprestimos?|financiamentos?|consignados?)(?: (?:em aberto|ativos?|no meu nome|para pagar|em meu nome|ainda))*"
)
_WHICH_BILLS = said(r"(?:que|quais|qual)(?: foram| sao)?(?: as| a)? contas? (?:.* )?(?:pag\w+|venc\w+)")
_DATED = said(
    r"syncs?|synced|sincronia|timestamps?|refresh|updates?|dados|informac\w+|saldo|extrato|contas?|bancos?|atualiz\w+"
    r"|sincroniz\w+"
)
_RECURS = said(
    r"assinaturas?|mensalidades|(?:gastos?|pagamentos?|despesas?|cobrancas?) (?:recorrentes?|fix[oa]s?)"
    r"|recorrentes?|assino"
)
#: What is named is one of those that are meant.
_FOR_EXAMPLE = said(
    r"(?:tipo|por exemplo|como|exemplo|tais como) (?:a |o |as |os )?\w+ (?:e |ou |essas? |esses? |\w+ )*assinaturas?"
)
_SPEAKS_OF_BALANCE = said(r"saldos?")
_STILL_TO_SPEND = said(
    r"quanto (?:eu )?(?:ainda )?posso|(?:ainda )?(?:posso|da para|consigo|pode) (?:eu |ainda )*(?:gastar"
    r"|torrar).*|.*(?:sobra"
    r"|livre|disponivel|tenho) para gastar.*|.*pode ser gasto.*|quanto sobra por dia"
    r"|(?:posso|podemos|pode|podendo|poderei|poderia|poderiamos|podia|da|daria|dava|dara|consigo|conseguimos|conseguiria"
    r"|conseguirei|conseguindo)(?: (?:eu|ainda|so|para|ate|no maximo|mais|quanto|a gente|nos|hoje|por dia|de))* (?:gastar?"
    r"|torrar?)(?: .*)?"
)
#: The same of a card: what may still be bought with it.
_STILL_TO_USE = said(
    r"(?:posso|podemos|pode|podendo|poderei|poderia|podia|da|daria|dava|dara|consigo|conseguiria|tenho|sobra|sobrou|resta"
    r"|restou|livre|disponivel)(?: (?:eu|ainda|so|para|ate|no maximo|mais|quanto|de|limite|credito))* (?:gastar|usar"
    r"|comprar|passar|torrar|utilizar)(?: .*)?"
)
#: *Do que gastei* is a whole of which a part is asked for; *mais do que gastei* compares.
_PART_OF_ROWS = said(
    r"(?:(?<!mais )(?<!menos )(?<!maior )(?<!menor )do|de tudo|daquilo)(?: total)?(?: o)? que (?:eu |a gente |nos |ja |me )*"
    r"(?:gast|pag|torr|sai|compr|desembols|receb|entr|ganh|transfer|mand)\w*"
)
_PRICE = said(r"(?:quanto )?(?:esta |anda )?(?:me )?cust(?:a|am|ando)(?: .*)?|preco d[aeo]s? (?:meus?|minhas?) .*")
_WHICH_MONTH = said(
    r"(?:qual|quais|em que|n[oa] qual|que)(?: foi| e)? (?:d?os? )?(?:mes(?:es)?|dia)"
    r"(?! passado| que vem| retrasado| anterior)"
    r"|mes(?:es)? (?:em )?que .*|mes (?:com|de) (?:mais|menos|maior|menor).*"
    r"|mes mais (?:caro|gast\w+|pesad\w+|barato|economic\w+|salgad\w+)"
)
_LEFT_OVER = said(
    r"sobr(?:ou|aram)|economizei|economizamos|rest(?:ou|aram)|(?:balanco|resumo|fechamento) d[eoa]s? .*"
    r"|(?:fiquei|fechei|terminei|acabei|fechamos|ficamos|terminamos) .*(?:azul|vermelho|negativ[oa]|positiv[oa])(?: .*)?"
    r"|(?:gast\w+|paguei|saiu) .*(?:mais|menos) .*que (?:eu |o que )*(?:ganh|receb|entr)\w+(?: .*)?"
    r"|(?:ganh\w+|receb\w+|entrou) .*(?:mais|menos) .*que (?:eu |o que )*(?:gast|pag|sai)\w+(?: .*)?"
)
_CREDIT_AND_DEBIT = said(
    r"credito .*\b(?:e|ou|versus|vs|x)\b.* debito(?! automatico).*|debito .*\b(?:e|ou|versus|vs|x)\b.* credito.*"
)
_TOP_PLACES = said(
    r"(?:top|ranking|maiores|principais)(?: \d+| de| d[aoe]s)*"
    r" (?:lojas|estabelecimentos|lugares|comercios|locais|fornecedores)"
)
_ENDS = said(
    r"(?:quando|que mes|que dia|ate quando|em que mes) .*(?:acab|termin|encerr|quit)\w*.*|(?:acab|termin)\w+ quando"
    r"|ultim[oa] (?:parcela|prestacao)"
)

_AHEAD = said(
    r"(?:vou|vai|vao|vamos|irei|consigo|sera|deve|devo|devera|devem).* (?:fechar|terminar|acabar|sobrar|faltar|aguentar"
    r"|durar|ficar|chegar|ter|gastar|receber) ?.*"
    r"|previsao|prever|projecao|(?:no|ao) (?:azul|vermelho)|sobrara|terei|chego ao fim.*|(?:vou|vai"
    r"|posso) .*(?:negativ[oa]|vermelho|azul)|.*vai dar (?:para|certo).*|da para pagar.*|quanto vai .*sobr\w+.*"
    r"|(?:quanto )?(?:vai )?sobra(?:r|ra)? (?:no"
    r"|ate o|ao) fim.*"
)
_LASTS = said(r"chega|chego|dura|aguenta|sobra|falta|da|dinheiro|saldo|grana|vou|vai")
_HAPPENED = said(r"gastei|paguei|comprei|recebi|mandei|enviei|ganhei")
_FIXED = said(
    r"quando(?: .*)?|faz quanto tempo.*|ha quanto tempo.*|que dia .*|em que dia .*|em que data .*"
    r"|qual (?:foi )?(?:o dia|a data).*|.*ultima vez.*|.*por ultimo.*|.*ultim[oa] (?:compra|gasto|pagamento|pix"
    r"|vez|saque|pedido|corrida|transferencia|recebimento|deposito|conta|boleto|_)?.*|.*mais recente.*"
)


_ENDS_PAYING = said(
    r"ate quando (?:eu |vou |ainda |tenho que )*pag\w+(?: .*)?"
    r"|(?:quando|que dia|que mes) .*(?:termin|acab|quit|liquid)(?:o|a|ar|amos|arei)(?: de pagar)?(?: .*)?"
)
_ASKS_WHO = said(r"quem")
_PLACE_OF_MOST = re.compile(rf"\b{PLACE} (?:em que|onde|que|n[oa] qual) (?:eu )?(?:mais|menos) ")


def _asks_who(parts: Parts) -> bool:
    """*Recebi Pix de quem*: the rows, not their sum."""
    moves_money = parts.has("sent", "income", "from_them") or "PIX" in parts.subjects.operations
    is_one = parts.has("count", "last", "first", "average", "biggest")
    return bool(_ASKS_WHO(parts)) and moves_money and not is_one and not parts.subjects.texts


_FALLS_DUE = said(
    r"(?:quando|que dia|em que dia|qual o dia) .*(?:fecha|vence|vira)(?: .*)?|(?:fecha|vence|vira) quando"
)


def _when_due(parts: Parts) -> bool:
    """*Quando o Nubank fecha*: only a card does."""
    is_card = all(one.bank or one.holds == "card" for one in parts.scope.each)
    return is_card and bool(_FALLS_DUE(parts)) and not parts.has_subject and not parts.has("bill", "instalments")


def _is_left_to_pay(parts: Parts) -> bool:
    named = parts.subjects.brands or parts.subjects.texts
    is_left = re.search(r"\b(?:falta\w*|devo|resta\w*|quitar)\b", parts.text) is not None
    if named and _ENDS_PAYING(parts) and not parts.has("bill"):
        return True
    return parts.has("left") and bool(named) and not parts.has("bill") and is_left


def _asks_balance(parts: Parts) -> bool:
    if parts.has("spend", "sent", "income", "from_them", "yields", "bill", "limit", "instalments"):
        return False
    if parts.has("saved"):
        return not parts.has_subject
    return _ASKS_FOR_BALANCE(parts) and not parts.has_subject and not (parts.has("others") and parts.subjects.texts)


def _lists_by_amount(parts: Parts) -> bool:
    """*Gastos acima de 100 reais*, where no sum is asked for."""
    return (
        (parts.above is not None or parts.below is not None)
        and (
            parts.has("spend", "income", "from_them", "sent", "weak", "list")
            or parts.has_subject
            or parts.scope.is_narrow
        )
        and not parts.has("how_much", "count", "average", "compare", "last", "first", "biggest")
    )


_CAME = said(r"(?:ja |ainda |nao )*ca(?:iu|iram)")
_BY_HOW_MUCH = said(r"quanto .*|em relacao(?: .*)?|comparad[oa](?: .*)?|(?:do )?que .*")


def _is_compare(parts: Parts) -> bool:
    if parts.subjects.income and len(parts.periods) < 2 and _CAME(parts) and not _BY_HOW_MUCH(parts):
        return False  # *meu salário caiu*: it came
    if _PART_OF_ROWS(parts) and len(parts.periods) < 2:
        return False
    if len(parts.periods) >= 2 and " e quanto " in parts.text:
        return True
    if len(parts.periods) >= 2:
        return parts.has("compare", "more") or bool(OR.search(parts.text))
    if parts.has("places", "by_place", "by_category") and parts.has("where", "most"):
        return False
    return (
        parts.has("compare")
        and not parts.has("by_account")
        and (parts.has("spend", "income", "sent") or parts.has_subject)
        and not parts.above
        and not parts.below
    )


def _is_top(parts: Parts) -> bool:
    if parts.has("by_category", "by_place") and (parts.has("spend", "most") or "categoria" in parts.text):
        return not parts.subjects.categories or parts.has("most")
    if _TOP_PLACES(parts) or (_PLACE_OF_MOST.search(parts.text) and parts.has("spend", "weak")):
        return True
    asks = parts.has("where", "places")
    return asks and parts.has("most") and parts.has("spend", "weak", "most") and not parts.above


def _is_average(parts: Parts) -> bool:
    asks = parts.has("average", "per_purchase", "per_day", "per_week")
    return asks and (parts.has("spend", "income", "sent", "weak", "how_much") or parts.has_subject)


def _is_biggest(parts: Parts) -> bool:
    return parts.has("biggest", "smallest") and (parts.has("spend", "sent", "income", "from_them") or parts.has_subject)


#: *O Bruno recebeu de mim*: sent, seen from the other side.
_FROM_ME = said(r"(?:recebeu|receberam|ganhou|ganharam|levou|pegou|pegaram) (?:\w+ ){0,3}?(?:de mim|meu|da minha mao)")


def _is_paid_to(parts: Parts) -> bool:
    found = parts.subjects
    if found.texts and _FROM_ME(parts):
        return True
    if parts.has("sent") or (found.operations and found.operations[0] in {"PIX", "TRANSFER"} and found.texts):
        return not parts.has("income", "from_them")
    to_somebody = re.search(r"\b(?:paguei|pago|pagamos|pagar) (?:\w+ ){0,4}?(?:para|ao|a) ", parts.text)
    return bool(to_somebody and found.texts and not found.categories and not found.brands)


def _is_spent(parts: Parts) -> bool:
    if parts.has("spend") or (parts.has("how_much") and parts.has("weak")):
        return True
    if parts.has("how_much") and parts.scope.holds == "card" and parts.period is not None:
        return True
    return (
        parts.has_subject
        and not parts.subjects.income
        and (parts.has("how_much", "weak", "sent") or parts.period is not None or bool(parts.subjects.verbs))
    )


def _speaks_of_rows(parts: Parts) -> bool:
    return parts.has("spend", "sent", "income", "from_them", "weak") or parts.has_subject


def _is_instalments(parts: Parts) -> bool:
    asks = parts.has("left", "count", "how_much", "list", "to_come") or "quantas" in parts.text
    return parts.has("instalments") and (asks or bool(_ENDS(parts))) and not _HAPPENED(parts)


def _is_card_use(parts: Parts) -> bool:
    is_card = parts.has("limit") or all(one.holds == "card" for one in parts.scope.each)
    return is_card and bool(_STILL_TO_USE(parts)) and not parts.has("bill", "per_day", "month_end", "spend")


_NEXT_MONTH = said(r"(?:mes|semana|ano) que vem|proxim[oa] (?:mes|semana|ano)")


def _is_next_month(parts: Parts) -> bool:
    """No row is of then yet: what is expected is the nearest to it."""
    return bool(_NEXT_MONTH(parts)) and not parts.periods


def _is_month_of_most(parts: Parts) -> bool:
    asks = (
        parts.has("which") and parts.has("more", "most", "biggest", "smallest", "compare") and bool(_WHICH_MONTH(parts))
    )
    told = parts.has("spend", "weak", "income", "sent") or parts.has_subject or "mes mais" in parts.text
    return asks and told and len(parts.periods) < 2 and not parts.has("bill", "not", "instalments", "limit", "places")


def _is_left_over(parts: Parts) -> bool:
    """*Sobrou quanto em outubro*: of a month that has been."""
    of_rows = parts.has("bill", "limit", "instalments", "budget", "left", "saved") or parts.scope.holds
    if re.search(r"\b(?:resumo|balanco|fechamento)\b", parts.text) and parts.has(
        "spend", "income", "by_category", "sent"
    ):
        return False
    return bool(_LEFT_OVER(parts)) and bool(parts.periods) and not of_rows and not parts.subjects.categories


def _is_price(parts: Parts) -> bool:
    found = parts.subjects
    is_own = bool(found.brands) or re.search(r"\b(?:meus?|minhas?|me cust\w+)\b", parts.text)
    return bool(_PRICE(parts)) and bool(is_own) and bool(found.brands or found.categories) and not parts.periods


def _is_choice(parts: Parts) -> bool:
    """*Mais no Uber ou na 99*: which of the two."""
    asks = parts.has("more") and bool(OR.search(parts.text)) and parts.above is None
    return asks and len(parts.subjects.brands) > 1 and not parts.subjects.categories and len(parts.periods) < 2


def _is_by_account(parts: Parts) -> bool:
    if _SPEAKS_OF_BALANCE(parts) or _WHICH_BILLS(parts):
        return False
    if _CREDIT_AND_DEBIT(parts) and not parts.scope.others and not parts.scope.brand:
        return parts.has("spend", "weak", "income")
    if parts.has("by_account"):
        asks = parts.has("how_much") and not _ASKS_FOR_BALANCE(parts)
        return asks or parts.has("spend", "weak", "income")
    is_card = all(one.holds == "card" for one in parts.scope.each)
    asks = parts.has("how_much") and (is_card or parts.has_subject)
    is_one_row = parts.has("count", "list", "last", "first", "biggest")
    return bool(parts.scope.others) and (asks or parts.has("spend", "weak", "income")) and not is_one_row


def _is_list(parts: Parts) -> bool:
    asks = parts.has("spend", "sent", "income", "from_them") or parts.has_subject
    asks = asks or re.search(r"\b(?:extrato|lancamentos|movimentacoes|transacoes)\b", parts.text) is not None
    says_so = re.search(
        r"\b(?:mostr\w+|list\w+|quais|detalh\w+|relacao d\w+|rol d\w+|historico|demonstrativo|extrato|ver|quero|ultim[oa]s"
        r"|quem)\b",
        parts.text,
    )
    if _WHICH_BILLS(parts) and parts.has("spend"):
        return True
    return parts.has("list") and asks and (bool(says_so) or not parts.has("how_much"))


_RULES: tuple[tuple[Callable[[Parts], bool], Callable[[Parts], Made]], ...] = (
    (lambda p: p.has("fresh") and _DATED(p) and not p.has("spend", "sent"), make.plain(Kind.DATA_AGE)),
    (moves.is_refund, moves.refund),
    (moves.is_own_transfer, moves.own_transfer),
    (lambda p: p.scope.holds in {"pots", "kept"} and not p.has("yields", "without_kept", "income"), make.kept),
    (_is_instalments, cards.instalments),
    (lambda p: p.has("budget"), make.budget),
    (lambda p: _STILL_TO_SPEND(p) and bool(p.subjects.categories), make.budget),
    (_is_card_use, cards.limit),
    (_STILL_TO_SPEND, make.plain(Kind.ALLOWANCE)),
    (lambda p: p.has("limit"), cards.limit),
    (lambda p: p.has("bill") and p.has("biggest", "smallest") and not p.has("average", "spend"), cards.extreme_bill),
    (
        lambda p: (p.has("bill") or p.due is not None or p.closes is not None) and not p.has("biggest", "average"),
        cards.bill,
    ),
    (lambda p: p.has("month_end") and bool(_AHEAD(p)) and not _HAPPENED(p), make.forecast),
    (_is_left_over, make.left_over),
    (lambda p: p.has("left") and p.scope.holds == "card" and not p.has_subject, cards.bill),
    (_is_left_to_pay, cards.instalments),
    (
        lambda p: (
            bool(_RECURS(p))
            and (bool(_FOR_EXAMPLE(p)) or not (p.subjects.brands or p.subjects.texts or p.subjects.categories))
        ),
        make.subscriptions,
    ),
    (lambda p: wealth.is_invested(p) and bool(wealth.is_part_of_wealth(p)), make.plain(Kind.INVESTED)),
    (wealth.is_in_savings, make.balance),
    (_when_due, cards.bill),
    (wealth.is_worth, make.plain(Kind.NET_WORTH)),
    (
        lambda p: (
            (p.has("debts") or bool(_HAS_LOAN(p)))
            and not p.has("bill")
            and not p.subjects.texts
            and not p.subjects.brands
        ),
        make.plain(Kind.DEBTS),
    ),
    (wealth.is_invested, make.plain(Kind.INVESTED)),
    (lambda p: bool(_AHEAD(p)) and not _HAPPENED(p), make.forecast),
    (lambda p: p.has("month_end") and bool(_LASTS(p)), make.forecast),
    (_is_next_month, lambda p: (make.forecast(p)[0], False)),
    (_is_month_of_most, make.month_of_most),
    (_is_compare, make.compare),
    (_is_average, make.average),
    (_is_price, make.price),
    (_is_by_account, make.by_account),
    (_is_choice, make.choice),
    (_is_top, make.top),
    (lambda p: p.has("begin") or (p.has("first") and "ultim" not in p.text), make.first_of),
    (lambda p: p.has("last") and bool(_FIXED(p)) and _speaks_of_rows(p), make.last_of),
    (lambda p: p.has("count") and _speaks_of_rows(p), make.count_of),
    (_is_biggest, make.biggest),
    (_is_list, make.list_of),
    (_asks_who, make.list_of),
    (lambda p: BOTH_WAYS.search(p.text) is not None, make.list_of),
    (_lists_by_amount, make.list_of),
    (_asks_balance, make.balance),
    (lambda p: p.has("yields"), make.income),
    (lambda p: p.has("from_them"), make.received),
    (_is_paid_to, make.paid_to),
    (lambda p: p.has("income") and not p.has("spend"), make.income),
    (lambda p: bool(p.subjects.income) and not p.subjects.categories and not p.has("spend"), make.income),
    (lambda p: p.has("fees") and p.has("spend", "how_much", "fees") and not p.subjects.categories, make.fees),
    (_is_spent, make.spent),
    (lambda p: p.has_subject and not p.subjects.texts, lambda p: (make.spent(p)[0], False)),
)
