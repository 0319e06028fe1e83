"""The core's settings, read once from the environment; ``.env`` fills what that leaves open and never overrides it.

Secrets have ``repr=False``: a settings object may be logged.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

from open_finance.errors import ConfigurationError

DEFAULT_PLUGGY_API_URL = "https://api.pluggy.ai"
DEFAULT_DATABASE_URL = "sqlite:///data/gerente.db"
#: A key of fewer characters, or of nearly one alone, can be guessed.
BACKUP_KEY_LENGTH, BACKUP_KEY_VARIETY = 16, 8
#: What examples and tutorials put where a secret belongs.
PLACEHOLDER = re.compile(
    r"^(<.*>|\.{3}|x{3,}|[\"']{2}|change[ _-]?me"
    r"|(seu|sua|meu|minha|troque|cole|coloque|insira|your|my|paste|insert|replace)[ _-].*)$",
    re.IGNORECASE,
)
#: What never leaves this machine.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class AdviserSettings:
    """An OpenAI-compatible endpoint. ``url``: its base, to which ``/chat/completions`` is added; ``key``: empty only for one
    on this machine."""

    url: str
    model: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the core needs to run. ``database_url`` is already in SQLAlchemy's form.

    ``include_sandbox``: Pluggy's test banks are listed beside the real ones. ``redis_url``: several machines share the work;
    None on one. ``adviser``: the outside service that is asked about categories; None, as a rule, for none. ``backup_key``:
    what backups are encrypted with; None: none can be made. ``idle_days``: who is away for so long is disconnected, after
    warnings; 0: nobody. ``retention_days``: how long leftovers are kept.
    """

    pluggy_client_id: str = ""
    pluggy_client_secret: str = field(default="", repr=False)
    pluggy_api_url: str = DEFAULT_PLUGGY_API_URL
    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)
    include_sandbox: bool = False
    redis_url: str | None = field(default=None, repr=False)
    adviser: AdviserSettings | None = None
    backup_key: str | None = field(default=None, repr=False)
    idle_days: int = 0
    retention_days: int = 90

    def require_backup_key(self) -> str:
        """The key of backups. Raises ConfigurationError where none is set."""
        if self.backup_key is None:
            raise ConfigurationError(
                "BACKUP_KEY falta: sem essa chave não há cópia nem restauração. Crie uma, como diz .env.example, e guarde-a "
                "também fora deste servidor.",
                variable="BACKUP_KEY",
            )
        return self.backup_key

    def require_pluggy_keys(self) -> None:
        """Raise ConfigurationError naming the first missing Pluggy key."""
        for variable, value in (
            ("PLUGGY_CLIENT_ID", self.pluggy_client_id),
            ("PLUGGY_CLIENT_SECRET", self.pluggy_client_secret),
        ):
            if not value:
                raise ConfigurationError(
                    f"Credenciais Pluggy não encontradas: defina {variable} no ambiente ou no arquivo .env "
                    "(veja .env.example).",
                    variable=variable,
                )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no log line may show."""
        password = urlsplit(self.redis_url or "").password or ""
        adviser_key = self.adviser.key if self.adviser else ""
        keys = (self.pluggy_client_secret, password, unquote(password), adviser_key, self.backup_key)
        return tuple(one for one in keys if one)


def read_environment(environ: Mapping[str, str] | None = None, dotenv_path: Path | None = None) -> dict[str, str]:
    """The environment over the ``.env`` file of the working directory. Values are stripped; empty ones are absent."""
    if environ is None:
        environ = os.environ
        dotenv_path = dotenv_path or Path(".env")
    merged: dict[str, str] = {}
    if dotenv_path is not None and dotenv_path.is_file():
        merged.update(_read_dotenv(dotenv_path))
    merged.update(environ)
    return {key: value.strip() for key, value in merged.items() if value and value.strip()}


def _read_dotenv(path: Path) -> dict[str, str]:
    try:
        values = dotenv_values(path, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(
            "O arquivo .env não está em UTF-8: salve-o de novo com essa codificação (veja .env.example)."
        ) from None
    return {key: value for key, value in values.items() if value}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises ConfigurationError naming the variable that is bad; a missing key is not bad yet."""
    values = read_environment(environ)
    database = database_url(values.get("DATABASE_URL", DEFAULT_DATABASE_URL))
    return Settings(
        pluggy_client_id=values.get("PLUGGY_CLIENT_ID", ""),
        pluggy_client_secret=values.get("PLUGGY_CLIENT_SECRET", ""),
        pluggy_api_url=http_url("PLUGGY_API_URL", values.get("PLUGGY_API_URL", DEFAULT_PLUGGY_API_URL)),
        database_url=database,
        include_sandbox=flag("PLUGGY_SANDBOX", values.get("PLUGGY_SANDBOX", "0")),
        redis_url=redis_url(values.get("REDIS_URL"), database),
        adviser=adviser_settings(values),
        backup_key=backup_key(values.get("BACKUP_KEY")),
        idle_days=_days("IDLE_DAYS", values.get("IDLE_DAYS", "0"), range(60, 3651), off=True),
        retention_days=_days("RETENTION_DAYS", values.get("RETENTION_DAYS", "90"), range(7, 91)),
    )


