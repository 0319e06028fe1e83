"""Programs that are not ours talk to the local Telegram: python-telegram-bot, aiogram and pyTelegramBotAPI."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import telebot
from aiohttp import web
from aiohttp.test_utils import TestServer
from telebot import apihelper
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Update
from telegram.error import BadRequest, Conflict, Forbidden, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from tests.telegram_server import ANA, TOKEN, TelegramServer, png, start_telegram

Json = dict[str, Any]
MENU = [{"command": "saldo", "description": "Quanto você tem"}]


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with start_telegram() as server:
        yield server


def walk(telegram: TelegramServer) -> None:
    """What Ana does and sees, the same for every library's bot."""
    telegram.send_text(ANA, "/start")
    shown = telegram.wait_for_text(ANA, "Olá, Ana")
    assert shown["html"] == "<b>Olá, Ana</b> 😀 A&amp;B"
    query = telegram.press(ANA, shown["message_id"], "Saldo")
    assert telegram.wait_for_answer(query)["text"] == "pronto"
    changed = telegram.wait_for_text(ANA, "R$ 1,00")
    assert (changed["message_id"], changed["edited"]) == (shown["message_id"], True)
    photo = telegram.wait_for(ANA, lambda message: message["photo"])
    assert (photo["photo"]["width"], photo["text"]) == (3, "gráfico")
    document = telegram.wait_for(ANA, lambda message: message["document"])
    assert document["document"]["file_name"] == "extrato.csv"
    assert telegram.file(document) == b"a;b\n"
    telegram.wait_until(ANA, lambda messages: not any(message["text"] == "some" for message in messages))
    assert telegram.commands(ANA) == MENU


# --- python-telegram-bot ---


async def ptb_start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await context.bot.set_my_commands([BotCommand("saldo", "Quanto você tem")])
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Saldo", callback_data="s:1")]])
    await update.message.reply_html("<b>Olá, Ana</b> 😀 A&amp;B", reply_markup=markup)


async def ptb_pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query is not None
    assert query.message is not None
    await query.answer("pronto")
    await query.edit_message_text("R$ 1,00")
    await context.bot.send_photo(ANA, png(), caption="gráfico", filename="g.png")
    await context.bot.send_document(ANA, b"a;b\n", filename="extrato.csv")
    await (await context.bot.send_message(ANA, "some")).delete()


def ptb_application(telegram: TelegramServer) -> Application[Any, Any, Any, Any, Any, Any]:
    builder = Application.builder().token(TOKEN).job_queue(None)
    return builder.base_url(f"{telegram.url}/bot").base_file_url(f"{telegram.url}/file/bot").build()


async def test_python_telegram_bot_walks_the_story(telegram: TelegramServer) -> None:
    application = ptb_application(telegram)
    application.add_handler(CommandHandler("start", ptb_start))
    application.add_handler(CallbackQueryHandler(ptb_pressed))
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling()
        await asyncio.to_thread(walk, telegram)
        await application.updater.stop()
        await application.stop()


