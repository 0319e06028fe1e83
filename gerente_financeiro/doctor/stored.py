"""Where the data is: the database and Redis. Decisions over what was seen of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from gerente_financeiro.doctor.findings import Finding, State, failed, fine, skipped, warning
from open_finance.clock import SAO_PAULO
from open_finance.machines.probe import RedisState
from open_finance.storage.inspection import DatabaseState, Trouble

DATABASE, MIGRATIONS, INTEGRITY = "Banco de dados", "Migrações", "Integridade"
BOT, READS, REDIS = "Bot no ar", "Leituras", "Redis"
#: The hosts give 14 or newer; older ones get no corrections any more.
OLDEST_POSTGRESQL = 13
#: Four passes a day; a day without any is none of the bot's plans.
LATE = timedelta(hours=26)

_TROUBLES: dict[Trouble, tuple[State, str, str]] = {
    "absent": ("ok", "ainda não existe; o bot o cria ao começar", ""),
    "address": (
        "failed",
        "DATABASE_URL não é um endereço que se entenda",
        "Copie o endereço de novo do painel do banco.",
    ),
    "host": (
        "failed",
        "o servidor de DATABASE_URL não foi encontrado pelo nome",
        "Confira o nome do servidor em DATABASE_URL; nomes internos só valem dentro da rede do provedor.",
    ),
    "refused": (
        "failed",
        "ninguém atende no servidor e na porta de DATABASE_URL",
        "Ligue o PostgreSQL e confira o servidor e a porta em DATABASE_URL.",
    ),
    "silent": (
        "failed",
        "o servidor de DATABASE_URL não respondeu a tempo",
        "Confira se um firewall bloqueia a porta do PostgreSQL e se o servidor não está sobrecarregado.",
    ),
    "password": (
        "failed",
        "o PostgreSQL recusou o usuário ou a senha",
        "Copie de novo o usuário e a senha para DATABASE_URL; símbolos na senha vão codificados (@ vira %40).",
    ),
    "no_database": (
        "failed",
        "o servidor atende, mas o banco de DATABASE_URL não existe nele",
        "Crie-o (createdb NOME) ou corrija o nome no fim de DATABASE_URL.",
    ),
    "not_allowed": (
        "failed",
        "o PostgreSQL não aceita conexões desta máquina (pg_hba.conf)",
        "Libere o endereço desta máquina no PostgreSQL; muitos provedores pedem ?sslmode=require no fim de DATABASE_URL.",
    ),
    "full": (
        "failed",
        "o PostgreSQL não tem mais conexões livres",
        "Feche o que mais usa o banco, ou aumente max_connections ou o plano.",
    ),
    "starting": ("failed", "o PostgreSQL está começando ou parando", "Espere um minuto e rode doctor de novo."),
    "not_a_database": (
        "failed",
        "o arquivo de DATABASE_URL não é um banco SQLite, ou está estragado",
        "Confira o caminho em DATABASE_URL; se ele está certo, restaure uma cópia: python bot.py restore ARQUIVO.",
    ),
    "locked": (
        "failed",
        "outro programa segura o arquivo do SQLite",
        "Feche o programa que abriu o arquivo; o bot e doctor podem usá-lo ao mesmo tempo.",
    ),
    "other": (
        "failed",
        "o PostgreSQL recusou a conexão por um motivo que não conheço",
        "Tente o mesmo endereço com psql: ele mostra o motivo.",
    ),
}
#: All that is said of the database once it can be seen.
_INSIDE = (MIGRATIONS, INTEGRITY, BOT, READS)


def not_seen(variable: str) -> list[Finding]:
    """Without the setting there is nothing to look at."""
    return [skipped(name, f"depende de {variable}") for name in (DATABASE, *_INSIDE)]


def check_database(seen: DatabaseState | Trouble, now: datetime) -> list[Finding]:
    """One finding for each thing that was looked at."""
    if not isinstance(seen, DatabaseState):
        state, line, remedy = _TROUBLES[seen]
        why = "o banco ainda não existe" if seen == "absent" else f"depende de {DATABASE}"
        return [Finding(DATABASE, state, line, remedy), *(skipped(name, why) for name in _INSIDE)]
    return [_reached(seen), _migrations(seen), _integrity(seen), _bot(seen, now), _reads(seen, now)]


def _reached(seen: DatabaseState) -> Finding:
    if not seen.is_writable:
        what = "o arquivo e a pasta do SQLite" if seen.is_sqlite else "o PostgreSQL"
        remedy = (
            "Dê ao usuário do bot permissão de gravar no arquivo e na pasta dele."
            if seen.is_sqlite
            else "Use o endereço do servidor principal, não o de uma réplica, e um usuário que possa gravar."
        )
        return failed(DATABASE, f"{what} só deixa(m) ler", remedy)
    if not seen.is_sqlite and seen.version < OLDEST_POSTGRESQL:
        return warning(DATABASE, f"o PostgreSQL {seen.version} é velho", "Atualize-o para a versão 14 ou mais nova.")
    return fine(DATABASE, "SQLite" if seen.is_sqlite else f"PostgreSQL {seen.version}")


def _migrations(seen: DatabaseState) -> Finding:
    if seen.revision is None:
        return fine(MIGRATIONS, "o banco está vazio; o bot cria as tabelas ao começar")
    if seen.revision not in seen.revisions:
        return failed(
            MIGRATIONS,
            f"uma versão mais nova do programa já usou este banco (esquema {seen.revision})",
            "Atualize o programa (git pull e pip install -r requirements.txt), ou use o banco de antes.",
        )
    if seen.missing:
        return failed(
            MIGRATIONS,
            f"faltam tabelas: {', '.join(seen.missing)}",
            "Restaure uma cópia num banco vazio: python bot.py restore ARQUIVO.",
        )
    behind = len(seen.revisions) - 1 - seen.revisions.index(seen.revision)
    if behind:
        return warning(
            MIGRATIONS,
            f"{behind} por aplicar (o banco está em {seen.revision})",
            "Faça uma cópia (python bot.py backup) e ligue o bot: ele as aplica ao começar.",
        )
    return fine(MIGRATIONS, f"em dia ({seen.revision})")


def _integrity(seen: DatabaseState) -> Finding:
    if seen.is_whole is None:
        return skipped(INTEGRITY, "o banco é grande, e o tempo de doctor acabou antes")
    if not seen.is_whole:
        return failed(
            INTEGRITY,
            "o banco está danificado: nem tudo se lê",
            "Pare o bot, guarde o que há e restaure a última cópia: python bot.py restore ARQUIVO --replace.",
        )
    return fine(INTEGRITY, "tudo se lê")


def _bot(seen: DatabaseState, now: datetime) -> Finding:
    is_up = seen.answering_until is not None and seen.answering_until > now
    return fine(BOT, "um bot está atendendo com este banco" if is_up else "nenhum bot está atendendo agora")


def _reads(seen: DatabaseState, now: datetime) -> Finding:
    if not seen.connections:
        return fine(READS, "nenhum banco conectado ainda")
    if seen.oldest_read_at is None:
        return fine(READS, f"{seen.connections} conexões, nenhuma lida ainda")
    if now - seen.oldest_read_at > LATE:
        days = max((now - seen.oldest_read_at).days, 1)
        return warning(
            READS,
            f"a conexão mais atrasada não é lida há {days} dia(s)",
            "Veja se o bot está no ar e, em /minhas_contas, quem precisa entrar de novo no banco.",
        )
    return fine(READS, f"a mais antiga é de {seen.oldest_read_at.astimezone(SAO_PAULO):%d/%m às %H:%M}")


_REDIS: dict[RedisState, tuple[State, str, str]] = {
    "fine": ("ok", "responde, e há um worker", ""),
    "no_worker": (
        "warning",
        "responde, mas nenhum worker está rodando: o bot lê os bancos sozinho",
        "Ligue ao menos um: python bot.py worker; ou tire REDIS_URL.",
    ),
    "password": ("failed", "recusou a senha", "Confira usuário e senha em REDIS_URL (redis://:senha@servidor:6379/0)."),
    "not_allowed": (
        "failed",
        "não dá a este usuário os comandos da fila",
        "Dê ao usuário de REDIS_URL acesso a gerente:*.",
    ),
    "unreachable": ("failed", "não respondeu", "Ligue o Redis e confira o servidor e a porta em REDIS_URL."),
    "extra": (
        "failed",
        "a biblioteca não está instalada, ou REDIS_URL tem uma opção desconhecida",
        'Instale com pip install ".[worker]" e confira o que vem depois de ? em REDIS_URL.',
    ),
    "other": ("failed", "respondeu com um erro", "Veja o log do Redis: memória cheia ou réplica só de leitura?"),
}


def check_redis(seen: RedisState | None) -> Finding:
    """None: one machine, no Redis."""
    if seen is None:
        return skipped(REDIS, "não é usado (uma máquina só)")
    return Finding(REDIS, *_REDIS[seen])
