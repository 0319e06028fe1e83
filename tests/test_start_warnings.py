"""What the operator is warned of at start: a database that the next deploy erases, a bot that answers nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from gerente_financeiro.config import BotSettings, load_bot_settings, start_warnings
from open_finance.config import DEFAULT_DATABASE_URL, Settings
from tests.test_bot_config import KEYS, TOKEN

RAILWAY = {"RAILWAY_ENVIRONMENT": "production"}
RENDER = {"RENDER": "true"}


def warnings_of(database_url: str, *mounted: str, **values: str) -> str:
    """The warnings of a host where these folders are mounted volumes."""
    folders = [Path(folder) for folder in mounted]
    settings = BotSettings(TOKEN, Settings(database_url=database_url), allowed_user_ids=None)
    found = start_warnings(settings, values, lambda path: any(path.is_relative_to(folder) for folder in folders))
    return "\n".join(found)


@pytest.mark.parametrize(("host", "name"), [(RAILWAY, "Railway"), (RENDER, "Render")])
@pytest.mark.parametrize("url", [DEFAULT_DATABASE_URL, "sqlite:////app/gerente.db", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_a_deploy_erases_is_warned_of_loudly(host: dict[str, str], name: str, url: str) -> None:
    warning = warnings_of(url, **host)
    assert warning.startswith("ATENÇÃO")
    for words in ("SQLite", name, "deploy", "DATABASE_URL", ".env.example"):
        assert words in warning


@pytest.mark.parametrize(
    ("url", "values"),
    [
        ("postgresql+psycopg2://u:p@db/x", RAILWAY),
        ("postgresql+psycopg2://u:p@db/x", RENDER),
        ("sqlite:////data/gerente.db", RAILWAY | {"RAILWAY_VOLUME_MOUNT_PATH": "/data"}),
        ("sqlite:////data/deep/gerente.db", RENDER | {"RENDER_DISK_MOUNT_PATH": "/data"}),
        (DEFAULT_DATABASE_URL, {}),
    ],
)
def test_what_survives_a_deploy_is_not_warned_of(url: str, values: dict[str, str]) -> None:
    assert warnings_of(url, **values) == ""


def test_a_mounted_folder_counts_as_a_volume() -> None:
    assert warnings_of("sqlite:////disk/gerente.db", "/disk", **RENDER) == ""
    assert warnings_of("sqlite:////app/gerente.db", "/disk", **RENDER)


def test_a_folder_beside_the_volume_is_none() -> None:
    assert warnings_of("sqlite:////database/g.db", **RAILWAY, RAILWAY_VOLUME_MOUNT_PATH="/data")


def test_mounts_are_asked_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda self: self == Path("/disk"))
    environment = {**KEYS, **RENDER, "ALLOWED_USER_IDS": "*"}
    assert load_bot_settings({**environment, "DATABASE_URL": "sqlite:////disk/deep/gerente.db"}).warnings == ()
    assert len(load_bot_settings({**environment, "DATABASE_URL": "sqlite:////app/gerente.db"}).warnings) == 1


def test_a_bot_that_answers_nobody_says_so_at_start() -> None:
    (warning,) = load_bot_settings(KEYS).warnings
    assert "ALLOWED_USER_IDS" in warning
    for who in ({"ALLOWED_USER_IDS": "*"}, {"ALLOWED_USER_IDS": "1000"}, {"ADMIN_USER_IDS": "1000"}):
        assert load_bot_settings({**KEYS, **who}).warnings == ()
    assert load_bot_settings({**KEYS, "ALLOWED_USER_IDS": ","}).warnings == (warning,)
