"""The environment, wholly: every variable that is missing or bad, not only the first. Pure but for the ``.env`` file."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gerente_financeiro.config import BotSettings, load_bot_settings
from gerente_financeiro.doctor.findings import Finding, failed, fine, warning
from open_finance.config import read_environment
from open_finance.errors import ConfigurationError

#: What stands in for a bad value while the others are looked at; None: the variable is left out. What another one needs is
#: there, so that one mistake is told once.
_ADVISER: dict[str, str | None] = dict.fromkeys(("CATEGORY_API_URL", "CATEGORY_API_KEY", "CATEGORY_API_MODEL"))
_STAND_INS: dict[str, dict[str, str | None]] = {
    "TELEGRAM_BOT_TOKEN": {"TELEGRAM_BOT_TOKEN": "1:stand-in-of-doctor"},
    "PLUGGY_CLIENT_ID": {"PLUGGY_CLIENT_ID": "none"},
    "PLUGGY_CLIENT_SECRET": {"PLUGGY_CLIENT_SECRET": "none"},
    "DATABASE_URL": {"DATABASE_URL": "postgresql://stand-in.invalid/none"},
    "PORT": {"PORT": "8080"},
    "PUBLIC_URL": {"PUBLIC_URL": "https://stand-in.invalid", "PORT": "8080"},
    "CATEGORY_API_URL": _ADVISER,
    "CATEGORY_API_KEY": _ADVISER,
    "CATEGORY_API_MODEL": _ADVISER,
}
_REMEDIES = {
    "TELEGRAM_BOT_TOKEN": "Peça um token ao @BotFather (/newbot) e ponha-o em TELEGRAM_BOT_TOKEN.",
    "PLUGGY_CLIENT_ID": "Copie o Client ID da sua aplicação em dashboard.pluggy.ai para PLUGGY_CLIENT_ID.",
    "PLUGGY_CLIENT_SECRET": "Copie o Client Secret da sua aplicação em dashboard.pluggy.ai para PLUGGY_CLIENT_SECRET.",
    "DATABASE_URL": "Escreva-o como postgresql://usuario:senha@servidor:5432/banco, ou tire-o para usar SQLite.",
    "REDIS_URL": "Tire REDIS_URL (uma máquina só não precisa dele), ou use redis://:senha@servidor:6379/0 com PostgreSQL.",
    "BACKUP_KEY": 'Crie outra: python -c "import secrets; print(secrets.token_urlsafe(32))".',
    "PORT": "Ponha só o número da porta, como 8080; Railway e Render já a definem.",
    "PUBLIC_URL": "Ponha o endereço https do serviço, sem mais nada, e a porta em PORT; ou tire PUBLIC_URL.",
    "TELEGRAM_WEBHOOK": "Tire TELEGRAM_WEBHOOK (o bot busca as mensagens), ou ponha 1 e defina PUBLIC_URL e PORT.",
    "WEBHOOK_SECRET": "Tire WEBHOOK_SECRET (o bot cria um), ou ponha 16 letras e números sorteados.",
    "ALLOWED_USER_IDS": "Ponha números como 123456789, separados por vírgula; o bot diz a cada pessoa o próprio id.",
    "ADMIN_USER_IDS": "Ponha o seu id do Telegram (um número); o bot o diz a quem escreve para ele.",
    "LOG_LEVEL": "Tire LOG_LEVEL, ou ponha INFO.",
    "PLUGGY_SANDBOX": "Tire PLUGGY_SANDBOX, ou ponha 1 para ver os bancos de teste.",
    "PLUGGY_API_URL": "Tire PLUGGY_API_URL: sem ela vale o endereço oficial da Pluggy.",
    "TELEGRAM_API_URL": "Tire TELEGRAM_API_URL: sem ela vale o endereço oficial do Telegram.",
}
_ELSEWHERE = re.compile(r"\s*\((veja|exemplos em) \.env\.example\)|; veja \.env\.example(?=\))")
_MOST = 50


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings as far as they are usable. ``broken``: variables whose value stands in for a bad one."""

    settings: BotSettings
    values: Mapping[str, str]
    broken: frozenset[str]
    findings: tuple[Finding, ...]

    def lacks(self, *variables: str) -> str | None:
        """The first of these that is broken."""
        return next((one for one in variables if one in self.broken), None)


