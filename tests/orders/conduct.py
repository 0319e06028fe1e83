"""How a person who wants something goes about it: by what the chat asks for, and by its buttons.

Buttons need no word of their own here: whatever leads on is pressed, what was pressed often is pressed less.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gerente_financeiro.app import COMMANDS
from sandbox.telegram_api.conversation import Message
from tests.canaries import CODE_MARK
from tests.orders.bank_page import visit
from tests.orders.order import Button, Order, buttons_of, verb_of
from tests.orders.people import TOKEN, Traveller

Json = dict[str, Any]
#: How likely something is, and how it is done.
Choice = tuple[float, Callable[[], str]]

CONNECT = "conectar_banco"
ASKS_A_NAME = "Como quer chamar"
#: What is typed in answer to these is kept, or looked for.
ASKS_FOR_WORDS = (ASKS_A_NAME, "O que quer anotar", "Como se chama a nova categoria", "O que você procura")
BUSY = "⏳"
PATIENCE = (10, 25, 40)
EXITS = ("Cancelar", "Fechar", "Não", "Sair", "Voltar")
#: A family of its own in a database of its own, slow to make: nothing of it leads to a bank.
ELSEWHERE = "demo"
#: What only shows what is stored leads nowhere: the commands, the verbs of the buttons.
READING = frozenset(
    {
        *("start", "ajuda", "saldo", "extrato", "categorias", "cancelar", ELSEWHERE, "ocultar", "cn_page"),
        *("x", "xa", "xc", "xd", "xf", "xp", "xq", "xr", "xv", "kb", "kc", "kf", "kg", "ki", "kl", "km", "kn", "kr"),
    }
)
DOORS = sorted({*COMMANDS} - READING)


def go_on(order: Order) -> str:
    """Somebody does what the chat asks for, some things in a row."""
    return act(order, order.people[0] if order.random.random() < 0.75 else order.random.choice(order.people))


def act(order: Order, person: Traveller) -> str:
    """This person does what the chat asks for, some things in a row."""
    lines = []
    for _ in range(order.random.choice((1, 1, 2, 3))):
        lines.append(_act(order, person))
        order.settle()
    return "; then ".join(lines)


def wait(order: Order, seconds: float) -> str:
    """In one or two goes: what is due on the way happens on the way, or late."""
    goes = order.random.choice((1, 1, 1, 2))
    for _ in range(goes):
        order.pass_time(seconds / goes)
    return f"{seconds:g} s have passed"


def anything(order: Order, person: Traveller) -> str:
    """What somebody may type at any moment, ids of items too. What is typed as a name is one, and will be kept."""
    items = [item.id for item in order.items]
    if items and order.random.random() < 0.1:
        return str(order.random.choice(items))
    said = [text_of(message) for message in order.telegram.messages(person.contact)]
    names = any(asked in text for asked in ASKS_FOR_WORDS for text in said)
    return person.chatter() if names else person.anything()


def calls_the_bot(button: Button) -> bool:
    """Whether it is one of those that are pressed here."""
    return bool(button.data) and not button.data.startswith(ELSEWHERE)


def _act(order: Order, person: Traveller) -> str:
    if order.is_unanswered(person):
        return wait(order, order.random.choice(PATIENCE))
    for message in order.said(person):
        asked, offered = _texts(order, person, message), _presses(order, person, message)
        if BUSY in text_of(message):
            return wait(order, order.random.choice(PATIENCE))
        if asked or offered:
            others: list[Choice] = [(0.5, partial(wait, order, order.random.choice(PATIENCE)))]
            others += [] if asked else [(0.5, partial(_turn, order, person))]
            choices = [*asked, *offered, *others]
            ((_, do),) = order.random.choices(choices, [weight for weight, _ in choices])
            return do()
    return _turn(order, person)


def _turn(order: Order, person: Traveller) -> str:
    """To something else: whoever has a bank has more to do with it than to connect another."""
    has_bank = any(item.client_user_id == str(person.user_id) for item in order.items)
    chance = 0.3 if has_bank else 0.8
    command = CONNECT if order.random.random() < chance else order.random.choice(DOORS)
    return order.write(person, f"/{command}")


# --- what is typed ---------------------------------------------------------------------------------------------------


def _bank(order: Order, person: Traveller) -> str:
    return str(order.random.choice(person.targets)["name"]).removesuffix(" Empresas")


def _code(order: Order, _person: Traveller) -> str:
    return TOKEN if order.random.random() < 0.8 else f"{CODE_MARK}{order.random.randrange(100):02d}"


def _item(order: Order, person: Traveller) -> str:
    """An item's id, of an item made elsewhere where there is one."""
    items = [item.id for item in order.items]
    known = [item for item in items if item in order.foreign] or items
    return order.random.choice(known) if known else anything(order, person)


