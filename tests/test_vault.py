"""What was typed for a bank lives in memory, for minutes, and is shown to nobody."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gerente_financeiro.vault import KEEP_SECONDS, CredentialVault
from tests.bot_app import CPF, PASSWORD, Chat, RunningBot, choose, fill
from tests.clocks import ManualClock
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

BRUNO = 2000


@pytest.fixture
def vault(clock: ManualClock) -> CredentialVault:
    """A vault that holds Ana's user and password."""
    filled = CredentialVault(clock)
    filled.put(ANA, "user", "529.982.247-25")
    filled.put(ANA, "password", PASSWORD)
    return filled


def in_memory(vault: CredentialVault) -> str:
    """Everything reachable from the vault, as text."""
    seen: dict[int, object] = {}
    waiting: list[object] = [vault]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(one, type | ManualClock):
            seen[id(one)] = one
            waiting += gc.get_referents(one)
    return "\n".join(str(one) for one in seen.values() if isinstance(one, str))


# --- one person ----------------------------------------------------------------------------------------------------


def test_values_are_handed_out_once(vault: CredentialVault) -> None:
    assert vault.names(ANA) == {"user", "password"}
    assert vault.take(ANA) == {"user": "529.982.247-25", "password": PASSWORD}
    assert vault.take(ANA) == {}
    assert vault.names(ANA) == frozenset()
    assert PASSWORD not in in_memory(vault)


def test_a_value_given_again_replaces_the_first(vault: CredentialVault) -> None:
    vault.put(ANA, "password", "a outra")
    assert vault.take(ANA)["password"] == "a outra"
    assert PASSWORD not in in_memory(vault)


def test_a_secret_is_recognised_but_not_kept(vault: CredentialVault) -> None:
    vault.remember(ANA, "outra-senha")
    vault.drop_values(ANA)
    for text in (PASSWORD, f"  {PASSWORD}\n", "outra-senha", "529.982.247-25"):
        assert vault.recognises(ANA, text), text
    assert not vault.recognises(ANA, "bom dia")
    for text in (PASSWORD, "outra-senha", "529.982.247-25"):
        assert text not in in_memory(vault)


def test_code_may_be_the_answer_to_another_question_and_a_password_never(vault: CredentialVault) -> None:
    vault.remember(ANA, "123456", is_code=True)
    assert vault.recognises(ANA, "123456")
    assert not vault.is_credential(ANA, "123456")
    assert vault.is_credential(ANA, PASSWORD)
    vault.remember(ANA, PASSWORD, is_code=True)
    assert vault.is_credential(ANA, PASSWORD)
    assert not vault.is_credential(BRUNO, PASSWORD)


def test_what_has_left_was_not_typed_twice_when_it_is_typed_again(vault: CredentialVault) -> None:
    assert vault.holds(ANA, f" {PASSWORD}\n")
    assert not vault.holds(BRUNO, PASSWORD)
    vault.take(ANA)
    assert not vault.holds(ANA, PASSWORD)
    assert vault.recognises(ANA, PASSWORD)


def test_one_persons_secret_is_unknown_to_everybody_else(vault: CredentialVault) -> None:
    assert not vault.recognises(BRUNO, PASSWORD)
    assert not vault.is_recent(BRUNO)
    assert vault.take(BRUNO) == {}
    vault.drop_values(BRUNO)
    assert vault.names(ANA) == {"user", "password"}


def test_text_that_is_no_unicode_is_recognised_like_any_other(vault: CredentialVault) -> None:
    vault.remember(ANA, "senha\ud83d")
    assert vault.recognises(ANA, "senha\ud83d")


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{0!r:>9}".format, lambda vault: repr(vars(vault))])
def test_nothing_typed_can_be_read_off_the_vault(vault: CredentialVault, shown: Callable[[object], str]) -> None:
    text = shown(vault)
    assert PASSWORD not in text
    assert "529.982" not in text


# --- time ----------------------------------------------------------------------------------------------------------


def test_everything_is_forgotten_five_minutes_after_the_last_answer(vault: CredentialVault, clock: ManualClock) -> None:
    clock.advance(KEEP_SECONDS - 1)
    vault.put(ANA, "token", "123456")
    clock.advance(KEEP_SECONDS)
    assert vault.names(ANA) == {"user", "password", "token"}
    clock.advance(0.001)
    assert vault.names(ANA) == frozenset()
    assert vault.take(ANA) == {}
    assert not vault.recognises(ANA, PASSWORD)
    assert not vault.is_recent(ANA)


