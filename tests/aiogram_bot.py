"""The bot of the local Telegram's story, written with aiogram: only the tests that run it import it, as that is slow."""

from __future__ import annotations

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from tests.telegram_server import ANA, TOKEN, TelegramServer, png


def aiogram_bot(telegram: TelegramServer) -> Bot:
    return Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))


def aiogram_dispatcher() -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def start(message: Message, bot: Bot) -> None:
        await bot.set_my_commands([BotCommand(command="saldo", description="Quanto você tem")])
        markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Saldo", callback_data="s:1")]])
        await message.answer("<b>Olá, Ana</b> 😀 A&amp;B", parse_mode="HTML", reply_markup=markup)

    @dispatcher.callback_query(F.data == "s:1")
    async def pressed(query: CallbackQuery, bot: Bot) -> None:
        await query.answer("pronto")
        assert isinstance(query.message, Message)
        await query.message.edit_text("R$ 1,00")
        await bot.send_photo(ANA, BufferedInputFile(png(), "g.png"), caption="gráfico")
        await bot.send_document(ANA, BufferedInputFile(b"a;b\n", "extrato.csv"))
        await (await bot.send_message(ANA, "some")).delete()

    return dispatcher