async def test_python_telegram_bot_understands_the_refusals(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with ptb_application(telegram) as application:
        bot = application.bot
        with pytest.raises(BadRequest, match="Can't parse entities"):
            await bot.send_message(ANA, "<b>x", parse_mode="HTML")
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x" * 65)]])
        with pytest.raises(BadRequest, match="Button_data_invalid"):
            await bot.send_message(ANA, "x", reply_markup=markup)
        album = [
            InputMediaPhoto(png(), filename="a.png"),
            InputMediaPhoto(png(), caption="<i>dois</i>", parse_mode="HTML"),
        ]
        assert [message.caption for message in await bot.send_media_group(ANA, album)] == [None, "dois"]
        sent = await bot.send_document(ANA, b"dados", filename="a.bin")
        assert sent.document is not None
        assert bytes(await (await sent.document.get_file()).download_as_bytearray()) == b"dados"
        assert (await bot.get_chat(ANA)).first_name == "Ana"
        telegram.set_limits(chat_burst=1, per_chat=0.01)
        await bot.send_message(ANA, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(ANA, "x")
        telegram.block(ANA)
        with pytest.raises(Forbidden, match="blocked by the user"):
            await bot.send_message(ANA, "x")


# --- aiogram: three seconds to import, so nobody does who runs none of these tests ---


async def test_aiogram_walks_the_story(telegram: TelegramServer) -> None:
    from tests.aiogram_bot import aiogram_bot, aiogram_dispatcher

    bot, dispatcher = aiogram_bot(telegram), aiogram_dispatcher()
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    await asyncio.to_thread(walk, telegram)
    await dispatcher.stop_polling()
    await polling


async def test_aiogram_walks_the_story_by_webhook() -> None:
    """A server of aiogram's own takes the updates, and checks the secret."""
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler

    from tests.aiogram_bot import aiogram_bot, aiogram_dispatcher

    with start_telegram(allow_loopback=True) as telegram:
        bot, dispatcher = aiogram_bot(telegram), aiogram_dispatcher()
        app = web.Application()
        SimpleRequestHandler(dispatcher, bot, secret_token="s3cret").register(app, path="/hook")
        async with bot, TestServer(app) as server:
            await bot.set_webhook(str(server.make_url("/hook")), secret_token="s3cret")
            await asyncio.to_thread(walk, telegram)
            info = await bot.get_webhook_info()
            assert (info.url, info.last_error_message) == (str(server.make_url("/hook")), None)
            await bot.delete_webhook()


async def test_python_telegram_bot_sets_and_removes_a_webhook(telegram: TelegramServer) -> None:
    async with ptb_application(telegram) as application:
        bot = application.bot
        assert await bot.set_webhook("https://exemplo.com/hook", secret_token="s3cret", allowed_updates=["message"])
        info = await bot.get_webhook_info()
        assert (info.url, info.max_connections, info.allowed_updates) == ("https://exemplo.com/hook", 40, ("message",))
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        with pytest.raises(BadRequest, match="an https url must be provided"):
            await bot.set_webhook("http://exemplo.com/hook")
        assert await bot.delete_webhook()
        assert await bot.get_updates() == ()


async def test_aiogram_understands_the_refusals(telegram: TelegramServer) -> None:
    from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
    from aiogram.types import BufferedInputFile, InputMediaDocument

    from tests.aiogram_bot import aiogram_bot

    async with aiogram_bot(telegram) as bot:
        assert (await bot.me()).is_bot
        with pytest.raises(TelegramBadRequest, match="Unmatched end tag"):
            await bot.send_message(ANA, "<b>x</i>", parse_mode="HTML")
        album = [InputMediaDocument(media=BufferedInputFile(b"x", f"{n}.txt")) for n in range(2)]
        assert len(await bot.send_media_group(ANA, list(album))) == 2
        telegram.add_fault("sendMessage", status=429, retry_after=3)
        with pytest.raises(TelegramRetryAfter) as caught:
            await bot.send_message(ANA, "x")
        assert caught.value.retry_after == 3
        telegram.block(ANA)
        with pytest.raises(TelegramForbiddenError):
            await bot.send_message(ANA, "x")


# --- pyTelegramBotAPI ---


@pytest.fixture
def telebot_bot(telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[telebot.TeleBot]:
    monkeypatch.setattr(apihelper, "API_URL", telegram.url + "/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "FILE_URL", telegram.url + "/file/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "SESSION_TIME_TO_LIVE", None)
    bot = telebot.TeleBot(TOKEN, threaded=False)
    yield bot
    apihelper._get_req_session(reset=True).close()  # type: ignore[no-untyped-call]


def test_pytelegrambotapi_walks_the_story(telegram: TelegramServer, telebot_bot: telebot.TeleBot) -> None:
    bot = telebot_bot

    @bot.message_handler(commands=["start"])  # type: ignore[untyped-decorator]
    def start(message: telebot.types.Message) -> None:
        bot.set_my_commands([telebot.types.BotCommand("saldo", "Quanto você tem")])
        markup = telebot.types.InlineKeyboardMarkup()
        markup.add(telebot.types.InlineKeyboardButton("Saldo", callback_data="s:1"))
        bot.reply_to(message, "<b>Olá, Ana</b> 😀 A&amp;B", parse_mode="HTML", reply_markup=markup)

    @bot.callback_query_handler(func=lambda _query: True)  # type: ignore[no-untyped-call, untyped-decorator]
    def pressed(query: telebot.types.CallbackQuery) -> None:
        bot.answer_callback_query(query.id, "pronto")
        assert query.message is not None
        bot.edit_message_text("R$ 1,00", query.message.chat.id, query.message.message_id)
        bot.send_photo(ANA, png(), caption="gráfico")
        bot.send_document(ANA, b"a;b\n", visible_file_name="extrato.csv")
        gone = bot.send_message(ANA, "some")
        bot.delete_message(ANA, gone.message_id)

    polling = threading.Thread(target=lambda: bot.polling(interval=0, timeout=1, long_polling_timeout=1))
    polling.start()
    try:
        walk(telegram)
    finally:
        bot.stop_polling()  # type: ignore[no-untyped-call]
        polling.join(10)


def test_pytelegrambotapi_understands_the_refusals(telegram: TelegramServer, telebot_bot: telebot.TeleBot) -> None:
    assert telebot_bot.get_me().is_bot
    with pytest.raises(apihelper.ApiTelegramException, match="message is too long"):
        telebot_bot.send_message(ANA, "x" * 4097)
    assert telebot_bot.send_message(ANA, "ç" * 4096).text == "ç" * 4096
    telegram.block(ANA)
    with pytest.raises(apihelper.ApiTelegramException, match="bot was blocked by the user"):
        telebot_bot.send_message(ANA, "x")
