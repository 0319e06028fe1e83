"""The composition root: settings → core → application → run. ``python bot.py``; every setting is in .env.example.

``python bot.py worker`` is another program: it reads connections that the bot has queued, where several machines share them.
``python bot.py verify ARQUIVO.pdf`` needs neither settings nor anything installed: it tells whether an income statement is
as it was made. ``doctor``, ``backup`` and ``restore`` are for whoever runs a bot (docs/diagnostico.md, docs/backup.md).
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from open_finance.errors import ConfigurationError

logger = logging.getLogger("bot")


def main(arguments: Sequence[str] = ()) -> int:
    """Run until a signal comes (exit status 0), or tell of a file (``run_verify``).

    A missing or bad setting is one line on standard error and status 2.
    """
    options = parse(arguments)
    try:
        return int(PROGRAMS[options.program](options))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Which program to run, and how. Anything else ends the process with status 2."""
    parser = argparse.ArgumentParser(prog="python bot.py", description="Sem argumentos, o bot.")
    programs = parser.add_subparsers(dest="program", metavar="worker|doctor|backup|restore|verify")
    worker = programs.add_parser("worker", help="lê os bancos que o bot pôs na fila (várias máquinas; veja o README)")
    worker.add_argument("--threads", type=positive, default=8, metavar="N", help="quantos de cada vez (8)")
    statement = programs.add_parser("verify", help="diz se um comprovante de renda em PDF está como foi gerado")
    statement.add_argument("file", type=Path, metavar="ARQUIVO.pdf")
    doctor = programs.add_parser(
        "doctor", help="confere chaves, relógio, banco de dados, Pluggy e Telegram; não muda nada"
    )
    doctor.add_argument("--json", action="store_true", help="o resultado em JSON")
    copy = programs.add_parser("backup", help="copia o banco de dados num arquivo cifrado; o bot pode seguir no ar")
    copy.add_argument(
        "file", nargs="?", metavar="ARQUIVO", help="onde (- = saída padrão; sem nada, backup-DATA.gfb aqui)"
    )
    back = programs.add_parser("restore", help="põe uma cópia num banco de dados vazio (SQLite ou PostgreSQL)")
    back.add_argument("file", type=Path, metavar="ARQUIVO")
    back.add_argument("--check", action="store_true", help="só confere se a cópia está inteira")
    back.add_argument("--replace", action="store_true", help="apaga o que há no banco; pede que você confirme")
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


def run_bot(_options: argparse.Namespace) -> int:
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
    return 0


def run_worker(options: argparse.Namespace) -> int:
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
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Whether a file is as it was made: what is printed, and the exit status."""
    from gerente_financeiro.verify_command import verify_file

    return tell(*verify_file(options.file))


def run_doctor(options: argparse.Namespace) -> int:
    """Whether all that a bot needs is there. What is missing or bad is told, and nothing is raised."""
    from gerente_financeiro.doctor.command import run_doctor as examine

    status, text = examine(as_json=options.json)
    sys.stdout.write(f"{text}\n")
    return status


def run_backup(options: argparse.Namespace) -> int:
    """One encrypted file of the database."""
    from gerente_financeiro.backup_command import STDOUT, run_backup
    from open_finance.config import load_settings

    status, text = run_backup(load_settings(), options.file)
    return tell(status, text, aside=options.file == STDOUT)


def run_restore(options: argparse.Namespace) -> int:
    """The database from such a file, or a look at the file alone."""
    from gerente_financeiro.backup_command import run_check, run_restore
    from open_finance.config import load_settings

    if options.check:
        return tell(*run_check(load_settings(), options.file))
    return tell(*run_restore(load_settings(), options.file, replace=options.replace))


def tell(status: int, text: str, *, aside: bool = False) -> int:
    """Say how it went, on standard error where it went wrong or standard output has other uses. The status again."""
    (sys.stderr if status or aside else sys.stdout).write(f"{text}\n")
    return status


PROGRAMS: dict[str | None, Callable[[argparse.Namespace], int]] = {
    None: run_bot,
    "worker": run_worker,
    "verify": run_verify,
    "doctor": run_doctor,
    "backup": run_backup,
    "restore": run_restore,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
