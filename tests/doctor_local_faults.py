"""What can be wrong where the bot runs: its settings, its machine, its database, its Redis."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import update

from gerente_financeiro.doctor.machine import Machine
from open_finance.clock import SystemClock
from open_finance.storage.database import Database, upgrade
from open_finance.storage.models import Base
from tests.doctor_world import (
    FAULTS,
    NOWHERE,
    Fault,
    LateClock,
    World,
    fault,
    free_port,
    hangs,
    listening,
    refusing_postgres,
    setting,
)
from tests.every_row import fill_every_table

setting("no_token", "não encontrado", TELEGRAM_BOT_TOKEN=None)
setting("no_token_by_its_form", "forma de um token", TELEGRAM_BOT_TOKEN="abc")
setting("no_client_id", "não encontradas", PLUGGY_CLIENT_ID=None)
setting("placeholder_for_a_secret", "não encontradas", PLUGGY_CLIENT_SECRET="sua-chave-aqui")
setting("another_database", "não é um endereço de SQLite ou PostgreSQL", DATABASE_URL="mysql://a:uma-senha@b/c")
setting("no_redis_address", "não é um endereço de Redis", REDIS_URL="localhost:6379")
setting("redis_beside_sqlite", "várias máquinas", REDIS_URL="redis://localhost")
setting("no_backup_key", "não há chave", BACKUP_KEY=None)
setting("weak_backup_key", "é fraca", BACKUP_KEY="1234567890")
setting("no_port", "de 1 a 65535", PORT="oitenta")
setting("public_url_without_port", "precisa de PORT", "PUBLIC_URL", PORT=None)
setting("public_url_in_the_clear", "https://", PUBLIC_URL="http://meu-bot.example.com")
setting("webhook_flag", "1 ou 0", TELEGRAM_WEBHOOK="sim")
setting(
    "webhook_without_address", "precisa do endereço público", "TELEGRAM_WEBHOOK", TELEGRAM_WEBHOOK="1", PUBLIC_URL=None
)
setting("short_webhook_secret", "16 a 256", WEBHOOK_SECRET="curto")
setting("names_for_ids", "ids do Telegram", ALLOWED_USER_IDS="@ana")
setting("names_for_admins", "ids do Telegram", ADMIN_USER_IDS="ana")
setting("no_admin", "ninguém cuida", ADMIN_USER_IDS=None)
setting(
    "nobody_allowed",
    "ninguém pode usar",
    "ALLOWED_USER_IDS",
    "ADMIN_USER_IDS",
    ALLOWED_USER_IDS=None,
    ADMIN_USER_IDS=None,
)
setting("log_level", "DEBUG", LOG_LEVEL="muito")
setting("sandbox_flag", "1 ou 0", PLUGGY_SANDBOX="sim")
setting("no_pluggy_address", "não é um endereço http", PLUGGY_API_URL="api.pluggy.ai")
setting("no_telegram_address", "não é um endereço http", TELEGRAM_API_URL="api.telegram.org")
setting(
    "adviser_in_the_clear", "https", CATEGORY_API_URL="http://example.com", CATEGORY_API_MODEL="m", CATEGORY_API_KEY="k"
)
setting("adviser_without_model", "falta", "CATEGORY_API_MODEL", CATEGORY_API_URL="https://example.com")
setting("adviser_key_with_a_space", "espaço", "CATEGORY_API_KEY", CATEGORY_API_KEY="a b")
setting("script_in_the_clear", "https://", PLUGGY_CONNECT_JS_URL="http://example.com/a.js")
setting("script_of_telegram", "https://", TELEGRAM_WEB_APP_JS_URL="http://example.com/a.js")


@fault("UTF-8", "Arquivo .env")
def dotenv_in_latin_1(world: World) -> None:
    world.dotenv = world.folder / "latin.env"
    world.dotenv.write_bytes("NOME=José".encode("latin-1"))


@fault("outros usuários", "Arquivo .env")
def dotenv_for_everybody(world: World) -> None:
    world.dotenv = world.folder / "open.env"
    world.dotenv.write_text("")
    world.dotenv.chmod(0o644)


@fault(" s adiantado", "Relógio")
def clock_a_little_ahead(world: World) -> None:
    world.clock = LateClock(40.5)


@fault("atrasado: chaves", "Relógio")
def clock_far_behind(world: World) -> None:
    world.clock = LateClock(-400)


@fault("não conhece", "Fuso horário")
def no_time_zones(world: World) -> None:
    def zone(name: str) -> Any:
        raise ZoneInfoNotFoundError(name)

    world.machine = Machine(world.machine.free_bytes, zone)


@fault("errados ou velhos", "Fuso horário")
def wrong_time_zones(world: World) -> None:
    world.machine = Machine(world.machine.free_bytes, lambda _: UTC)


@fault("está cheio", "Disco")
def full_disk(world: World) -> None:
    world.machine = Machine(lambda _: 1 << 20)


@fault("quase cheio", "Disco")
def disk_that_fills(world: World) -> None:
    world.machine = Machine(lambda _: 100 << 20)


@fault("não posso gravar", "Disco")
def folder_that_is_a_file(world: World) -> None:
    (world.folder / "um-arquivo").write_text("")
    world.env["DATABASE_URL"] = f"sqlite:///{world.folder}/um-arquivo/gerente.db"


@fault("fora de um volume", "Volume")
def sqlite_that_a_deploy_erases(world: World) -> None:
    world.env["RAILWAY_ENVIRONMENT"] = "production"
    world.machine = Machine(world.machine.free_bytes, is_mounted=lambda _: False)


# --- the database ----------------------------------------------------------------------------------------------------


def own_file(world: World, *, migrated: bool = True) -> Path:
    """A SQLite file for this fault alone."""
    path = world.folder / "own.db"
    world.later(path.unlink, missing_ok=True)
    if migrated:
        path.write_bytes(world.template.read_bytes())
    world.env["DATABASE_URL"] = f"sqlite:///{path}"
    return path


def spoil(world: World, *statements: str) -> None:
    with closing(sqlite3.connect(own_file(world))) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@fault("não é um banco SQLite", "Banco de dados")
def text_for_a_database(world: World) -> None:
    own_file(world, migrated=False).write_text("isto não é um banco" * 1000)


@fault("outro programa segura", "Banco de dados")
def file_that_is_held(world: World) -> None:
    spoil(world, "PRAGMA journal_mode=DELETE")
    holder = sqlite3.connect(world.folder / "own.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    world.later(holder.close)
    world.patience = 0.5


@fault("danificado", "Integridade")
def damaged_file(world: World) -> None:
    path = own_file(world)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        page, root = (
            connection.execute("PRAGMA page_size").fetchone()[0],
            connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'bank_transactions'").fetchone()[0],
        )
    content = bytearray(path.read_bytes())
    content[(root - 1) * page : root * page] = b"\xff" * page
    path.write_bytes(content)


@fault("por aplicar (o banco está em 0010)", "Migrações")
def older_schema(world: World) -> None:
    own_file(world, migrated=False)
    database = Database(world.env["DATABASE_URL"])
    with database.rebuilding() as connection:
        upgrade(connection, "0010")
    database.dispose()


@fault("versão mais nova", "Migrações")
def newer_schema(world: World) -> None:
    spoil(world, "UPDATE alembic_version SET version_num = '9999'")


@fault("faltam tabelas: prompts", "Migrações")
def missing_table(world: World) -> None:
    spoil(world, "DROP TABLE prompts")


@fault("não é lida há 3 dia(s)", "Leituras")
def connection_that_nobody_reads(world: World) -> None:
    own_file(world)
    database = Database(world.env["DATABASE_URL"])
    with database.writing() as session:
        fill_every_table(session)
        values = {"last_synced_at": SystemClock().now() - timedelta(days=3, hours=1)}
        session.connection().execute(update(Base.metadata.tables["bank_connections"]).values(values))
    database.dispose()


@fault("não foi encontrado pelo nome", "Banco de dados")
def unknown_database_host(world: World) -> None:
    world.env["DATABASE_URL"] = f"postgresql://ana:uma-senha@{NOWHERE}/gerente"


@fault("ninguém atende", "Banco de dados")
def closed_database_port(world: World) -> None:
    world.env["DATABASE_URL"] = f"postgresql://ana:uma-senha@127.0.0.1:{free_port()}/gerente"


@fault("não respondeu a tempo", "Banco de dados")
def database_that_hangs(world: World) -> None:
    port = world.stack.enter_context(listening(hangs))
    world.env["DATABASE_URL"] = f"postgresql://ana:uma-senha@127.0.0.1:{port}/gerente"
    world.patience = 0.5


def refused_by_postgres(label: str, says: str, message: str) -> None:
    def seed(world: World) -> None:
        port = world.stack.enter_context(listening(refusing_postgres(message)))
        world.env["DATABASE_URL"] = f"postgresql://ana:uma-senha@127.0.0.1:{port}/gerente"

    FAULTS[label] = Fault(seed, ("Banco de dados",), says)


refused_by_postgres("wrong_password", "usuário ou a senha", 'password authentication failed for user "ana"')
refused_by_postgres("no_such_database", "não existe nele", 'database "gerente" does not exist')
refused_by_postgres(
    "not_from_here", "pg_hba", 'no pg_hba.conf entry for host "10.0.0.1", user "ana", database "gerente"'
)
refused_by_postgres("too_many", "conexões livres", "sorry, too many clients already")
refused_by_postgres("starting_up", "começando ou parando", "the database system is starting up")
refused_by_postgres("something_else", "não conheço", "uma coisa nunca vista")


@fault("só deixa(m) ler", "Banco de dados")
def replica(world: World) -> None:
    assert world.postgres is not None
    url = world.postgres.create()
    world.later(world.postgres.drop, url)
    world.env["DATABASE_URL"] = f"{url}&options=-c%20default_transaction_read_only%3Don"


# --- Redis -----------------------------------------------------------------------------------------------------------


def with_postgres(world: World) -> None:
    assert world.postgres is not None
    url = world.postgres.create()
    world.later(world.postgres.give_back, url)
    world.env["DATABASE_URL"] = url


@fault("não respondeu", "Redis")
def redis_that_is_away(world: World) -> None:
    with_postgres(world)
    world.env["REDIS_URL"] = f"redis://:uma-senha@127.0.0.1:{free_port()}/0"


@fault("nenhum worker", "Redis")
def redis_without_a_worker(world: World) -> None:
    assert world.redis is not None
    with_postgres(world)
    world.env["REDIS_URL"] = world.redis


def redis_that_says(label: str, says: str, answer: str) -> None:
    def meet(peer: socket.socket) -> None:
        while asked := peer.recv(1 << 12):
            peer.sendall(f"-{answer}\r\n".encode() * asked.count(b"*"))

    def seed(world: World) -> None:
        with_postgres(world)
        port = world.stack.enter_context(listening(meet))
        world.env["REDIS_URL"] = f"redis://:uma-senha@127.0.0.1:{port}/0"

    FAULTS[label] = Fault(seed, ("Redis",), says)


redis_that_says("redis_password", "recusou a senha", "WRONGPASS invalid username-password pair or user is disabled.")


@fault("biblioteca não está instalada", "Redis")
def redis_option(world: World) -> None:
    with_postgres(world)
    world.env["REDIS_URL"] = "redis://127.0.0.1/0?nada=1&max_connections=muitas"


#: The list, for those who add to it.
LOCAL = FAULTS