def test_a_new_answer_does_not_revive_the_old_ones(vault: CredentialVault, clock: ManualClock) -> None:
    clock.advance(KEEP_SECONDS + 1)
    vault.put(ANA, "token", "123456")
    assert vault.take(ANA) == {"token": "123456"}
    assert not vault.recognises(ANA, PASSWORD)


def test_the_tick_empties_memory_and_says_whose_flow_it_cut(vault: CredentialVault, clock: ManualClock) -> None:
    vault.remember(BRUNO, "uma senha que já partiu")
    assert vault.forget_stale() == []
    clock.advance(KEEP_SECONDS + 1)
    assert vault.forget_stale() == [ANA]  # Bruno loses nothing that anybody waits for
    assert vault.forget_stale() == []
    assert PASSWORD not in in_memory(vault)
    assert repr(vault) == "CredentialVault(people=0)"


def test_clearing_forgets_everybody(vault: CredentialVault) -> None:
    vault.remember(BRUNO, "x")
    vault.clear()
    assert not vault.is_recent(ANA)
    assert not vault.is_recent(BRUNO)
    assert PASSWORD not in in_memory(vault)


class AnyOrder(RuleBasedStateMachine):
    """Any order of answers, hand-outs, ends and time: beside the vault runs the simplest account of what it should hold."""

    people = st.sampled_from([ANA, BRUNO, 3000])
    fields = st.sampled_from(["user", "password", "token"])

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.vault = CredentialVault(self.clock)
        self.values: dict[int, dict[str, str]] = {}
        self.typed: dict[int, set[str]] = {}
        self.answered_at: dict[int, float] = {}
        self.count = 0

    def is_live(self, person: int) -> bool:
        return person in self.answered_at and self.clock.monotonic() - self.answered_at[person] <= KEEP_SECONDS

    def held(self, person: int) -> dict[str, str]:
        return self.values[person] if self.is_live(person) else {}

    def new_text(self, person: int) -> str:
        """A text nobody typed before. What a person typed too long ago is over for good."""
        if not self.is_live(person):
            self.values[person], self.typed[person] = {}, set()
        self.count += 1
        text = f"segredo-{self.count}"
        self.typed[person].add(text)
        self.answered_at[person] = self.clock.monotonic()
        return text

    @rule(person=people, name=fields)
    def answer(self, person: int, name: str) -> None:
        text = self.new_text(person)
        self.vault.put(person, name, text)
        self.values[person][name] = text

    @rule(person=people)
    def type_something_else(self, person: int) -> None:
        self.vault.remember(person, self.new_text(person))

    @rule(person=people)
    def take(self, person: int) -> None:
        assert self.vault.take(person) == self.held(person)
        self.values[person] = {}

    @rule(person=people)
    def end(self, person: int) -> None:
        self.vault.drop_values(person)
        self.values[person] = {}

    @rule(seconds=st.sampled_from([0.0, 1.0, 60.0, 299.0, 300.0, 301.0, 86_400.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(person=people)
    def ask(self, person: int) -> None:
        assert self.vault.names(person) == set(self.held(person))
        assert self.vault.is_recent(person) == self.is_live(person)
        for number in range(1, self.count + 1):
            text = f"segredo-{number}"
            expected = self.is_live(person) and text in self.typed[person]
            assert self.vault.recognises(person, text) == expected

    @rule()
    def tick(self) -> None:
        cut = set(self.vault.forget_stale())
        assert cut <= {person for person, values in self.values.items() if values and not self.is_live(person)}
        kept = {value for person in self.values for value in self.held(person).values()}
        assert {text for text in in_memory(self.vault).splitlines() if text.startswith("segredo-")} == kept

    @invariant()
    def nothing_shows(self) -> None:
        assert "segredo" not in repr(self.vault)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestNothingOutlivesItsTime = AnyOrder.TestCase


# --- the whole bot -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["connected", "refused", "cancelled"])
def test_the_end_of_a_flow_leaves_no_value_in_memory(bot: RunningBot, ana: Chat, end: str) -> None:
    choose(ana, "Caixa")
    if end == "cancelled":
        ana.sees("Digite ")
        ana.write(CPF)
        ana.sees("2 de 2")
        ana.write("/cancelar")
        ana.sees("Cancelado. Nada foi guardado.")
    else:
        fill(ana, CPF, PASSWORD if end == "connected" else "errada")
        ana.sees("✅ Caixa conectada" if end == "connected" else "não aceitou")
    vault = bot.context.vault
    assert vault.names(ANA) == frozenset()
    memory = in_memory(vault)
    for secret in (CPF, "52998224725", PASSWORD, "errada"):
        assert secret not in memory.splitlines()
