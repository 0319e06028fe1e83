"""``./run`` without keys: a local Pluggy, a local Telegram with its chat page, and the bot, each its own process.

Everything lives in memory and in a temporary folder: each start is a fresh one, and the end leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from asyncio.subprocess import PIPE, Process
from pathlib import Path

TOKEN = "1000000001:sandbox-token-that-opens-nothing"  # noqa: S105 - the local Telegram takes any token of the right shape
ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10


class ChildFailedError(Exception):
    """A process of the sandbox ended on its own."""


def parse(arguments: list[str]) -> Namespace:
    """The options of ``./run sandbox``."""
    parser = ArgumentParser(prog="./run sandbox", description="Experimente sem chaves: bancos e Telegram de mentira.")
    parser.add_argument("--port", type=int, default=8082, help="porta da página do chat (0 = qualquer livre)")
    parser.add_argument("--pluggy-port", type=int, default=8081, help="porta da Pluggy local (0 = qualquer livre)")
    parser.add_argument("--bot-port", type=int, default=0, help="porta do bot, para avisos e a tela segura (0 = livre)")
    parser.add_argument("--speed", type=float, default=1, help="quantas vezes mais rápido corre o tempo dos bancos")
    parser.add_argument("--seed", type=int, default=7, help="semente das famílias inventadas")
    return parser.parse_args(arguments)


def bot_environment(pluggy_url: str, telegram_url: str, folder: str, port: int) -> dict[str, str]:
    """The child's whole configuration. Set values win over ``.env``, so real keys are never used in the sandbox."""
    return os.environ | {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram_url,
        "PLUGGY_CLIENT_ID": "sandbox",
        "PLUGGY_CLIENT_SECRET": "sandbox",
        "PLUGGY_API_URL": pluggy_url,
        "PLUGGY_SANDBOX": "1",
        "DATABASE_URL": f"sqlite:///{folder}/sandbox.db",
        "ALLOWED_USER_IDS": "*",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_WEBHOOK": "0",
        "TELEGRAM_WEB_APP_JS_URL": f"{telegram_url}/telegram-web-app.js",
        "PLUGGY_CONNECT_JS_URL": f"{pluggy_url}/pluggy-connect.js",
    }


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def start_server(*arguments: str) -> tuple[Process, str]:
    """Start one local server; its first line is its address. Raises ChildFailedError when it says nothing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments, cwd=ROOT, stdout=PIPE, start_new_session=True
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    if not url.startswith("http"):
        await process.wait()
        raise ChildFailedError(f"o servidor local ({arguments[0]}) não subiu; a porta pode estar em uso (veja --help)")
    return process, url


async def stop(processes: list[Process]) -> None:
    """Ask each process to end, last started first; insist after a while."""
    for process in reversed(processes):
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def run(options: Namespace) -> int:
    """Run until a signal comes or a process ends; the exit status says which."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    processes: list[Process] = []
    with tempfile.TemporaryDirectory(prefix="gerente-sandbox-") as folder:
        try:
            pluggy, pluggy_url = await start_server(
                "pluggy",
                "--port",
                str(options.pluggy_port),
                "--speed",
                str(options.speed),
                "--seed",
                str(options.seed),
                "--allow-loopback",
            )
            processes.append(pluggy)
            telegram, telegram_url = await start_server("telegram", "--port", str(options.port), "--allow-loopback")
            processes.append(telegram)
            processes.append(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "bot.py",
                    cwd=ROOT,
                    env=bot_environment(pluggy_url, telegram_url, folder, options.bot_port or free_port()),
                    start_new_session=True,
                )
            )
            welcome(telegram_url, pluggy_url)
            return await until_stopped(stopped, processes)
        except ChildFailedError as error:
            print(f"Não deu para abrir a demonstração: {error}", file=sys.stderr)
            return 1
        finally:
            await stop(processes)


async def until_stopped(stopped: asyncio.Event, processes: list[Process]) -> int:
    """Wait for a signal (0) or for any process to end by itself (ChildFailedError)."""
    waits = [asyncio.create_task(process.wait()) for process in processes]
    signalled = asyncio.create_task(stopped.wait())
    await asyncio.wait([signalled, *waits], return_when=asyncio.FIRST_COMPLETED)
    for task in (signalled, *waits):
        task.cancel()
    if not stopped.is_set():
        raise ChildFailedError("um dos processos terminou sozinho; a mensagem dele está acima")
    return 0


def welcome(telegram_url: str, pluggy_url: str) -> None:
    print(
        f"\n  Demonstração no ar: abra {telegram_url}/ no navegador e digite /conectar_banco\n"
        f"  (bancos de mentira em {pluggy_url}; CPF 529.982.247-25, qualquer senha no formato que o banco pede)\n"
        "  Nada sai desta máquina e tudo some no fim. Ctrl-C encerra.\n",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    return asyncio.run(run(parse(arguments)))
