"""Which kind of question a sentence's parts make: a table of rules, the first that fits counts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from open_finance.asking import kinds as make
from open_finance.asking import kinds_cards as cards
from open_finance.asking import moves
from open_finance.asking.kinds import BOTH_WAYS, OR, Made
from open_finance.asking.parts import Parts
from open_finance.asking.question import Kind, Question


def question_of(parts: Parts) -> tuple[Question | None, bool]:
    """The question, and whether that is certain; None: it is about nothing that we know."""
    for applies, made in _RULES:
        if applies(parts):
            return made(parts)
    return None, False


def _word(text: str) -> Callable[[Parts], bool]:
    pattern = re.compile(rf"(?<!\S)(?:{text})(?!\S)")
    return lambda parts: pattern.search(parts.text) is not None


_ASKS_FOR_BALANCE = _word(
    r"saldos?|(?:quanto|que|quanta) (?:(?:de |em )?(?:dinheiro|grana) )?(?:eu |me |ainda |que )*(?:tenho|temos|tem|ha"
    r"|sobrou|resta|restou|ficou|possuo)(?: .*)?|(?:eu )?(?:tenho|tem) (?:quanto|(?:algum )?dinheiro"
    r"|grana)(?: .*)?|(?:dinheiro|grana|valor) (?:disponivel|livre|em conta|na conta|nas contas|que (?:eu )?tenho)(?: .*)?"
)
_HAS_LOAN = _word(
    r"(?:tenho|temos|tem|ha|existe|possuo|estou com|algum|alguns|quais|meus)(?: (?:algum|alguns|meu|meus|os|um))* "
    r"(?:emprestimos?|financiamentos?|consignados?)(?: (?:em aberto|ativos?|no meu nome|para pagar|em meu nome|ainda))*"
)
_WHICH_BILLS = _word(r"(?:que|quais|qual)(?: foram| sao)?(?: as| a)? contas? (?:.* )?(?:pag\w+|venc\w+)")
_DATED = _word(r"dados|informac\w+|saldo|extrato|contas?|bancos?|atualiz\w+|sincroniz\w+")
_RECURS = _word(
    r"assinaturas?|mensalidades|(?:gastos?|pagamentos?|despesas?|cobrancas?) (?:recorrentes?|fix[oa]s?)"
    r"|recorrentes?|assino"
)
_SPEAKS_OF_BALANCE = _word(r"saldos?")
_STILL_TO_SPEND = _word(
    r"quanto (?:eu )?(?:ainda )?posso|(?:ainda )?(?:posso|da para|consigo|pode) (?:eu |ainda )*(?:gastar"
    r"|torrar).*|.*(?:sobra"
    r"|livre|disponivel|tenho) para gastar.*|.*pode ser gasto.*|quanto sobra por dia"
    r"|(?:posso|podemos|pode|podendo|poderei|poderia|poderiamos|podia|da|daria|dava|dara|consigo|conseguimos|conseguiria"
    r"|conseguirei|conseguindo)(?: (?:eu|ainda|so|para|ate|no maximo|mais|quanto|a gente|nos|hoje|por dia|de))* (?:gastar"
    r"|torrar)(?: .*)?"
)
#: The same of a card: what may still be bought with it.
_STILL_TO_USE = _word(
    r"(?:posso|podemos|pode|podendo|poderei|poderia|podia|da|daria|dava|dara|consigo|conseguiria|tenho|sobra|sobrou|resta"
    r"|restou|livre|disponivel)(?: (?:eu|ainda|so|para|ate|no maximo|mais|quanto|de|limite|credito))* (?:gastar|usar"
    r"|comprar|passar|torrar|utilizar)(?: .*)?"
)
#: *Do que gastei* is a whole of which a part is asked for; *mais do que gastei* compares.
_PART_OF_ROWS = _word(
    r"(?:(?<!mais )(?<!menos )(?<!maior )(?<!menor )do|de tudo|daquilo)(?: total)?(?: o)? que (?:eu |a gente |nos |ja |me )*"
    r"(?:gast|pag|torr|sai|compr|desembols|receb|entr|ganh|transfer|mand)\w*"
)
_PART_OF_WEALTH = _word(
    r"(?:quanto|quanta|que parte|parte|fatia|pedaco|porcao)(?: .*)? d[aoe]s? (?:tudo )?(?:o |que )?(?:meus? |minhas? )?"
    r"(?:patrimonio|dinheiro|grana|riqueza|fortuna|bens|capital|eu tenho|tenho)(?: .*)?"
)
_OWES = r"(?:devo|dividas?|passivos?|debitos|obrigacoes|estou devendo)"
_OWNS = (
    r"(?:ativos?|bens|patrimonio|(?<!que )tenho(?! que| de pagar| para pagar)|possuo|fico|ficaria|ficava|sobra|sobraria"
    r"|sobrava|resta(?:ria)?)"
)
_TAKES = (
    r"(?:tir[aeo]\w*|retir\w+|descont\w+|subtra\w+|abat\w+|menos|pag(?:ar|asse|ando|o)|quit(?:ar|asse|ando|o)|sem|zer\w+"
    r"|liquid\w+|deduz\w+)"
)
_PRICE = _word(r"(?:quanto )?(?:esta |anda )?(?:me )?cust(?:a|am|ando)(?: .*)?|preco d[aeo]s? (?:meus?|minhas?) .*")
_WHICH_MONTH = _word(
    r"(?:qual|quais|em que|n[oa] qual|que)(?: foi| e)? (?:d?os? )?(?:mes(?:es)?|dia)"
    r"(?! passado| que vem| retrasado| anterior)"
    r"|mes(?:es)? (?:em )?que .*|mes (?:com|de) (?:mais|menos|maior|menor).*"
    r"|mes mais (?:caro|gast\w+|pesad\w+|barato|economic\w+|salgad\w+)"
)
_LEFT_OVER = _word(r"sobr(?:ou|aram)|economizei|economizamos|rest(?:ou|aram)")
_CREDIT_AND_DEBIT = _word(
    r"credito .*\b(?:e|ou|versus|vs|x)\b.* debito(?! automatico).*|debito .*\b(?:e|ou|versus|vs|x)\b.* credito.*"
)
_TOP_PLACES = _word(
    r"(?:top|ranking|maiores|principais)(?: \d+| de| d[aoe]s)*"
    r" (?:lojas|estabelecimentos|lugares|comercios|locais|fornecedores)"
)
_ENDS = _word(
    r"(?:quando|que mes|que dia|ate quando|em que mes) .*(?:acab|termin|encerr|quit)\w*.*|(?:acab|termin)\w+ quando"
)

_AHEAD = _word(
    r"(?:vou|vai|vamos|irei|consigo|sera|devo).* (?:fechar|terminar|acabar|sobrar|faltar|aguentar|durar|ficar"
    r"|chegar|ter|gastar|receber) ?.*"
    r"|previsao|prever|projecao|(?:no|ao) (?:azul|vermelho)|sobrara|terei|chego ao fim.*|(?:vou|vai"
    r"|posso) .*(?:negativ[oa]|vermelho|azul)|.*vai dar (?:para|certo).*|da para pagar.*|quanto vai .*sobr\w+.*"
    r"|(?:quanto )?(?:vai )?sobra(?:r|ra)? (?:no"
    r"|ate o|ao) fim.*"
)
_LASTS = _word(r"chega|chego|dura|aguenta|sobra|falta|da|dinheiro|saldo|grana|vou|vai")
_HAPPENED = _word(r"gastei|paguei|comprei|recebi|mandei|enviei|ganhei")
_FIXED = _word(
    r"quando(?: .*)?|faz quanto tempo.*|ha quanto tempo.*|que dia .*|em que dia .*|em que data .*"
    r"|qual (?:foi )?(?:o dia|a data).*|.*ultima vez.*|.*por ultimo.*|.*ultim[oa] (?:compra|gasto|pagamento|pix"
    r"|vez|saque|pedido|corrida|transferencia|recebimento|deposito|conta|boleto|_)?.*|.*mais recente.*"
)


_NET: Final = _word(
    r"(?:ativos?|bens|tudo|o que (?:eu )?tenho|dinheiro|aplicac\w+|investimentos?) (?:.* )?(?:menos|tirando|descontando"
    r"|subtraindo|sem|abatendo|tirar|descontar) .*(?:dividas?|passivos?|devo|obrigacoes|faturas?)(?: .*)?"
    r"|(?:tirando|descontando|abatendo|pagando|quitando|sem) (?:todas |as |minhas |o que eu |o que |tudo que )*"
    r"(?:dividas|passivos|devo),? (?:.* )?(?:quanto|sobra|tenho|resta).*"
)


def _is_net(parts: Parts) -> bool:
    """What one has less what one owes, whichever is said first."""
    said = (re.search(rf"\b{each}\b", parts.text) for each in (_OWES, _OWNS, _TAKES))
    return all(said) and not parts.has("bill", "spend", "income") and not parts.has_subject


def _is_invested(parts: Parts) -> bool:
    if not parts.has("invested") or parts.has("spend", "income"):
        return False
    return bool(_PART_OF_WEALTH(parts)) or not _is_worth(parts)


def _is_worth(parts: Parts) -> bool:
    if (_NET(parts) and parts.has("debts", "worth", "left")) or _is_net(parts):
        return True
    asks_of_all = re.search(r"\b(?:somando|juntando) tudo\b", parts.text) and parts.has("have")
    of_rows = parts.has("spend", "debts", "income", "bill") or parts.has_subject
    return parts.has("worth") or bool(asks_of_all and not of_rows)


def _is_left_to_pay(parts: Parts) -> bool:
    named = parts.subjects.brands or parts.subjects.texts
    is_left = re.search(r"\b(?:falta\w*|devo|resta\w*|quitar)\b", parts.text) is not None
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


def _is_compare(parts: Parts) -> bool:
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
    if _TOP_PLACES(parts):
        return True
    asks = parts.has("where", "places")
    return asks and parts.has("most") and parts.has("spend", "weak", "most") and not parts.above


def _is_average(parts: Parts) -> bool:
    asks = parts.has("average", "per_purchase", "per_day", "per_week")
    return asks and (parts.has("spend", "income", "sent", "weak", "how_much") or parts.has_subject)


def _is_biggest(parts: Parts) -> bool:
    return parts.has("biggest", "smallest") and (parts.has("spend", "sent", "income", "from_them") or parts.has_subject)


def _is_paid_to(parts: Parts) -> bool:
    found = parts.subjects
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


def _is_month_of_most(parts: Parts) -> bool:
    asks = (
        parts.has("which") and parts.has("more", "most", "biggest", "smallest", "compare") and bool(_WHICH_MONTH(parts))
    )
    told = parts.has("spend", "weak", "income", "sent") or parts.has_subject or "mes mais" in parts.text
    return asks and told and len(parts.periods) < 2 and not parts.has("bill", "not", "instalments", "limit", "places")


def _is_left_over(parts: Parts) -> bool:
    """*Sobrou quanto em outubro*: of a month that has been."""
    of_rows = parts.has("bill", "limit", "instalments", "budget", "left", "saved") or parts.scope.holds
    return bool(_LEFT_OVER(parts)) and bool(parts.periods) and not of_rows


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
    (_is_left_over, make.left_over),
    (lambda p: p.has("left") and p.scope.holds == "card" and not p.has_subject, cards.bill),
    (_is_left_to_pay, cards.instalments),
    (
        lambda p: bool(_RECURS(p)) and not (p.subjects.brands or p.subjects.texts or p.subjects.categories),
        make.subscriptions,
    ),
    (lambda p: _is_invested(p) and bool(_PART_OF_WEALTH(p)), make.plain(Kind.INVESTED)),
    (lambda p: p.scope.holds == "savings" and bool(_PART_OF_WEALTH(p)), make.kept),
    (_is_worth, make.plain(Kind.NET_WORTH)),
    (
        lambda p: (
            (p.has("debts") or bool(_HAS_LOAN(p)))
            and not p.has("bill")
            and not p.subjects.texts
            and not p.subjects.brands
        ),
        make.plain(Kind.DEBTS),
    ),
    (_is_invested, make.plain(Kind.INVESTED)),
    (lambda p: bool(_AHEAD(p)) and not _HAPPENED(p), make.forecast),
    (lambda p: p.has("month_end") and bool(_LASTS(p)), make.forecast),
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
