"""The screens of /conectar_banco: words and keyboard together. Pure: a conversation in, a screen out.

Verbs carry our own ids: a bank's, a connector's, a connection's, or the place in a list shown with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from telegram import InlineKeyboardButton

from gerente_financeiro.connect.state import Conversation
from gerente_financeiro.keyboards import (
    button,
    connect_button,
    keyboard,
    page_button,
    page_count,
    pager,
    reconnect_button,
    rows,
    see_request_button,
    url_button,
)
from gerente_financeiro.listing import of_bank as statement_of_bank
from gerente_financeiro.listing import of_news as statement_of_news
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.messages import reconnect as back_words
from gerente_financeiro.messages.accounts import awaited
from gerente_financeiro.messages.errors import refused
from gerente_financeiro.messages.trouble import CODE_LABEL
from gerente_financeiro.screens import Screen
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import BankConnectionError
from open_finance.records import Account, Action, Bank, Connection, CredentialField, Door
from open_finance.reports import ConnectionSize, Period, ReturnSize

BANKS_A_PAGE = 8
CANCEL = "cn_stop"
UNANSWERABLE_TYPES = frozenset({"hcaptcha", "ethaddress"})
AGAIN = "Tentar de novo"
ADOPT_BUTTON = button(words.ADOPT, "cn_adopt")
STUCK_AFTER = timedelta(minutes=3)
_DONE_LABELS = {"device": "Já aprovei", "qr": "Já li"}


def is_unanswerable(field: CredentialField) -> bool:
    """Whether a chat cannot take this: a captcha of a web page, or a picture that is not there."""
    return field["type"] in UNANSWERABLE_TYPES or (field["type"] == "image" and not field["data"])


def choosing(favourites: Sequence[Bank], total: int) -> Screen:
    """The nine favourites, three a row, and the way to all."""
    pages = page_count(total, BANKS_A_PAGE)
    more = [button(f"🔎 Ver todos (1/{pages}) ›", "cn_page", 0)]
    return Screen(words.CHOOSE, keyboard(*_banks(favourites, 3), more, [ADOPT_BUTTON], _cancel()))


def bank_page(banks: Sequence[Bank], page: int) -> Screen:
    """One page of all banks; a page beyond the end is the last one."""
    pages = page_count(len(banks), BANKS_A_PAGE)
    page = min(page, pages - 1)
    shown = banks[page * BANKS_A_PAGE : (page + 1) * BANKS_A_PAGE]
    return Screen(words.all_banks(page, pages), keyboard(*_banks(shown, 2), pager("cn_page", page, pages), _cancel()))


def several(query: str, banks: Sequence[Bank]) -> Screen:
    """The banks that a typed name may mean."""
    shown = banks[:BANKS_A_PAGE]
    return Screen(words.several_found(query, len(banks), len(shown)), keyboard(*_banks(shown, 2), _all(), _cancel()))


def not_found(query: str, suggestion: Bank | None) -> Screen:
    """No bank by the typed name, and perhaps a similar one."""
    likely = [button(f"Sim, {suggestion['name']}", "cn_bank", suggestion["id"])] if suggestion else []
    text = words.not_found(query, suggestion["name"] if suggestion else None)
    return Screen(text, keyboard(likely, _all(), _cancel()))


def doors(bank: Bank) -> Screen:
    """The ways into a bank."""
    ways = [[button(words.door_label(door, bank["doors"]), "cn_door", door["connector_id"])] for door in bank["doors"]]
    return Screen(words.choose_door(bank["name"], bank["doors"]), keyboard(*ways, _cancel()))


def unwell(bank_name: str, door: Door, others: Sequence[Door], bank: Bank | None) -> Screen:
    """The door is not well. One that is down is not tried: its return can be waited for. ``others``: the other doors."""
    down = door["health"] == "OFFLINE"
    attempt = [] if down else [button("Tentar assim mesmo", "cn_try", door["connector_id"])]
    return Screen(
        words.offline(bank_name) if down else words.unstable(bank_name),
        keyboard(
            [watch_button(door["connector_id"])],
            attempt,
            *other_doors(others, bank),
            [connect_button("Outro banco"), *_cancel()],
        ),
    )


def unsupported(bank_name: str, asked_for: CredentialField, others: Sequence[Door], bank: Bank | None) -> Screen:
    """The door asks for what this chat cannot take."""
    text = words.unsupported(bank_name, asked_for, other_door=bool(others))
    return Screen(text, keyboard(*other_doors(others, bank), [connect_button("Outro banco"), *_cancel()]))


def stopped(
    error: BankConnectionError, door: Door, open_finance: Door | None, replaces_id: int | None = None
) -> Screen:
    """The person has tried too often; once it is time the button goes on. ``open_finance``: the way into the same bank
    without a password."""
    replaced = [] if replaces_id is None else [replaces_id]
    again = button(AGAIN, "cn_again", door["connector_id"], *replaced)
    way = [] if open_finance is None else [button(words.BY_OPEN_FINANCE, "cn_again", open_finance["connector_id"])]
    return Screen(f"⚠️ {refused(error)}", keyboard(way, [again], [connect_button("Outro banco")]))


def already_connected(connection: Connection, accounts: Sequence[Account], door: Door, *, refreshable: bool) -> Screen:
    """The person has this bank: read it again, mend it, put Open Finance in its place, or connect another account of it."""
    connection_id, connector_id = connection["id"], door["connector_id"]
    refresh = [button("Atualizar essa conexão", "cn_refresh", connection_id)] if refreshable else []
    mend = [reconnect_button(connection_id)] if connection["trouble_code"] else []
    mend = mend or ([reconnect_button(connection_id, CODE_LABEL)] if connection["asks_code"] else [])
    swap = []
    if door["kind"] == "open_finance" and not connection["is_open_finance"]:
        label = f"Trocar {_old_way(connection)} pelo Open Finance"
        swap = [button(label, "cn_swap", connector_id, connection_id)]
    other = [button("É outra conta minha", "cn_other", connector_id)]
    return Screen(words.already_connected(connection, accounts), keyboard(refresh, mend, swap, other, _cancel()))


def already_asked(connection: Connection, door: Door) -> Screen:
    """A request of the person's to this bank still stands, and is no connection yet."""
    other = button("É outra conta minha", "cn_other", door["connector_id"])
    return Screen(awaited(connection), keyboard([see_request_button(connection)], [other], _cancel()))


