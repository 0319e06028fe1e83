"""The bot's settings, read once from the environment (and ``.env``), together with the core's.

Every bad value is a ConfigurationError that names its variable; secrets have ``repr=False``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from open_finance.config import PLACEHOLDER, Settings, flag, http_url, load_settings, read_environment
from open_finance.errors import ConfigurationError

DEFAULT_TELEGRAM_API_URL = "https://api.telegram.org"
DEFAULT_TELEGRAM_WEB_APP_JS_URL = "https://telegram.org/js/telegram-web-app.js"
DEFAULT_PLUGGY_CONNECT_JS_URL = "https://cdn.pluggy.ai/pluggy-connect/latest/pluggy-connect.js"
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
EVERYONE = "*"
PLUGGY_KEYS = ("PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET")
REQUIRED = ("TELEGRAM_BOT_TOKEN", *PLUGGY_KEYS)

BOT_TOKEN = re.compile(r"^\d+:[\w-]{10,}$")
#: It travels in a header; a shorter one could be guessed.
SHARED_SECRET = re.compile(r"^[\x21-\x7e]{16,256}$")


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What the bot needs to run.

    ``allowed_user_ids``: None = everyone, empty = nobody. ``warnings``: sentences for the log, loud, at start. ``port``:
    where the HTTP server listens, None: there is none; ``public_url``: how the world reaches it, None: nobody does.
    ``telegram_webhook``: updates come there, instead of being polled. ``…_js_url``: scripts of the secure screen.
    ``metrics_token``: what a monitor shows to be given /metrics; None: there is none.
    """

    telegram_bot_token: str = field(repr=False)
    core: Settings = field(default_factory=Settings)
    telegram_api_url: str = DEFAULT_TELEGRAM_API_URL
    allowed_user_ids: frozenset[int] | None = frozenset()
    admin_user_ids: frozenset[int] = frozenset()
    log_level: str = "INFO"
    log_format: str = "text"
    warnings: tuple[str, ...] = ()
    port: int | None = None
    public_url: str | None = None
    telegram_webhook: bool = False
    webhook_secret: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    telegram_web_app_js_url: str = DEFAULT_TELEGRAM_WEB_APP_JS_URL
    pluggy_connect_js_url: str = DEFAULT_PLUGGY_CONNECT_JS_URL

    def allows(self, user_id: int) -> bool:
        """Whether this person may use the bot."""
        return self.allowed_user_ids is None or user_id in self.allowed_user_ids or user_id in self.admin_user_ids

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no log line may show."""
        hooks = (self.webhook_secret, self.pluggy_webhook_secret, self.telegram_webhook_secret, self.metrics_token)
        return (*filter(None, (self.telegram_bot_token, *hooks)), *self.core.secrets)

    @property
    def pluggy_webhook_secret(self) -> str:
        """What Pluggy's events must carry: ``WEBHOOK_SECRET``, or one that every process derives alike."""
        return self.webhook_secret or self._derived("pluggy")

    @property
    def telegram_webhook_secret(self) -> str:
        """What Telegram's updates must carry, in the characters that it allows."""
        return self._derived("telegram")

    def _derived(self, whose: str) -> str:
        key = self.webhook_secret or self.core.pluggy_client_secret
        return hmac.new(key.encode(), f"gerente-financeiro webhook {whose}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker needs to run."""

    core: Settings
    log_level: str = "INFO"
    log_format: str = "text"


def load_worker_settings(environ: Mapping[str, str] | None = None) -> WorkerSettings:
    """Read a worker's settings. Raises ConfigurationError naming the first variable that is missing or bad."""
    values = read_environment(environ)
    for variable in PLUGGY_KEYS:
        _require(variable, values.get(variable, ""))
    return WorkerSettings(
        load_settings(values),
        _log_level(values.get("LOG_LEVEL", "INFO")),
        _log_format(values.get("LOG_FORMAT", "text")),
    )


def load_bot_settings(environ: Mapping[str, str] | None = None) -> BotSettings:
    """Read the settings. Raises ConfigurationError naming the first variable that is missing or bad."""
    values = read_environment(environ)
    for variable in REQUIRED:
        _require(variable, values.get(variable, ""))
    core = load_settings(values)
    port = _port(values.get("PORT"))
    public_url = _public_url(values.get("PUBLIC_URL"), port)
    settings = BotSettings(
        telegram_bot_token=_token(values["TELEGRAM_BOT_TOKEN"]),
        telegram_api_url=http_url("TELEGRAM_API_URL", values.get("TELEGRAM_API_URL", DEFAULT_TELEGRAM_API_URL)),
        allowed_user_ids=_allowed(values.get("ALLOWED_USER_IDS", "")),
        admin_user_ids=_user_ids("ADMIN_USER_IDS", values.get("ADMIN_USER_IDS", "")),
        log_level=_log_level(values.get("LOG_LEVEL", "INFO")),
        log_format=_log_format(values.get("LOG_FORMAT", "text")),
        core=core,
        port=port,
        public_url=public_url,
        telegram_webhook=_telegram_webhook(values.get("TELEGRAM_WEBHOOK", "0"), public_url),
        webhook_secret=_shared_secret("WEBHOOK_SECRET", values.get("WEBHOOK_SECRET")),
        metrics_token=_shared_secret("METRICS_TOKEN", values.get("METRICS_TOKEN")),
        telegram_web_app_js_url=_script("TELEGRAM_WEB_APP_JS_URL", values, DEFAULT_TELEGRAM_WEB_APP_JS_URL),
        pluggy_connect_js_url=_script("PLUGGY_CONNECT_JS_URL", values, DEFAULT_PLUGGY_CONNECT_JS_URL),
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
    host = host_that_erases(values, settings.core.database_url, is_mounted)
    if host:
        warnings.append(
            f"ATENÇÃO: DATABASE_URL aponta para um SQLite fora de um volume, e o {host} apaga o disco a cada deploy: "
            "todas as conexões se perderiam. Use PostgreSQL ou um volume (veja .env.example)."
        )
    return tuple(warnings)


_HOSTS = {"Railway": ("RAILWAY_ENVIRONMENT", "RAILWAY_ENVIRONMENT_NAME"), "Render": ("RENDER",)}
_VOLUMES = ("RAILWAY_VOLUME_MOUNT_PATH", "RENDER_DISK_MOUNT_PATH")


def host_that_erases(
    values: Mapping[str, str], database_url: str, is_mounted: Callable[[Path], bool] | None = None
) -> str | None:
    """The host on which the next deploy would take the SQLite file with it; None elsewhere."""
    host = next((name for name, marks in _HOSTS.items() if any(mark in values for mark in marks)), None)
    is_lost = host is not None and _is_lost_at_deploy(values, database_url, is_mounted or _on_mounted_volume)
    return host if is_lost else None


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


def _log_format(value: str) -> str:
    if value.lower() not in LOG_FORMATS:
        raise ConfigurationError("LOG_FORMAT deve ser text ou json (veja .env.example).", variable="LOG_FORMAT")
    return value.lower()


# --- the public address --------------------------------------------------------------------------------------------


def _port(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise ConfigurationError("PORT deve ser um número de 1 a 65535 (veja .env.example).", variable="PORT")
    return int(value)


def _public_url(value: str | None, port: int | None) -> str | None:
    if value is None:
        return None
    url = _safe_url("PUBLIC_URL", value)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ConfigurationError("PUBLIC_URL é só o endereço, sem ? nem # (veja .env.example).", variable="PUBLIC_URL")
    if port is None:
        raise ConfigurationError(
            "PUBLIC_URL precisa de PORT, a porta em que este programa escuta (veja .env.example).",
            variable="PUBLIC_URL",
        )
    return url


def _telegram_webhook(value: str, public_url: str | None) -> bool:
    wanted = flag("TELEGRAM_WEBHOOK", value)
    if wanted and public_url is None:
        raise ConfigurationError(
            "TELEGRAM_WEBHOOK precisa do endereço público, PUBLIC_URL, e da porta dele (veja .env.example).",
            variable="TELEGRAM_WEBHOOK",
        )
    return wanted


def _shared_secret(variable: str, value: str | None) -> str | None:
    if value is not None and (PLACEHOLDER.match(value) or not SHARED_SECRET.match(value)):
        raise ConfigurationError(
            f"{variable} deve ter de 16 a 256 letras, números e sinais, sem espaço nem acento (veja .env.example).",
            variable=variable,
        )
    return value


def _script(variable: str, values: Mapping[str, str], default: str) -> str:
    return _safe_url(variable, values.get(variable, default))


def _safe_url(variable: str, value: str) -> str:
    """An ``https`` URL without its trailing slash; ``http`` only where no network is in between."""
    url = http_url(variable, value)
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ConfigurationError(
            f"{variable} deve começar com https:// (http só na própria máquina; veja .env.example).", variable=variable
        )
    if parts.username is not None or not _ADDRESS.match(url):
        raise ConfigurationError(f"{variable} não é um endereço http(s) válido (veja .env.example).", variable=variable)
    return url


#: What may stand in a header and in a page as it is.
_ADDRESS = re.compile(r"^[\w.~:/?#\[\]@!$&()*+,=%-]+$", re.ASCII)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
