"""``python bot.py backup`` and ``python bot.py restore``: what is printed, and the exit status.

Only DATABASE_URL and BACKUP_KEY are needed. Nothing of anybody's data is printed: tables and how many rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from open_finance.backup.copies import Contents, check_backup, copy_to, file_name, restore_backup, write_backup
from open_finance.clock import SAO_PAULO, Clock, SystemClock
from open_finance.config import Settings
from open_finance.errors import BackupError, DatabaseUnavailableError
from open_finance.storage.database import Database

DONE, FAILED, BAD_USE = 0, 1, 2
STDOUT = "-"
WORD = "substituir"
Told = tuple[int, str]


def run_backup(settings: Settings, target: str | None, clock: Clock | None = None) -> Told:
    """Write a backup to ``target``: a file, ``-`` for standard output, None for a new file in this folder."""
    key = settings.require_backup_key()
    clock = clock or SystemClock()
    if target == STDOUT and sys.stdout.isatty():
        return BAD_USE, "A cópia é um arquivo binário: mande-a para um arquivo ou outro programa, não para a tela."

    def write(database: Database) -> str:
        if target == STDOUT:
            return f"Cópia pronta.\n{_told(copy_to(database, key, sys.stdout.buffer, clock))}"
        path = Path(target or file_name(clock.now()))
        contents = write_backup(database, key, path, clock)
        return f"Cópia pronta: {path} ({path.stat().st_size:,} bytes)".replace(",", ".") + f"\n{_told(contents)}"

    return _with_database(settings, write)


def run_check(settings: Settings, path: Path) -> Told:
    """Whether a backup is whole; the database is not looked at."""
    key = settings.require_backup_key()
    try:
        return DONE, f"A cópia está inteira e a chave abre.\n{_told(check_backup(path, key))}"
    except BackupError as error:
        return FAILED, error.user_message


def run_restore(
    settings: Settings,
    path: Path,
    *,
    replace: bool = False,
    ask: Callable[[str], str] = input,
    clock: Clock | None = None,
) -> Told:
    """Restore a backup. ``replace``: what is there goes, once the person has typed so."""
    key = settings.require_backup_key()
    if replace and not _is_confirmed(ask):
        return BAD_USE, "Nada foi mudado."

    def restore(database: Database) -> str:
        return f"Restaurado.\n{_told(restore_backup(database, key, path, clock, replace=replace))}"

    return _with_database(settings, restore)


def _is_confirmed(ask: Callable[[str], str]) -> bool:
    question = f"Isto apaga tudo o que há no banco de DATABASE_URL e põe a cópia no lugar. Para seguir, digite {WORD}: "
    try:
        return ask(question).strip().casefold() == WORD
    except (EOFError, KeyboardInterrupt):
        return False


def _with_database(settings: Settings, work: Callable[[Database], str]) -> Told:
    database = Database(settings.database_url)
    try:
        return DONE, work(database)
    except BackupError as error:
        return FAILED, error.user_message
    except DatabaseUnavailableError:
        return FAILED, (
            "Não consegui abrir o banco de dados. Confira DATABASE_URL e se o servidor está no ar "
            "(python bot.py doctor diz o que falta)."
        )
    except BrokenPipeError:
        return FAILED, "Quem lia a cópia parou antes do fim: ela não está inteira."
    finally:
        database.dispose()


def _told(contents: Contents) -> str:
    made = contents.made_at.astimezone(SAO_PAULO)
    lines = [f"  {name}: {number}" for name, number in sorted(contents.counts.items()) if number]
    empty = sum(not number for number in contents.counts.values())
    return "\n".join(
        [
            f"Feita em {made:%d/%m/%Y às %H:%M}; esquema {contents.revision}; {contents.rows} linhas.",
            *lines,
            *([f"  e {empty} tabelas vazias"] if empty else []),
        ]
    )