def replaces_adopted(connection: Connection, door: Door) -> Screen:
    """A new connection is to take the place of one that others may be using."""
    go = button("Trocar assim mesmo", "cn_swap", door["connector_id"], connection["id"], 1)
    return Screen(words.replaces_adopted(connection["connector_name"]), keyboard([go], _cancel()))


def _old_way(connection: Connection) -> str:
    return "o MeuPluggy" if connection["connector_id"] == MEU_PLUGGY else "a senha"


def other_doors(doors: Sequence[Door], bank: Bank | None, verb: str = "cn_door") -> list[list[InlineKeyboardButton]]:
    """A row for each of these ways into the bank. ``verb`` ``cn_again``: from a flow that has ended."""
    every = bank["doors"] if bank else doors
    return [[button(words.door_label(door, every), verb, door["connector_id"])] for door in doors]


def watch_button(connector_id: int) -> InlineKeyboardButton:
    """To be told when the bank takes connections again."""
    return button(words.WATCH, "cn_watch", connector_id)


def consent(connector_id: int | None) -> Screen:
    """Asked once, before the first connection. ``connector_id`` None: one that was made elsewhere."""
    read = _of_door(connector_id, "Ler a política", "cn_policy", "cn_adopt_policy")
    return Screen(words.CONSENT_TEXT, keyboard([_agree(connector_id)], [read, button("Não", "cn_no")]))


def policy(connector_id: int | None, *, has_adviser: bool) -> Screen:
    """The policy, with the same decision under it."""
    text = f"{words.policy(has_adviser=has_adviser)}\n\n{words.CONSENT_TEXT}"
    return Screen(text, keyboard([_agree(connector_id), button("Não", "cn_no")]))


def _agree(connector_id: int | None) -> InlineKeyboardButton:
    return _of_door(connector_id, "Autorizo", "cn_yes", "cn_adopt_yes")


def _of_door(connector_id: int | None, label: str, verb: str, adopting: str) -> InlineKeyboardButton:
    return button(label, adopting) if connector_id is None else button(label, verb, connector_id)


def ask_item(notice: str = "") -> Screen:
    """The id of a connection that was made elsewhere."""
    return Screen(f"⚠️ {notice}\n{words.ASK_ITEM}" if notice else words.ASK_ITEM, keyboard(_cancel()))


