"""The retry table, cell by cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance import pluggy_wire as wire
from open_finance.pluggy_wire import Call, Next, Outcome

#: The table of docs/architecture.md, written out a second time on purpose. One row a call, one column an outcome, in the
#: order of ``Outcome``: not sent, lost, key refused, not found, item gone, rate limited, quota, server failed, refused.
TABLE = {
    Call.GET: "repeat repeat renew_key raise     raise        wait  raise repeat    raise",
    Call.DELETE: "repeat repeat renew_key read_item already_done wait  raise repeat    raise",
    Call.AUTH: "repeat repeat raise     raise     raise        wait  raise repeat    raise",
    Call.REPEATABLE_POST: "repeat repeat renew_key raise     raise        wait  raise repeat    raise",
    Call.UPDATE_WEBHOOK: "repeat repeat renew_key raise     raise        wait  raise repeat    raise",
    Call.DELETE_WEBHOOK: "repeat repeat renew_key already_done raise     wait  raise repeat    raise",
    Call.CREATE_ITEM: "repeat raise  renew_key raise     raise        wait  raise raise     raise",
    Call.UPDATE_ITEM: "raise  read_item renew_key raise     raise     raise raise read_item raise",
    Call.ANSWER_MFA: "raise  read_item read_item raise     raise     raise raise read_item raise",
}
CELLS = [
    pytest.param(call, outcome, Next(step), id=f"{call}-{outcome}")
    for call, row in TABLE.items()
    for outcome, step in zip(Outcome, row.split(), strict=True)
]


def test_the_table_has_a_row_for_every_call() -> None:
    assert set(TABLE) == set(Call)


@pytest.mark.parametrize(("call", "outcome", "step"), CELLS)
def test_a_first_failure_is_met_as_the_table_says(call: Call, outcome: Outcome, step: Next) -> None:
    assert wire.should_retry(call, outcome) is step


@pytest.mark.parametrize(("call", "outcome", "step"), CELLS)
def test_after_three_retries_nothing_is_repeated(call: Call, outcome: Outcome, step: Next) -> None:
    again = wire.should_retry(call, outcome, retries=3, key_renewed=True)
    assert again is (Next.RAISE if step in {Next.REPEAT, Next.WAIT, Next.RENEW_KEY} else step)


HARMLESS = [Call.GET, Call.DELETE, Call.AUTH, Call.REPEATABLE_POST, Call.UPDATE_WEBHOOK, Call.DELETE_WEBHOOK]


@pytest.mark.parametrize("call", HARMLESS)
@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.LOST, Outcome.SERVER_FAILED, Outcome.RATE_LIMITED])
def test_harmless_calls_are_retried_exactly_three_times(call: Call, outcome: Outcome) -> None:
    steps = [wire.should_retry(call, outcome, retries=retries) for retries in range(5)]
    assert [step is not Next.RAISE for step in steps] == [True, True, True, False, False]


def test_the_creation_of_an_item_waits_for_a_rate_limit_once() -> None:
    assert wire.should_retry(Call.CREATE_ITEM, Outcome.RATE_LIMITED, retries=0) is Next.WAIT
    assert wire.should_retry(Call.CREATE_ITEM, Outcome.RATE_LIMITED, retries=1) is Next.RAISE


@pytest.mark.parametrize("call", list(Call))
def test_a_persons_command_never_waits_for_a_rate_limit(call: Call) -> None:
    assert wire.should_retry(call, Outcome.RATE_LIMITED, may_wait=False) is Next.RAISE


@pytest.mark.parametrize("call", [call for call in Call if call not in {Call.AUTH, Call.ANSWER_MFA}])
def test_the_key_is_renewed_once_even_after_other_retries(call: Call) -> None:
    assert wire.should_retry(call, Outcome.KEY_REFUSED, retries=3) is Next.RENEW_KEY
    assert wire.should_retry(call, Outcome.KEY_REFUSED, key_renewed=True) is Next.RAISE


@given(
    call=st.sampled_from([Call.CREATE_ITEM, Call.UPDATE_ITEM, Call.ANSWER_MFA]),
    outcome=st.sampled_from([Outcome.LOST, Outcome.SERVER_FAILED]),
    retries=st.integers(0, 5),
    key_renewed=st.booleans(),
    may_wait=st.booleans(),
)
def test_what_may_have_been_received_is_never_resent(
    call: Call, outcome: Outcome, retries: int, key_renewed: bool, may_wait: bool
) -> None:
    step = wire.should_retry(call, outcome, retries=retries, key_renewed=key_renewed, may_wait=may_wait)
    assert step in {Next.RAISE, Next.READ_ITEM}