def backup_key(value: str | None) -> str | None:
    """The key in one form, however its accents are written; ConfigurationError naming BACKUP_KEY for one to be guessed."""
    if value is None:
        return None
    key = unicodedata.normalize("NFC", value)
    if PLACEHOLDER.match(key) or len(key) < BACKUP_KEY_LENGTH or len(set(key)) < BACKUP_KEY_VARIETY:
        raise ConfigurationError(
            f"BACKUP_KEY é fraca: use {BACKUP_KEY_LENGTH} caracteres ou mais, sorteados (veja .env.example).",
            variable="BACKUP_KEY",
        )
    return key


def flag(variable: str, value: str) -> bool:
    """``1`` or ``0``; anything else is a ConfigurationError naming the variable."""
    if value not in {"0", "1"}:
        raise ConfigurationError(f"{variable} deve ser 1 ou 0 (veja .env.example).", variable=variable)
    return value == "1"


def _days(variable: str, value: str, possible: range, *, off: bool = False) -> int:
    """A number of days, or ConfigurationError naming the variable. ``off``: 0 is one, too."""
    days = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else -1
    if days in possible or (off and days == 0):
        return days
    none = "0 (nunca) ou " if off else ""
    raise ConfigurationError(
        f"{variable} deve ser {none}um número de dias de {possible[0]} a {possible[-1]} (veja .env.example).",
        variable=variable,
    )


def http_url(variable: str, value: str) -> str:
    """An ``http(s)://host`` URL without its trailing slash, or ConfigurationError naming the variable."""
    try:
        parts = urlsplit(value)
        is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, a port that is no number
        is_valid = False
    if not is_valid:
        raise ConfigurationError(f"{variable} não é um endereço http(s) válido (veja .env.example).", variable=variable)
    return value.rstrip("/")


def adviser_settings(values: Mapping[str, str]) -> AdviserSettings | None:
    """The outside adviser on categories; None, which is the rule, where nothing of it is set. ConfigurationError naming the
    variable that is bad or missing."""
    url, key, model = (values.get(f"CATEGORY_API_{part}", "") for part in ("URL", "KEY", "MODEL"))
    if not (url or key or model):
        return None
    for variable, value in (("CATEGORY_API_KEY", key), ("CATEGORY_API_MODEL", model)):
        if not all("!" <= char <= "~" for char in value):  # a header and a name: no spaces, no accents
            raise ConfigurationError(
                f"{variable} tem um espaço ou um caractere que não pode ter (veja .env.example).", variable=variable
            )
    url = _adviser_url(url)
    for variable, value in (("CATEGORY_API_MODEL", model), ("CATEGORY_API_KEY", key)):
        if not value and not (variable == "CATEGORY_API_KEY" and urlsplit(url).hostname in LOOPBACK):
            raise ConfigurationError(
                f"{variable} falta: o conselheiro de categorias precisa de endereço, chave e modelo, ou de nada disso "
                "(veja .env.example).",
                variable=variable,
            )
    return AdviserSettings(url, model, key)


def _adviser_url(value: str) -> str:
    """Without its trailing slash; encrypted, but on this machine."""
    parts = urlsplit(http_url("CATEGORY_API_URL", value))
    is_open = parts.scheme != "https" and parts.hostname not in LOOPBACK
    if is_open or parts.username or parts.query or parts.fragment:
        raise ConfigurationError(
            "CATEGORY_API_URL precisa ser um endereço https, sem usuário nem parâmetros; http só nesta máquina "
            "(veja .env.example).",
            variable="CATEGORY_API_URL",
        )
    return parts.geturl()


def redis_url(value: str | None, database: str) -> str | None:
    """A ``redis://``, ``rediss://`` or ``unix://`` URL, None where none is given. ConfigurationError naming REDIS_URL for
    anything else, and beside SQLite: a file is one machine's."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_valid = bool(parts.path) if parts.scheme == "unix" else bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, a port that is no number
        is_valid = False
    if not is_valid or parts.scheme not in {"redis", "rediss", "unix"}:
        raise ConfigurationError(
            "REDIS_URL não é um endereço de Redis válido (exemplos em .env.example).", variable="REDIS_URL"
        )
    if database.startswith("sqlite"):
        raise ConfigurationError(
            "REDIS_URL é para várias máquinas, que precisam de um PostgreSQL em comum: defina DATABASE_URL, ou tire "
            "REDIS_URL (veja .env.example).",
            variable="REDIS_URL",
        )
    return value


def database_url(value: str) -> str:
    """A SQLAlchemy URL: ``postgres://`` and ``postgresql://`` both become ``postgresql+psycopg2://``.

    Source: hosts hand out ``postgres://``, which SQLAlchemy refuses; a bare ``postgresql://`` selects psycopg 3 since 2.1.
    """
    scheme, separator, rest = value.partition("://")
    if separator and scheme in {"postgres", "postgresql", "postgresql+psycopg2"}:
        return f"postgresql+psycopg2://{rest}"
    if separator and scheme in {"sqlite", "sqlite+pysqlite"}:
        if rest.strip("/") in {"", ":memory:"}:  # each thread would have an empty database of its own
            raise ConfigurationError(
                "DATABASE_URL precisa dizer o arquivo do SQLite, como sqlite:///data/gerente.db (veja .env.example).",
                variable="DATABASE_URL",
            )
        return f"sqlite://{rest}"
    raise ConfigurationError(
        "DATABASE_URL não é um endereço de SQLite ou PostgreSQL (exemplos em .env.example).", variable="DATABASE_URL"
    )