def by_screen(conversation: Conversation) -> Screen:
    """A page asks for what the bank wants to know, and typing it here comes second; without an address, its opening."""
    is_back, door = conversation.purpose == "reconnect", conversation.door
    may_type = door is not None and not any(is_unanswerable(one) and not one["optional"] for one in door["fields"])
    text = words.by_screen(conversation.bank_name, again=is_back, typed=may_type or door is None)
    if conversation.screen_url is None:
        return Screen(text, keyboard(_cancel()))
    label = words.RENEW_BY_SCREEN if is_back else words.OPEN_SCREEN
    typing = [button(words.TYPE_HERE, "cn_type", conversation.intent_id)] if may_type else []
    return Screen(text, keyboard([page_button(label, conversation.screen_url)], typing, _cancel()))


def correct_by_screen(conversation: Conversation) -> Screen:
    """The bank refused what was given in the page."""
    return Screen(words.correct_by_screen(conversation.bank_name), keyboard(_stop(conversation)))


def field(conversation: Conversation, notice: str | None = None, other: Door | None = None) -> Screen:
    """The next field to fill in. ``other``: the door to which what was typed belongs."""
    asked, door = conversation.next_field, conversation.door
    assert asked is not None
    assert door is not None
    place = conversation.fields.index(asked)
    options = [button(option["label"], "cn_opt", place, number) for number, option in enumerate(asked["options"])]
    skip = [button("Pular", "cn_skip", place)] if asked["optional"] else []
    turn = [button(words.BY_DOCUMENT[other["person"]], "cn_turn", other["connector_id"])] if other else []
    text = words.ask_field(
        conversation.bank_name,
        door,
        conversation.fields,
        conversation.shown,
        notice,
        again=conversation.purpose != "connect",
        has_screen=conversation.screen_url is not None,
    )
    page = [page_button(words.USE_SCREEN, conversation.screen_url)] if conversation.screen_url else []
    return Screen(text, keyboard(*rows(options[:14], 2), turn, page, [*skip, *_cancel()]))


def sent(conversation: Conversation) -> list[str]:
    """What the person answered, as the message may show it."""
    return words.answered(conversation.fields, conversation.shown)


def working(conversation: Conversation, execution_status: str = "CREATING") -> Screen:
    """The bank is at work."""
    is_back = conversation.purpose == "reconnect"
    text = progress_words.progress(conversation.bank_name, execution_status, sent(conversation), again=is_back)
    return Screen(text, keyboard(_stop(conversation)))


def waiting_for_link(conversation: Conversation, now: datetime) -> Screen:
    """The request was made, and the bank's link is on its way."""
    waited = now - (conversation.started_at or now)
    text = progress_words.waiting_for_link(conversation.bank_name, sent(conversation), waited)
    return Screen(text, keyboard(_stop(conversation)))


def looking_up(conversation: Conversation) -> Screen:
    """A connection that was made elsewhere is being looked for."""
    return Screen(progress_words.LOOKING_UP, keyboard(_stop(conversation)))


def asked(conversation: Conversation, now: datetime) -> Screen:
    """What the bank asks of the person."""
    action, connection_id = conversation.action, conversation.connection_id
    assert action is not None
    if action["type"] == "authorize":
        return _authorize(conversation, action, now)
    seen_at = conversation.action_seen_at or now
    text = progress_words.question(conversation.bank_name, action, seen_at, now, conversation.notice)
    choices = [
        button(option["label"], "cn_pick", connection_id, number) for number, option in enumerate(action["options"])
    ]
    done_label = _DONE_LABELS.get(action["type"])
    approved = [button(done_label, "cn_check", connection_id)] if done_label else []
    help_ = [button("Não recebi", "cn_nocode", connection_id)] if action["type"] == "mfa" else []
    return Screen(text, keyboard(*rows(choices[:14], 2), approved, [*help_, *_stop(conversation)]))


def _authorize(conversation: Conversation, action: Action, now: datetime) -> Screen:
    bank, connection_id = conversation.bank_name, conversation.connection_id
    open_bank = url_button(progress_words.authorize_label(bank), action["url"] or "")
    return Screen(
        progress_words.authorize(bank, action, now, stuck=_is_stuck(conversation, now)),
        keyboard(
            [open_bank],
            [button("Já autorizei", "cn_check", connection_id)],
            [button("Abrir em outro aparelho (QR)", "cn_qr", connection_id)],
            _stop(conversation),
        ),
    )


