"""People, each with own secrets and an own bank account, between the two servers and ``python bot.py`` as a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from open_finance.clock import local_day
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow, IntentRow
from tests.bot_app import Chat, choose, fill
from tests.bot_nursery import ROOT
from tests.bot_process import HASTY, BotProcess, end_leases, environment
from tests.canaries import BOT_TOKEN, CLIENT_SECRET, Person
from tests.pluggy_server import Json, PluggyServer, start_pluggy, wait_until
from tests.story import checking, row
from tests.telegram_server import TelegramServer, start_telegram

PATIENCE = 40


class Scene:
    """The servers, the process between them, and its database. Everything the process writes is in ``folder``."""

    def __init__(
        self, telegram: TelegramServer, pluggy: PluggyServer, folder: Path, database_url: str, level: str
    ) -> None:
        self.telegram = telegram
        self.pluggy = pluggy
        self.folder = folder
        self.database = Database(database_url)
        secrets = {"TELEGRAM_BOT_TOKEN": BOT_TOKEN, "PLUGGY_CLIENT_SECRET": CLIENT_SECRET}
        own = {"DATABASE_URL": database_url, "LOG_LEVEL": level, "PYTHONPATH": str(ROOT)}
        self.bot = BotProcess(folder, environment(telegram, pluggy, **own, **secrets), HASTY)
        self._database_url = database_url
        self._held: list[int] = []  # the places of requests that are not to be answered before the kill

    # --- the process ---

    def start(self) -> None:
        self.bot.start().wait_until_answering()

    def kill(self) -> None:
        """Pluggy does what ``holds`` held, and nobody hears its answers. Afterwards it is well again."""
        self.bot.freeze()
        assert not any(map(self._is_answered, self._held))
        if self._held:
            self.pluggy.release()
        wait_until(lambda: all(map(self._is_answered, self._held)), seconds=PATIENCE)
        self.bot.kill()
        self.pluggy.admin("faults", method="DELETE")

    def restart(self) -> None:
        end_leases(self._database_url, datetime.now(UTC))
        self.start()

    # --- Pluggy ---

    def items(self) -> dict[str, str]:
        """Every item at Pluggy: its id, whose it is."""
        return {item["id"]: item["clientUserId"] for item in self.pluggy.items()}

    def asked(self, method: str, path: str) -> list[int]:
        """The places of such requests among all that Pluggy has received."""
        requests = enumerate(self.pluggy.requests())
        return [place for place, one in requests if one["method"] == method and one["path"].endswith(path)]

    def holds(self, method: str, path: str) -> Callable[[], None]:
        """Let Pluggy hold the next such request until the kill; what is returned waits until that has arrived."""
        before = self.asked(method, path)
        self.pluggy.fault("hold", method=method, path=f"{path}$")

        def wait() -> None:
            wait_until(lambda: self.asked(method, path) != before, seconds=PATIENCE)
            self._held.append(self.asked(method, path)[-1])

        return wait

    def _is_answered(self, place: int) -> bool:
        return bool(self.pluggy.requests()[place]["status"])

    # --- the rows ---

    def rows(self) -> dict[str, str]:
        """Every connection here that has not ended: its item's id, whose it is."""
        standing = select(ConnectionRow).where(ConnectionRow.disconnected_at.is_(None))
        with self.database.reading() as session:
            return {row.item_id: str(row.user_id) for row in session.scalars(standing)}

    def settled(self) -> set[str]:
        """The people who have a connection that stands."""
        standing = select(ConnectionRow.user_id).where(ConnectionRow.settled_at.is_not(None))
        with self.database.reading() as session:
            return set(map(str, session.scalars(standing)))

    def unknown(self) -> list[str]:
        """The people of whom Pluggy has an item that no row knows."""
        rows = self.rows()
        return sorted(owner for item, owner in self.items().items() if item not in rows)

    def asking(self) -> list[str]:
        """The people whose request has left, and of whose answer nothing is known."""
        open_ones = select(IntentRow.user_id).where(IntentRow.state.in_(("posting", "uncertain")))
        with self.database.reading() as session:
            return sorted(map(str, session.scalars(open_ones)))

    # --- the people ---

    def arrive(self, number: int) -> Part:
        """A new person, whose every bank knows the CPF: in the account, in its rows, in the identity."""
        person = Person(number)
        self.telegram.add_user(person.user_id, f"Pessoa {number}")
        for match in (person.cpf, person.sandbox_user):
            self.pluggy.admin("households", {"match": match, "household": household(person)})
        # A line of one's own to the local Telegram: many write at once.
        return Part(self, person, Chat(TelegramServer(self.telegram.url), person.user_id, PATIENCE))

    def close(self) -> None:
        self.bot.close()
        self.database.dispose()


def household(person: Person) -> Json:
    """R$ 1.000,00 and three rows of today, whose descriptions show the CPF, as banks' do."""
    account = checking(taxNumber=person.masked_cpf, owner="Pessoa")
    payer = {"documentNumber": {"type": "CPF", "value": person.cpf}}
    today = local_day(datetime.now(UTC))
    texts = (f"Pix de {person.cpf}", f"Pix de {person.masked_cpf}", "Loja")
    rows = [row(each, today, description=text, paymentData={"payer": payer}) for each, text in enumerate(texts)]
    identity = {"id": account["id"], "document": person.cpf, "taxNumber": person.masked_cpf}
    return {"accounts": [account], "transactions": {account["id"]: rows}, "identity": identity}


@contextmanager
def scene(folder: Path, database_url: str, level: str = "INFO") -> Iterator[Scene]:
    """The servers for the length of a ``with``; the process is started by hand."""
    with start_telegram(allow_loopback=True) as telegram, start_pluggy(speed=200, today=None) as pluggy:
        opened = Scene(telegram, pluggy, folder, database_url, level)
        try:
            yield opened
        finally:
            opened.close()


@dataclass(frozen=True)
class Part:
    """One person in the scene."""

    scene: Scene
    person: Person
    chat: Chat

    @property
    def owner(self) -> str:
        """What Pluggy calls the person."""
        return str(self.person.user_id)

    @property
    def items(self) -> list[str]:
        return [item for item, owner in self.scene.items().items() if owner == self.owner]

    @property
    def rows(self) -> list[str]:
        return [item for item, owner in self.scene.rows().items() if owner == self.owner]

    def fills_in(self) -> None:
        fill(self.chat, self.person.typed_cpf, self.person.password)

    def types_until_the_password(self) -> None:
        choose(self.chat, "Caixa")
        self.chat.sees("1 de 2")
        self.chat.loses(self.chat.write(self.person.typed_cpf))
        self.chat.sees("2 de 2")

    def connects(self) -> None:
        choose(self.chat, "Caixa")
        self.fills_in()
        self.chat.sees("✅ Caixa conectada")

    def has_exactly_one_connection(self) -> None:
        assert len(self.items) == 1
        assert self.rows == self.items

    def has_none(self) -> None:
        wait_until(lambda: (self.items, self.rows) == ([], []), seconds=PATIENCE)
