"""The bot's settings, read once from the environment (and ``.env``), together with the core's.

Every bad value is a ConfigurationError that names its variable; secrets have ``repr=False``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from open_finance.config import Settings, http_url, load_settings, read_environment
from open_finance.errors import ConfigurationError

DEFAULT_TELEGRAM_API_URL = "https://api.telegram.org"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
EVERYONE = "*"
PLUGGY_KEYS = ("PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET")
REQUIRED = ("TELEGRAM_BOT_TOKEN", *PLUGGY_KEYS)

#: What examples and tutorials put where a secret belongs.
PLACEHOLDER = re.compile(
    r"^(<.*>|\.{3}|x{3,}|[\"']{2}|change[ _-]?me"
    r"|(seu|sua|meu|minha|troque|cole|coloque|insira|your|my|paste|insert|replace)[ _-].*)$",
    re.IGNORECASE,
)
BOT_TOKEN = re.compile(r"^\d+:[\w-]{10,}$")


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What the bot needs to run.

    ``allowed_user_ids``: None = everyone, empty = nobody. ``warnings``: sentences for the log, loud, at start.
    """

    telegram_bot_token: str = field(repr=False)
    core: Settings = field(default_factory=Settings)
    telegram_api_url: str = DEFAULT_TELEGRAM_API_URL
    allowed_user_ids: frozenset[int] | None = frozenset()
    admin_user_ids: frozenset[int] = frozenset()
    log_level: str = "INFO"
    warnings: tuple[str, ...] = ()

    def allows(self, user_id: int) -> bool:
        """Whether this person may use the bot."""
        return self.allowed_user_ids is None or user_id in self.allowed_user_ids or user_id in self.admin_user_ids

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no log line may show."""
        return (*filter(None, (self.telegram_bot_token,)), *self.core.secrets)


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker needs to run."""

    core: Settings
    log_level: str = "INFO"


def load_worker_settings(environ: Mapping[str, str] | None = None) -> WorkerSettings:
    """Read a worker's settings. Raises ConfigurationError naming the first variable that is missing or bad."""
    values = read_environment(environ)
    for variable in PLUGGY_KEYS:
        _require(variable, values.get(variable, ""))
    return WorkerSettings(load_settings(values), _log_level(values.get("LOG_LEVEL", "INFO")))


def load_bot_settings(environ: Mapping[str, str] | None = None) -> BotSettings:
    """Read the settings. Raises ConfigurationError naming the first variable that is missing or bad."""
    values = read_environment(environ)
    for variable in REQUIRED:
        _require(variable, values.get(variable, ""))
    core = load_settings(values)
    settings = BotSettings(
        telegram_bot_token=_token(values["TELEGRAM_BOT_TOKEN"]),
        telegram_api_url=http_url("TELEGRAM_API_URL", values.get("TELEGRAM_API_URL", DEFAULT_TELEGRAM_API_URL)),
        allowed_user_ids=_allowed(values.get("ALLOWED_USER_IDS", "")),
        admin_user_ids=_user_ids("ADMIN_USER_IDS", values.get("ADMIN_USER_IDS", "")),
        log_level=_log_level(values.get("LOG_LEVEL", "INFO")),
        core=core,
    )
    return replace(settings, warnings=start_warnings(settings, values))


def start_warnings(
    settings: BotSettings, values: Mapping[str, str], is_mounted: Callable[[Path], bool] | None = None
) -> tuple[str, ...]:
    """What the operator must hear at start: a database that a deploy erases, or a bot that answers to nobody."""
    warnings = []
    if settings.allowed_user_ids == frozenset() and not settings.admin_user_ids:
        warnings.append(
            "ALLOWED_USER_IDS não tem ninguém: o bot só diz a cada pessoa o próprio id (veja .env.example)."
        )
    host = next((name for name, marks in _HOSTS.items() if any(mark in values for mark in marks)), None)
    if host and _is_lost_at_deploy(values, settings.core.database_url, is_mounted or _on_mounted_volume):
        warnings.append(
            f"ATENÇÃO: DATABASE_URL aponta para um SQLite fora de um volume, e o {host} apaga o disco a cada deploy: "
            "todas as conexões se perderiam. Use PostgreSQL ou um volume (veja .env.example)."
        )
    return tuple(warnings)


_HOSTS = {"Railway": ("RAILWAY_ENVIRONMENT", "RAILWAY_ENVIRONMENT_NAME"), "Render": ("RENDER",)}
_VOLUMES = ("RAILWAY_VOLUME_MOUNT_PATH", "RENDER_DISK_MOUNT_PATH")


def _is_lost_at_deploy(values: Mapping[str, str], database_url: str, is_mounted: Callable[[Path], bool]) -> bool:
    if not database_url.startswith("sqlite"):
        return False
    path = Path(database_url.partition(":///")[2] or ":memory:").absolute()
    volumes = [Path(values[name]) for name in _VOLUMES if name in values]
    return not any(path.is_relative_to(volume) for volume in volumes) and not is_mounted(path)


def _on_mounted_volume(path: Path) -> bool:
    return any(folder.is_mount() for folder in path.parents if folder != Path(folder.anchor))


def _require(variable: str, value: str) -> None:
    if not value or PLACEHOLDER.match(value):
        subject = "Token do Telegram não encontrado" if "TOKEN" in variable else "Credenciais Pluggy não encontradas"
        raise ConfigurationError(
            f"{subject}: defina {variable} no ambiente ou no arquivo .env (veja .env.example).", variable=variable
        )


def _token(value: str) -> str:
    if not BOT_TOKEN.match(value):
        raise ConfigurationError(
            "TELEGRAM_BOT_TOKEN não tem a forma de um token do @BotFather (veja .env.example).",
            variable="TELEGRAM_BOT_TOKEN",
        )
    return value


def _allowed(value: str) -> frozenset[int] | None:
    return None if value.strip() == EVERYONE else _user_ids("ALLOWED_USER_IDS", value)


def _user_ids(variable: str, value: str) -> frozenset[int]:
    words = [word for word in re.split(r"[,;\s]+", value) if word]
    if not all(word.isascii() and word.isdigit() for word in words):
        raise ConfigurationError(
            f"{variable} deve ter ids do Telegram separados por vírgula"
            f"{', ou * para todos' if variable == 'ALLOWED_USER_IDS' else ''} (veja .env.example).",
            variable=variable,
        )
    return frozenset(map(int, words))


def _log_level(value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise ConfigurationError(
            f"LOG_LEVEL deve ser {', '.join(LOG_LEVELS)} (veja .env.example).", variable="LOG_LEVEL"
        )
    return value.upper()