def read_values(environ: Mapping[str, str] | None, dotenv: Path) -> tuple[dict[str, str], list[Finding]]:
    """The environment over the ``.env`` file, and how that file is. ``environ``: None for the process's own."""
    name = "Arquivo .env"
    try:
        values = read_environment(environ, dotenv) if environ is not None else read_environment(dotenv_path=dotenv)
    except ConfigurationError:
        line = "não está em UTF-8, e nada dele foi lido"
        return read_environment(environ or {}), [failed(name, line, "Salve o arquivo .env de novo em UTF-8.")]
    except OSError:
        remedy = "Dê ao usuário do bot permissão de ler o arquivo .env (chown e chmod 600)."
        return read_environment(environ or {}), [failed(name, "existe e não pode ser lido", remedy)]
    if not dotenv.exists():
        return values, [fine(name, "não há: tudo vem do ambiente")]
    if stat.S_IMODE(dotenv.stat().st_mode) & 0o077:
        return values, [warning(name, "outros usuários desta máquina podem ler as chaves dele", "chmod 600 .env")]
    return values, [fine(name, "só você pode lê-lo")]


def read_settings(values: Mapping[str, str]) -> Environment:
    """Every bad variable, and settings in which something stands in for them."""
    given, broken, findings = dict(values), set[str](), list[Finding]()
    for _ in range(_MOST):
        try:
            settings = load_bot_settings(given)
        except ConfigurationError as error:
            variable = error.variable or ""
            findings.append(_bad(variable, str(error)))
            broken.add(variable)
            for name, value in _STAND_INS.get(variable, {variable: None}).items():
                given.pop(name, None)
                if value is not None:
                    given[name] = value
        else:
            notes = findings or [fine("Configuração", "as variáveis obrigatórias estão preenchidas")]
            return Environment(settings, values, frozenset(broken), (*notes, *_people(settings, broken)))
    raise AssertionError("a stand-in is refused")  # a test looks at each of them


def _bad(variable: str, message: str) -> Finding:
    line = _ELSEWHERE.sub("", message).removesuffix(".").partition(": defina ")[0].removeprefix(f"{variable} ")
    return failed(variable, line, _REMEDIES.get(variable, f"Veja {variable} em .env.example."))


def _people(settings: BotSettings, broken: set[str]) -> list[Finding]:
    findings = [_allowed(settings), _admins(settings), _backup_key(settings)]
    return [one for one in findings if one.name not in broken]


def _allowed(settings: BotSettings) -> Finding:
    name = "ALLOWED_USER_IDS"
    if settings.allowed_user_ids is None:
        return fine(name, "qualquer pessoa pode usar o bot")
    if not settings.allowed_user_ids and not settings.admin_user_ids:
        remedy = "Escreva para o bot, copie o id que ele responder e ponha-o em ALLOWED_USER_IDS."
        return warning(name, "ninguém pode usar o bot", remedy)
    return fine(name, f"{len(settings.allowed_user_ids | settings.admin_user_ids)} pessoa(s) podem usar o bot")


def _admins(settings: BotSettings) -> Finding:
    name = "ADMIN_USER_IDS"
    if not settings.admin_user_ids:
        return warning(name, "ninguém cuida do bot pelo Telegram", "Ponha o seu id em ADMIN_USER_IDS.")
    return fine(name, f"{len(settings.admin_user_ids)} pessoa(s) cuidam do bot")


def _backup_key(settings: BotSettings) -> Finding:
    name = "BACKUP_KEY"
    if settings.core.backup_key is None:
        remedy = (
            'Crie uma (python -c "import secrets; print(secrets.token_urlsafe(32))") e guarde-a também noutro lugar.'
        )
        return warning(name, "não há chave: nenhuma cópia de segurança pode ser feita", remedy)
    return fine(name, "há uma chave para as cópias de segurança")
