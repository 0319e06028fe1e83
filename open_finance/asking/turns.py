"""Turns of phrase that are read before all single words, for they change what these mean. Pure.

*Sem contar a caixinha*, *a fatura que vence dia 10*, *corridas de Uber*, *de setembro pra outubro*.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from open_finance.asking.sentence import Sentence
from open_finance.reading.statement_query import LONG_MONTHS, MONTH_NUMBERS, SHORT_MONTHS, Period, month_of, next_month

#: What comes before something that is not to be counted.
LEAVES_OUT: Final = (
    r"(?:sem(?: (?:contar|incluir|considerar|somar|levar em conta|colocar|por|botar|mexer|ser))?|tirando|retirando|fora"
    r"|exceto|excluindo|ignorando|desconsiderando|descontando|menos(?! com )|salvo|a nao ser|com excecao|tirar|tira|tire"
    r"|nao (?:conte|conta|contando|contar|inclua|inclui|incluindo|considere|considerando|some|somando)|e nao"
    r"|que nao (?:seja|sejam|for|e|esta|estao))(?: com| em| de| d[ao]s?| n[ao]s?)?"
)
_THE: Final = r"(?: (?:a|o|as|os|meu|minha|meus|minhas|tudo|com|da|do|de|em|no|na|nos|nas))*"
_KEPT: Final = (
    r"(?:(?:que |eu |ja |esta |estao |tenho |tem |deixei |o |dinheiro |grana |valor )*(?:guardad[oa]s?|aplicad[oa]s?"
    r"|investid[oa]s?|poupad[oa]s?|reservad[oa]s?|separad[oa]s?|guardei|poupei|economizei|investi"
    r"|apliquei|juntei|reservei)(?: (?:em |n)?(?:a|as|minha|minhas)? ?"
    r"(?:caixinhas?|poupancas?|cofrinhos?))?"
    r"|(?:o |dinheiro |grana |valor )*que (?:eu )?(?:esta|tem|tenho|ha|fica|deixei|coloquei|ta) (?:la )?(?:em|n)"
    r"(?:a|as)? ?(?:minhas? )?"
    r"(?:caixinhas?|poupancas?|cofrinhos?|reservas?)"
    r"|caixinhas?|cofrinhos?|porquinhos?|poupancas?|reservas?(?: de emergencia)?"
    r"|guardados|economias|investimentos?|aplicac(?:ao|oes))(?: d[aoe] (?:caixa|nubank|nu|itau))?"
)
_WITHOUT_KEPT: Final = re.compile(rf"(?<!\S){LEAVES_OUT}{_THE} {_KEPT}(?!\S)")
_CARD: Final = (
    r"(?:limites?(?: d[aoe]s? cart(?:ao|oes))?|cart(?:ao|oes)(?: de credito)?|credito|cheque especial|faturas?)"
)
_WITHOUT_CARD: Final = re.compile(rf"(?<!\S){LEAVES_OUT}{_THE} {_CARD}(?! d[aoe] (?!que(?!\S)))(?!\S)")

#: Rides, trips and orders of somebody are counted; they are no travels.
_COUNTED: Final = re.compile(
    r"(?<!\S)(?<!cada )(?<!por )viage(?:m|ns)"
    r"(?= (?:que )?(?:eu )?(?:fiz |peguei |pedi |andei )?(?:de |do |da |com |no |na |pelo |pela |em |por )(?:o |a )?"
    r"(?:uber|99|99pop|cabify|indrive|taxi|app|aplicativo|onibus|metro|trem)(?!\S))"
)

#: Who pays wages, or how these come, said without their name.
_PAYER: Final = r"(?:firma|empresa|patrao|patroa|trampo|emprego|chefe|chefia|trabalho|empregador)"
_WAGES: Final = re.compile(
    rf"(?<!\S)(?:(?:a|o|meu|minha) )*{_PAYER} (?:ja |ainda |me )*(?:pagou|depositou|mandou|creditou|soltou|liberou"
    r"|transferiu)"
    r"(?: (?:o |meu |o meu )?(?:salario|pagamento))?(?!\S)"
    r"|(?<!\S)(?:caiu|pingou|entrou|recebi|chegou|saiu|veio|bateu|cair|depositaram|creditaram)(?: ja)? (?:o |meu |de )*"
    r"pagamento(?! d[aeo]s? )(?!\S)"
    r"|(?<!\S)(?:o |meu )+pagamento (?:ja |ainda |nao )*(?:caiu|pingou|entrou|chegou|saiu|veio|bateu)(?!\S)"
)

_MONTH: Final = rf"(?:{'|'.join((*LONG_MONTHS, *SHORT_MONTHS))})"
_DUE_WORD: Final = r"(?:vence(?:u|ndo|ra|m)?|vencer|vencimento|vencid[oa]s?)"
_DUE: Final = re.compile(
    rf"(?<!\S)(?:que |com |de |do |tem |a )*({_DUE_WORD})(?: (?:agora|em|no|o|para|de|do|a|e|la|esta|so|ja|pro))*"
    rf"(?: dia)? (?:(\d{{1,2}})(?:o)?(?:/(\d{{1,2}})(?:/\d{{2,4}})?| (?:de |do )(?:mes de )?({_MONTH}))?|({_MONTH})"
    r"|(mes que vem|proximo mes|mes seguinte)|((?:est|ess)e mes|mes atual))(?!\S)"
)
_OF_BILL: Final = re.compile(r"(?<!\S)(?:faturas?|cart(?:ao|oes)|boleto)(?!\S)")

#: Between two months that are compared.
_TO_MONTH: Final = re.compile(
    rf"(?<!\S)(?:para|ate|a|ao|e)(?= (?:o |a )?(?:mes |agora|este |esse |esta |essa |em |{_MONTH}(?!\S)))"
)

_AGAINST: Final = frozenset({"x", "vs", "versus", "contra", "com", "e", "para", "ou"})


def take_left_out(sentence: Sentence) -> set[str]:
    """``without_kept``: what is saved does not count; ``without_card``: cards do not."""
    found = set()
    if sentence.take_all(_WITHOUT_KEPT, "left out"):
        found.add("without_kept")
    if sentence.take_all(_WITHOUT_CARD, "left out"):
        found.add("without_card")
    return found


#: What comes before something that counts as well: it changes nothing.
_COUNTS_TOO: Final = (
    r"(?<!\S)(?<!nao )(?<!sem )(?:(?:ja|e|tudo|inclusive) )*(?:contando|incluindo|considerando|inclusive|somando)"
    r"(?: ja| com| tambem)*(?: (?:o|os|a|as|meu|meus|todo|todos|tudo))*"
)
_PAYMENT: Final = (
    r"(?:(?:o |os |a |as )?(?:cart(?:ao|oes)(?: de credito)?|credito|debito|faturas?|pix|boletos?|saques?))"
)
_REFUNDS: Final = r"(?:estornos?|reembolsos?|devoluc(?:ao|oes))"
_TAKEN_OFF: Final = r"(?:descont|tir|consider|cont)"
_CHARGES: Final = r"(?:iof|impostos?|spread|encargos?)"
_INCLUDED: Final = re.compile(
    rf"{_COUNTS_TOO} {_CHARGES}(?: d[aoe]s? (?!(?:{_MONTH}|cart\w+|mes|ano|semana|dia)(?!\S))[a-z]+)?"
    r"(?: em (?:dolar(?:es)?|euros?|moeda estrangeira|outra moeda))?(?!\S)"
    rf"|(?<!\S)(?:ja )?com (?:o |os )?{_CHARGES} (?:ja )?(?:inclus[oa]s?|junto|incluid[oa]s?|embutid[oa]s?)(?!\S)"
    rf"|{_COUNTS_TOO} {_PAYMENT}(?:(?: e| ou| mais)? {_PAYMENT})*"
    r"(?= (?:em|n[oa]|este|esse|esta|essa|de|hoje|ontem)(?!\S)|$)"
)


_REFUNDS_OFF: Final = re.compile(
    rf"(?<!\S)(?<!sem )(?:(?:ja|e) )*(?:{_TAKEN_OFF}(?:ando|ad[oa]s?)|abat(?:endo|id[oa]s?)|menos){_THE} {_REFUNDS}(?!\S)"
    rf"|(?<!\S)(?:ja )?com{_THE} {_REFUNDS} (?:ja )?(?:{_TAKEN_OFF}(?:ando|ad[oa]s?)|abatid[oa]s?)(?!\S)"
)


def take_included(sentence: Sentence) -> set[str]:
    """*Já contando o IOF*, *incluindo o cartão*: all of it is counted anyway. ``refunds_off``: as refunds always are."""
    sentence.take_all(_INCLUDED, "marker")
    return {"refunds_off"} if sentence.take_all(_REFUNDS_OFF, "marker") else set()


_SPLIT: Final = re.compile(
    r"(?<!\S)(?:e )?(?:separ|divid|discrimin|detalh|agrup|organiz|distribu|quebr|desdobr|abert|soma)(?:ad|id)?[oa]s?"
    r"(?= (?:por|pel[oa]s?|em cada|de cada|entre|conforme) )"
)
_AMONG: Final = re.compile(r"(?<!\S)entre (?:os |as |cada |meus |minhas )*(?:cart(?:ao|oes)|contas?|bancos?)(?!\S)")


def take_split(sentence: Sentence) -> set[str]:
    """*Separados por cartão*: the word itself says nothing, what follows does."""
    if not sentence.take_all(_SPLIT, "marker"):
        return set()
    return {"split", "by_account"} if sentence.take(_AMONG, "marker") else {"split"}


_EVENT: Final = (
    r"(?:abastecimento|abastecida|almoco|jantar|janta|refeicao|lanche|cafe|consulta|sessao|aula|corte|recarga|lavagem|exame"
    r"|passeio|saida|role|noite|diaria|tanque|visita|rodada)"
)
_EACH_EVENT: Final = re.compile(
    rf"(?<!\S)(?:por(?= (?:um |uma )?{_EVENT}(?!\S))"
    rf"|(?:(?:a|em|por|de|para) )?cada(?= (?:{_EVENT}|saque|pix|transferencia|boleto|entrega|delivery|passagem)(?!\S)))"
)
_COSTS: Final = re.compile(
    r"(?<!\S)(?:me )?(?:sai|sao|sai a|custa|custam|fica|ficam|vem|da|dao)(?: (?:por|a|em))?(?!\S)"
)


def take_each(sentence: Sentence) -> set[str]:
    """*Por abastecimento*, *cada almoço*: of each purchase; the noun itself says what was bought."""
    if not sentence.take(_EACH_EVENT, "marker"):
        return set()
    sentence.take(_COSTS, "marker")
    return {"per_purchase"}


def take_counted(sentence: Sentence) -> set[str]:
    """``rides``: such are spoken of."""
    return {"rides"} if sentence.take_all(_COUNTED, "marker") else set()


def take_wages(sentence: Sentence) -> set[str]:
    """``wages``: they are asked for."""
    return {"wages", "income"} if sentence.take_all(_WAGES, "marker") else set()


_MOVES_MONEY: Final = re.compile(r"(?<!\S)(?:pix|teds?|transfer\w+|mand\w+|envi\w+|receb\w+)(?!\S)")
_OTHERS: Final = re.compile(
    r"(?<!\S)(?:para|a|aos|d[eoa]s?) (?:os |as )?(?:outr[oa]s|terceir[oa]s)(?: pessoas)?"
    r"(?! (?:contas?|bancos?|coisas?|gastos?|despesas?|d[eoa]|meus|minhas)(?!\S))(?!\S)"
)


def take_others(sentence: Sentence) -> None:
    """*O Pix que mandei pros outros*: to whom money goes anyway; no category of that name."""
    if _MOVES_MONEY.search(sentence.whole):
        sentence.take_all(_OTHERS, "marker")


_CLOSING: Final = re.compile(
    r"(?<!\S)(?:que |de |com |o )*(fecha(?:r|ra|ndo|mento)?|fechou|fechada|encerr(?:ou|ada|a)|vir(?:ou|a))"
    rf"(?: (?:ja|no|em|agora|la|so|o|n[oa] ultimo|ultimo))* dia (\d{{1,2}})(?:o)?(?:/(\d{{1,2}})(?:/\d{{2,4}})?"
    rf"| (?:de |do )(?:mes de )?({_MONTH})| (?:deste|desse|de este|de esse|do) mes)?(?!\S)"
)
_HAS_CLOSED: Final = frozenset({"fechou", "fechada", "encerrou", "encerrada", "virou"})


_BILL_OF_DAY: Final = re.compile(r"(?<!\S)faturas?(?: d[oae] \w+){0,2} do dia \d")
_OF_DAY: Final = re.compile(rf"(?<!\S)(do) dia (\d{{1,2}})(?:/(\d{{1,2}})| de ({_MONTH}))?(?!\S)")


def take_due(sentence: Sentence, today: date) -> Period | None:
    """When the bill that is meant is due: the next such day; of one that *venceu*, the latest. A day or a month."""
    if not _OF_BILL.search(sentence.whole):
        return None
    if _BILL_OF_DAY.search(sentence.whole) and (match := sentence.take(_OF_DAY, "marker")):
        return _day_or_none(match, today, is_past=False)
    match = sentence.take(_DUE, "marker")
    if match is None:
        return None
    is_past = match[1] in {"venceu", "vencida", "vencido"}
    if match[6]:
        return month_of(next_month(today))
    if match[7]:
        return month_of(today)
    if match[5]:
        month = month_of(date(today.year, MONTH_NUMBERS[match[5]], 1))
        return month_of(_nearest(month.start, month.end, today, is_past=is_past))
    return _day_or_none(match, today, is_past=is_past)


def take_closing(sentence: Sentence, today: date) -> Period | None:
    """The day on which the bill that is meant closes, or has closed."""
    if not _OF_BILL.search(sentence.whole):
        return None
    match = sentence.take(_CLOSING, "marker")
    return _day_or_none(match, today, is_past=match[1] in _HAS_CLOSED) if match else None


def _day_or_none(match: re.Match[str], today: date, *, is_past: bool) -> Period | None:
    try:
        return _day_of(match, today, is_past=is_past)
    except ValueError:
        return None


def _day_of(match: re.Match[str], today: date, *, is_past: bool) -> Period:
    day = int(match[2])
    if match[3] or match[4]:
        number = int(match[3]) if match[3] else MONTH_NUMBERS[match[4]]
        told = date(today.year, number, day)
        found = _nearest(told, told, today, is_past=is_past)
    else:
        this = today.replace(day=1)
        found = this.replace(day=min(day, month_of(this).end.day))
        if is_past and found > today:
            before = month_of(date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1))
            found = before.start.replace(day=min(day, before.end.day))
        elif not is_past and found < today:
            after = month_of(next_month(this))
            found = after.start.replace(day=min(day, after.end.day))
    return Period(found, found)


def _nearest(start: date, end: date, today: date, *, is_past: bool) -> date:
    """The same of the year in which it is to come, or has come."""
    if is_past and start > today:
        return start.replace(year=start.year - 1)
    if not is_past and (today - end).days > 92:
        return start.replace(year=start.year + 1)
    return start


def split_compared(sentence: Sentence) -> None:
    """*De setembro pra outubro* are two months that are compared, not all the days between them."""
    sentence.take_all(_TO_MONTH, "marker")
    words = sentence.words
    for at, word in enumerate(words):
        beside = {sentence.word(at - 1), sentence.word(at + 1)}
        if word in SHORT_MONTHS and beside & _AGAINST:
            words[at] = LONG_MONTHS[SHORT_MONTHS.index(word)]
