"""What the documents promise is run or compared with the code."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import bot
from open_finance.config import read_environment
from tests.pluggy_server import PluggyServer, start_pluggy

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
HURRY = 20


def python_blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def local_pluggy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PluggyServer]:
    """Examples run in an empty folder, configured by the environment alone, as a reader would. The bank is hurried, and so
    are the pauses between two looks at it."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(seconds / HURRY))
    with start_pluggy(speed=200) as server:
        for name, value in {
            "PLUGGY_CLIENT_ID": "id",
            "PLUGGY_CLIENT_SECRET": "secret",
            "PLUGGY_API_URL": server.url,
            "DATABASE_URL": f"sqlite:///{tmp_path}/exemplos.db",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield server


def test_readme_examples_run_as_they_stand(local_pluggy: PluggyServer) -> None:
    names: dict[str, Any] = {}
    blocks = python_blocks(README)
    assert len(blocks) >= 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert {"Itaú", "Nubank"} <= {banco["name"] for banco in names["bancos"]}
    assert names["connection"]["connector_name"] == "Itaú"
    assert names["connection"]["status"] == "UPDATED"
    assert names["connection"]["action"] is None
    assert isinstance(names["total"], Decimal)


def test_package_guide_examples_run_as_they_stand(local_pluggy: PluggyServer) -> None:
    names: dict[str, Any] = {}
    blocks = python_blocks((ROOT / "open_finance" / "README.md").read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, "open_finance/README.md", "exec"), names)


def documented_variables() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", ENV_EXAMPLE, flags=re.MULTILINE))


def variables_in_code() -> set[str]:
    """Upper-case names the two config modules ask the environment for; hosts' own marks are not ours to document."""
    found: set[str] = set()
    for package in ("open_finance", "gerente_financeiro"):
        text = (ROOT / package / "config.py").read_text(encoding="utf-8")
        found |= set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+|PORT)"', text))
    return {name for name in found if not name.startswith(("RAILWAY_", "RENDER"))}


def test_env_example_names_exactly_what_the_code_reads() -> None:
    assert documented_variables() == variables_in_code()


def test_env_example_as_it_stands_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV_EXAMPLE, encoding="utf-8")
    assert read_environment({}, tmp_path / ".env") == {}


def test_readme_names_every_command_of_the_bot() -> None:
    from gerente_financeiro.app import COMMANDS

    for command in COMMANDS:
        assert f"/{command}" in README or command == "start"


def test_pictures_and_pages_the_documents_point_to_exist() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "open_finance/README.md", "sandbox/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        targets = re.findall(r'\]\(([^)#]+?)(?:#[^)]*)?\)|src="([^"]+)"', text)
        for target in (markdown or html for markdown, html in targets):
            if "://" not in target:
                assert ((ROOT / page).parent / target).exists(), f"{page} points to {target}"


def test_shell_commands_of_the_readme_exist() -> None:
    for block in re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            assert (ROOT / line.split()[0].removeprefix("./")).exists()


def test_programs_that_the_documents_name_are_programs(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"python bot\.py (\w+)", README))
    assert {"worker", "verify"} <= named
    for name in named:
        with pytest.raises(SystemExit) as ended:
            bot.parse([name, "--help"])
        assert ended.value.code == 0, name
    assert "ARQUIVO.pdf" in capsys.readouterr().out


def test_the_files_of_the_hosts_start_what_the_readme_says() -> None:
    """Without an address, and with one: the same program, whose health the host asks for where it listens."""
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "worker: python bot.py\nweb: python bot.py\n"
    render = (ROOT / "render.yaml").read_text(encoding="utf-8")
    for line in ("startCommand: python bot.py", "healthCheckPath: /healthz", "key: PUBLIC_URL", "RENDER_EXTERNAL_URL"):
        assert line in render
    deploy = {
        name: json.loads((ROOT / f"{name}.json").read_text(encoding="utf-8"))["deploy"]
        for name in ("railway", "railway.worker")
    }
    assert deploy["railway"]["startCommand"] == "python bot.py"
    assert deploy["railway"]["healthcheckPath"] == "/healthz"
    assert deploy["railway.worker"]["startCommand"] == "python bot.py worker"
    assert "healthcheckPath" not in deploy["railway.worker"]  # it listens nowhere


def test_the_readme_explains_every_setting_of_the_public_address() -> None:
    section = README.partition("## Com endereço público")[2].partition("\n## ")[0]
    for variable in ("PORT", "PUBLIC_URL", "TELEGRAM_WEBHOOK", "WEBHOOK_SECRET"):
        assert f"| `{variable}` |" in section