def _is_stuck(conversation: Conversation, now: datetime) -> bool:
    """Whether the person seems not to get through: said twice that it is done, or looks at the link for long."""
    seen_at = conversation.action_seen_at or now
    return conversation.checks > 1 or now - seen_at >= STUCK_AFTER


def awaiting_others(conversation: Conversation) -> Screen:
    """Another holder must approve; the person is free meanwhile."""
    see = button("Ver pedido", "cn_req", conversation.connection_id)
    return Screen(progress_words.awaiting_others(conversation.bank_name), keyboard([see, *_stop(conversation)]))


def standing_request(conversation: Conversation, since: datetime, now: datetime) -> Screen:
    """Where a request stands that waits for another holder."""
    text = progress_words.standing_request(conversation.bank_name, since, now)
    again = button("Ver de novo", "cn_req", conversation.connection_id)
    return Screen(text, keyboard([again, *_stop(conversation)]))


def done(connection: Connection, accounts: Sequence[Account], size: ConnectionSize, more: Sequence[str] = ()) -> Screen:
    """The bank is connected. ``more``: lines that close the message."""
    by_meu_pluggy = connection["connector_id"] == MEU_PLUGGY
    closing = [*more, progress_words.MEU_PLUGGY_RHYTHM] if by_meu_pluggy else more
    another = button("Conectar outro banco do MeuPluggy", "cn_more", MEU_PLUGGY)
    return Screen(
        progress_words.done(connection, accounts, size.transactions, size.first_on, closing),
        keyboard(
            [button("Ver extrato", "extrato"), button("Ver saldo", "saldo")],
            [another] if by_meu_pluggy else [connect_button("Conectar outro")],
        ),
    )


def renewed(connection: Connection, size: ReturnSize, since: datetime, today: date) -> Screen:
    """The connection stands again: what was kept, what is new. ``since``: when the way back began."""
    text = back_words.renewed(connection["connector_name"], size, today)
    return Screen(text, keyboard([_see_new(connection, size, since), button("Ver saldo", "saldo")]))


def _see_new(connection: Connection, size: ReturnSize, since: datetime) -> InlineKeyboardButton:
    label, number = back_words.see_new(size.new), connection["id"]
    if size.first_new_on is None or size.last_new_on is None:
        return button(label, *statement_of_bank(number))
    return button(label, *statement_of_news(number, since, Period(size.first_new_on, size.last_new_on)))


def over(
    text: str, again: InlineKeyboardButton | None, *more: Sequence[InlineKeyboardButton], other: bool = True
) -> Screen:
    """A flow that ended without a connection: the way to begin anew, and what else may help."""
    retry = [again] if again is not None else []
    return Screen(text, keyboard(retry, *more, [connect_button("Outro banco")] if other else []))


def late_code(conversation: Conversation) -> Screen:
    """A code came after its flow had ended."""
    again = again_button(conversation, "Recomeçar")
    return Screen(progress_words.late_code(conversation.bank_name), keyboard([again] if again else []))


def text_after_restart(conversation: Conversation) -> Screen:
    """A text came for a flow that a restart forgot."""
    again = again_button(conversation, "Recomeçar")
    return Screen(words.RESTARTED_TEXT, keyboard([again] if again else []))


def again_button(conversation: Conversation, text: str = AGAIN) -> InlineKeyboardButton | None:
    """Begins the same flow anew in its own message; None where nothing is known to begin with."""
    if conversation.purpose == "reconnect" and conversation.connection_id is not None:
        return button(text, "rcgo", conversation.connection_id)
    if conversation.purpose == "adopt":
        return button(text, "cn_adopt")
    if conversation.connector_id is None:
        return None
    replaced = [] if conversation.replaces_id is None else [conversation.replaces_id]
    return button(text, "cn_again", conversation.connector_id, *replaced)


def _banks(banks: Sequence[Bank], width: int) -> list[list[InlineKeyboardButton]]:
    return rows((button(bank["name"], "cn_bank", bank["id"]) for bank in banks), width)


def _all() -> list[InlineKeyboardButton]:
    return [button("🔎 Ver todos", "cn_page", 0)]


def _cancel() -> list[InlineKeyboardButton]:
    return [button("Cancelar", CANCEL)]


def _stop(conversation: Conversation) -> list[InlineKeyboardButton]:
    """The cancel button of a flow whose request has left: it names the connection, so that it works after a restart."""
    if conversation.connection_id is None:
        return _cancel()
    return [button("Cancelar", "cn_drop", conversation.connection_id)]
