"""This machine: its clock, its time zones, its disk. Decisions; what they look at is handed in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gerente_financeiro.config import BotSettings, host_that_erases
from gerente_financeiro.doctor.findings import Finding, failed, fine, warning

WARN_SECONDS, FAIL_SECONDS = 30.0, 120.0
LITTLE_BYTES, NO_BYTES = 500 * 1024 * 1024, 50 * 1024 * 1024
ZONE = "America/Sao_Paulo"
_NTP = "Ligue o acerto automático da hora (NTP): sudo timedatectl set-ntp true."
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine is looked at; a test has its own."""

    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    zone: Callable[[str], tzinfo] = ZoneInfo
    is_mounted: Callable[[Path], bool] | None = None


def check_clock(skews: Iterable[float | None]) -> Finding:
    """``skews``: how far ahead our clock is of each server's. It is right if any of them agrees."""
    name, known = "Relógio", [one for one in skews if one is not None]
    if not known:
        return warning(name, "não pude comparar: nenhum servidor disse a hora", "Resolva primeiro as linhas da rede.")
    skew = min(known, key=abs)
    seconds, way = round(abs(skew)), "adiantado" if skew > 0 else "atrasado"
    if abs(skew) > FAIL_SECONDS:
        return failed(name, f"está {seconds} s {way}: chaves e códigos vão parecer vencidos", _NTP)
    if abs(skew) > WARN_SECONDS:
        return warning(name, f"está {seconds} s {way}", _NTP)
    return fine(name, "está certo")


def check_zone(machine: Machine) -> Finding:
    """Days are São Paulo's."""
    name, remedy = "Fuso horário", "Instale os dados de fuso: pip install --upgrade tzdata."
    try:
        offset = machine.zone(ZONE).utcoffset(_NOON)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return failed(name, f"esta máquina não conhece {ZONE}", remedy)
    if offset != timedelta(hours=-3):
        return failed(name, f"os dados de {ZONE} estão errados ou velhos", remedy)
    return fine(name, f"{ZONE} está instalado")


def check_disk(machine: Machine, database: Path | None) -> Finding:
    """Room for the SQLite file ``database`` (None: PostgreSQL) and for temporary files, and leave to write them."""
    name = "Disco"
    folders = [Path(tempfile.gettempdir()), *([_nearest(database.absolute().parent)] if database else [])]
    for folder in folders:
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            remedy = f"Dê ao usuário do bot uma pasta em que ele possa gravar: {folder}."
            return failed(name, f"não posso gravar em {folder}", remedy)
    free = min(map(machine.free_bytes, folders))
    left = f"{free // (1024 * 1024)} MB livres"
    if free < NO_BYTES:
        return failed(
            name, f"está cheio: {left}", "Apague o que não é preciso ou aumente o disco antes de ligar o bot."
        )
    if free < LITTLE_BYTES:
        return warning(name, f"está quase cheio: {left}", "Libere espaço ou aumente o disco nos próximos dias.")
    return fine(name, left)


def check_volume(settings: BotSettings, values: Mapping[str, str], machine: Machine) -> Finding | None:
    """A SQLite file where a host erases the disk; None elsewhere."""
    host = host_that_erases(values, settings.core.database_url, machine.is_mounted)
    if host is None:
        return None
    return failed(
        "Volume",
        f"o SQLite está fora de um volume, e o {host} apaga o disco a cada deploy",
        f"Crie um PostgreSQL no {host} e ponha o endereço dele em DATABASE_URL, ou monte um volume e ponha o arquivo nele.",
    )


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there: what is missing is made when the bot starts."""
    return next(one for one in (folder, *folder.parents) if one.exists())
