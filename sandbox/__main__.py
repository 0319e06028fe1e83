"""``python -m sandbox``: the local servers, each on its own, so that any program can be pointed at them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Coroutine
from datetime import date
from typing import Any


def parse(arguments: list[str]) -> Namespace:
    """The command line. Exits with status 2 and the usage when it makes no sense."""
    parser = ArgumentParser(
        prog="python -m sandbox",
        description="Servidores locais para experimentar sem chaves. A primeira linha impressa é o endereço base.",
        epilog="Tudo junto (bancos, Telegram e o bot): ./run sandbox. Documentação: sandbox/README.md",
    )
    servers = parser.add_subparsers(dest="server", required=True, metavar="{pluggy,telegram}")

    pluggy = servers.add_parser("pluggy", help="uma Pluggy local (endereço para PLUGGY_API_URL)")
    add_address(pluggy, 8081)
    pluggy.add_argument(
        "--speed", type=positive, default=1.0, help="quantas vezes mais rápido corre o tempo dos bancos"
    )
    pluggy.add_argument("--seed", type=int, default=7, help="semente das famílias inventadas")
    pluggy.add_argument("--today", type=date.fromisoformat, default=None, help="último dia, AAAA-MM-DD (padrão: hoje)")
    pluggy.add_argument(
        "--allow-loopback", action="store_true", help="aceita webhooks e redirecionamentos para endereços desta máquina"
    )

    telegram = servers.add_parser("telegram", help="um Telegram local (endereço para TELEGRAM_API_URL; chat em /)")
    add_address(telegram, 8082)
    telegram.add_argument(
        "--user-id",
        type=int,
        nargs="+",
        action="extend",
        default=[],
        metavar="ID",
        help="pessoas que já existem (padrão: 1000, Ana)",
    )
    telegram.add_argument(
        "--allow-loopback", action="store_true", help="aceita botões que abrem endereços desta máquina"
    )
    telegram.add_argument("--limits", action="store_true", help="liga os limites de envio do Telegram (429)")
    telegram.add_argument("--bot-name", default="Gerente Financeiro", help="nome do bot no chat")
    if not arguments:
        parser.print_help(sys.stderr)
        sys.exit(2)
    return parser.parse_args(arguments)


def add_address(parser: ArgumentParser, port: int) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="endereço em que escuta (padrão: só esta máquina)")
    parser.add_argument("--port", type=int, default=port, help=f"porta (padrão: {port}; 0 = qualquer livre)")


def positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ValueError("acima de zero")
    return value


def server_of(options: Namespace) -> Coroutine[Any, Any, None]:
    """The chosen server, its module imported only now: the two do not need each other."""
    if options.server == "pluggy":
        from sandbox.pluggy_api import server as pluggy

        return pluggy.serve(
            host=options.host,
            port=options.port,
            speed=options.speed,
            seed=options.seed,
            today=options.today,
            options={"allow_loopback": options.allow_loopback},
        )
    from sandbox.telegram_api import server as telegram

    return telegram.serve(
        host=options.host,
        port=options.port,
        user_ids=tuple(options.user_id),
        allow_loopback=options.allow_loopback,
        bot_name=options.bot_name,
        limited=options.limits,
    )


async def until_signalled(server: Coroutine[Any, Any, None]) -> None:
    """Run the server until SIGINT or SIGTERM, then let it clean up."""
    task = asyncio.ensure_future(server)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(arguments: list[str]) -> int:
    """The exit status: 0 after a signal, 1 when the server cannot listen."""
    if arguments[:1] == ["up"]:
        from sandbox import up

        return up.main(arguments[1:])
    options = parse(arguments)
    try:
        asyncio.run(until_signalled(server_of(options)))
    except (OSError, OverflowError) as error:  # a port that is taken, or that is none
        reason = error.strerror if isinstance(error, OSError) else "a porta deve ser de 0 a 65535"
        print(f"Não deu para escutar em {options.host}:{options.port}: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