#: What the bot asks for by these words → how likely it is done at once, and what is typed then. First come, first served.
QUESTIONS: dict[str, tuple[float, Callable[[Order, Traveller], str]]] = {
    "Qual banco você quer conectar": (8, _bank),
    "Chave de segurança": (10, _code),
    "Código da imagem": (10, _code),
    "código da conexão": (10, _item),
    ASKS_A_NAME: (3, lambda _order, _person: "Conta da casa"),
    "O que quer anotar": (3, lambda _order, _person: "presente de aniversário"),
    "Como se chama a nova categoria": (3, lambda _order, _person: "Coisas da casa"),
    "O que você procura": (3, lambda _order, _person: "padaria"),
    "De que valor": (3, lambda _order, _person: "50 a 100"),
}
ERASES = "digite APAGAR"
ERASED = "Tudo apagado"


def _erase(order: Order, person: Traveller) -> str:
    """Everything. Once it is called done, nothing may be left."""
    before = _erasures(order, person)
    line = order.write(person, "APAGAR")
    for seconds in (0, 5, 10, 60):
        order.pass_time(seconds)
        if _erasures(order, person) > before:
            order.remains += [f"of {person.user_id} in {table}" for table in order.rows.left_of(person.user_id)]
            order.counts["erased"] += 1
            break
    return line


def _erasures(order: Order, person: Traveller) -> int:
    """How many the person was told of."""
    return sum(ERASED in text_of(message) for message in order.telegram.messages(person.contact))


def _texts(order: Order, person: Traveller, message: Message) -> list[Choice]:
    """What the message asks to be typed."""
    text = text_of(message)
    if ERASES in text:
        return [(3, partial(_erase, order, person))]
    for question, (weight, answer) in QUESTIONS.items():
        if question in text:
            return [(weight, partial(order.write, person, answer(order, person)))]
    asked = _asked_field(order, text) if "Digite" in text else None
    return [(10, partial(order.write, person, _value(order, person, *asked)))] if asked else []


def _asked_field(order: Order, text: str) -> tuple[Json, bool] | None:
    """The credential that is asked for, and whether by a test bank: by its label, with the bank's own first."""
    named = text.partition("Digite")[2].casefold()
    fields = [(one, field) for one in order.pluggy.world.catalogue.values() for field in one["credentials"]]
    fitting = [(one, field) for one, field in fields if field["label"].casefold() in named]
    of_bank = [each for each in fitting if text.startswith(str(each[0]["name"]).removesuffix(" Empresas"))]
    best = max(of_bank or fitting, key=lambda each: len(each[1]["label"]), default=None)
    return None if best is None else (best[1], best[0]["isSandbox"])


def _value(order: Order, person: Traveller, field: Json, sandbox: bool) -> str:
    if order.random.random() < 0.85:
        return person.value_for(field, sandbox=sandbox)
    return anything(order, person)


# --- what is pressed -------------------------------------------------------------------------------------------------


def _presses(order: Order, person: Traveller, message: Message) -> list[Choice]:
    """The buttons of the message, those that lead on rather than out."""
    choices: list[Choice] = []
    wanted = {str(one["id"]) for one in person.targets}
    for button in buttons_of([message]):
        if button.link:
            choices.append((6, partial(visit, order, button.link)))
        elif calls_the_bot(button) and not any(exit_ in button.label for exit_ in EXITS):
            weight = 5 if button.data.rpartition(":")[2] in wanted else 0.2 if verb_of(button) in READING else 1
            before = sum(old.message is button.message and verb_of(old) == verb_of(button) for _, old in order.pressed)
            choices.append((weight / (1 + before), partial(order.press, person, button)))
    return choices


def text_of(message: Message) -> str:
    return str(message.body.get("text") or message.body.get("caption") or "")
