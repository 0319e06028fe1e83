"""The composition root: settings → core → application → run. ``python bot.py``; every setting is in .env.example.

``python bot.py worker`` is another program: it reads connections that the bot has queued, where several machines share them.
``python bot.py verify ARQUIVO.pdf`` needs neither settings nor anything installed: it tells whether an income statement is
as it was made.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from open_finance.errors import ConfigurationError

logger = logging.getLogger("bot")


def main(arguments: Sequence[str] = ()) -> int:
    """Run until a signal comes (exit status 0), or tell of a file (``run_verify``).

    A missing or bad setting is one line on standard error and status 2.
    """
    options = parse(arguments)
    try:
        if options.program == "verify":
            return run_verify(options)
        if options.program == "worker":
            run_worker(options)
        else:
            run_bot()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Which program to run, and how. Anything else ends the process with status 2."""
    parser = argparse.ArgumentParser(prog="python bot.py", description="Sem argumentos, o bot.")
    programs = parser.add_subparsers(dest="program", metavar="worker|verify")
    worker = programs.add_parser("worker", help="lê os bancos que o bot pôs na fila (várias máquinas; veja o README)")
    worker.add_argument("--threads", type=positive, default=8, metavar="N", help="quantos de cada vez (8)")
    statement = programs.add_parser("verify", help="diz se um comprovante de renda em PDF está como foi gerado")
    statement.add_argument("file", type=Path, metavar="ARQUIVO.pdf")
    # For measurements, and no help to people.
    worker.add_argument("--lease-seconds", type=positive, default=None, help=argparse.SUPPRESS)
    worker.add_argument("--unpaced", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def positive(text: str) -> int:
    """A number of at least one."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run_bot() -> None:
    """The bot."""
    from gerente_financeiro.app import build_application, run
    from gerente_financeiro.config import load_bot_settings
    from gerente_financeiro.core import build_core
    from gerente_financeiro.logs import set_up_logging
    from open_finance.process import settle_process

    settings = load_bot_settings()
    set_up_logging(settings.log_level, settings.secrets, log_format=settings.log_format)
    for warning in settings.warnings:
        logger.warning(warning)
    application = build_application(build_core(settings.core), settings)
    settle_process()
    run(application)


def run_worker(options: argparse.Namespace) -> None:
    """A worker. The bot's libraries stay unloaded: it is half the size."""
    from gerente_financeiro.config import load_worker_settings
    from gerente_financeiro.logs import set_up_logging
    from open_finance import worker
    from open_finance.process import settle_process

    settings = load_worker_settings()
    set_up_logging(settings.log_level, settings.core.secrets, log_format=settings.log_format)
    settle_process()
    lease = worker.LEASE_SECONDS if options.lease_seconds is None else options.lease_seconds
    with worker.until_signalled() as is_stopped:
        worker.run_worker(
            settings.core, is_stopped, threads=options.threads, lease_seconds=lease, paced=not options.unpaced
        )


def run_verify(options: argparse.Namespace) -> int:
    """Whether a file is as it was made: what is printed, and the exit status."""
    from gerente_financeiro.verify_command import verify_file

    status, text = verify_file(options.file)
    (sys.stderr if status else sys.stdout).write(f"{text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
