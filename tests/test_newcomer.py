"""What a newly connected bank is to those that were there: decided without losing anybody's data. Pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.connecting.newcomer import Redundant, Rival, Welcome, judge_newcomer
from open_finance.trouble import needs_person
from tests.builders import NOW, connection

MINE = frozenset({"checking", "card"})


def newcomer(**fields: Any) -> Any:
    return connection(**({"id": 9, "settled_at": None, "last_synced_at": None} | fields))


def rival(identities: frozenset[str] = MINE, **fields: Any) -> Rival:
    return Rival(connection(**fields), identities)


def judge(
    new: Any, *rivals: Rival, identities: frozenset[str] = MINE, wanted: int | None = None
) -> Redundant | Welcome:
    return judge_newcomer(new, identities, rivals, wanted=wanted, now=NOW)


PASSWORD: dict[str, Any] = {"is_open_finance": False, "connector_id": 201}
IN_TROUBLE: dict[str, Any] = {"trouble_code": "INVALID_CREDENTIALS"}
UNREAD_END: dict[str, Any] = {"consent_expires_at": NOW}  # the consent is over, and nobody has read so yet


def test_bank_of_its_own_is_welcome() -> None:
    assert judge(newcomer()) == Welcome()
    assert judge(newcomer(), rival(frozenset({"another"}))) == Welcome()


@pytest.mark.parametrize("door", [{}, PASSWORD])
def test_same_accounts_through_the_same_kind_of_door_are_redundant(door: dict[str, Any]) -> None:
    assert judge(newcomer(**door), rival(**door)) == Redundant(1)
    assert judge(newcomer(**door), rival(MINE | {"savings"}, **door)) == Redundant(1)


def test_one_account_more_makes_it_a_bank_of_its_own() -> None:
    assert judge(newcomer(), rival(frozenset({"card"}))) == Welcome()


def test_password_beside_open_finance_is_redundant() -> None:
    assert judge(newcomer(**PASSWORD), rival()) == Redundant(1)


def test_open_finance_takes_the_place_of_a_password() -> None:
    assert judge(newcomer(), rival(**PASSWORD)) == Welcome((1,))


def test_password_that_lists_more_stays_beside_open_finance() -> None:
    assert judge(newcomer(), rival(MINE | {"savings"}, **PASSWORD)) == Welcome()


def test_newcomer_that_lists_more_takes_the_place_of_a_password_all_the_same() -> None:
    assert judge(newcomer(), rival(frozenset({"card"}), **PASSWORD)) == Welcome((1,))
    assert judge(newcomer(**PASSWORD), rival(frozenset({"card"}), **PASSWORD)) == Welcome()


@pytest.mark.parametrize("state", [IN_TROUBLE, {"gone": True}, UNREAD_END])
def test_place_of_one_in_trouble_that_lists_less_is_taken(state: dict[str, Any]) -> None:
    assert judge(newcomer(), rival(frozenset({"card"}), **state)) == Welcome((1,))
    assert judge(newcomer(), rival(frozenset({"card"}), adopted=True, **state)) == Welcome()
    assert judge(newcomer(), rival(frozenset(), **state)) == Welcome()  # nothing says that it is the same bank


@pytest.mark.parametrize("state", [IN_TROUBLE, {"gone": True}, UNREAD_END])
@pytest.mark.parametrize("door", [{}, PASSWORD])
def test_place_of_one_in_trouble_is_taken(state: dict[str, Any], door: dict[str, Any]) -> None:
    assert judge(newcomer(**PASSWORD), rival(**door, **state)) == Welcome((1,))


@pytest.mark.parametrize("state", [IN_TROUBLE, {"gone": True}])
def test_one_in_trouble_that_lists_more_stays_for_what_only_it_lists(state: dict[str, Any]) -> None:
    assert judge(newcomer(), rival(MINE | {"savings"}, **PASSWORD, **state)) == Welcome()
    assert judge(newcomer(), rival(MINE | {"savings"}, **PASSWORD, **state), wanted=1) == Welcome((1,))


def test_one_that_is_leaving_already_is_left_alone() -> None:
    assert judge(newcomer(), rival(disconnecting=True)) == Welcome()


def test_adopted_item_is_neither_taken_down_nor_made_to_leave() -> None:
    assert judge(newcomer(adopted=True), rival()) == Welcome()
    assert judge(newcomer(), rival(adopted=True, **IN_TROUBLE)) == Welcome()
    assert judge(newcomer(), rival(adopted=True, **IN_TROUBLE), wanted=1) == Welcome((1,))


def test_wanted_replacement_needs_a_common_account_or_trouble() -> None:
    other = frozenset({"another"})
    assert judge(newcomer(), rival(frozenset({"card", "more"}), **PASSWORD), wanted=1) == Welcome((1,))
    assert judge(newcomer(), rival(other, **PASSWORD, **IN_TROUBLE), wanted=1) == Welcome((1,))
    assert judge(newcomer(), rival(other, **PASSWORD), wanted=1) == Welcome()
    moved_already = rival(frozenset(), **PASSWORD)
    assert judge(newcomer(), moved_already, wanted=1) == Welcome((1,))


def test_bank_without_accounts_is_nobodys_double() -> None:
    assert judge(newcomer(), rival(frozenset()), rival(id=2), identities=frozenset()) == Welcome()


RIVALS = st.lists(
    st.builds(
        lambda number, accounts, flags: rival(frozenset(accounts), id=number, **flags),
        st.integers(1, 5),
        st.sets(st.sampled_from(["a", "b", "c"])),
        st.fixed_dictionaries(
            {
                "is_open_finance": st.booleans(),
                "gone": st.booleans(),
                "adopted": st.booleans(),
                "disconnecting": st.booleans(),
                "trouble_code": st.sampled_from([None, "INVALID_CREDENTIALS"]),
                "consent_expires_at": st.sampled_from([None, NOW]),
            }
        ),
    ),
    max_size=4,
    unique_by=lambda one: one.connection["id"],
)


@given(RIVALS, st.sets(st.sampled_from(["a", "b", "c"])), st.booleans(), st.booleans(), st.none() | st.integers(1, 5))
def test_every_account_that_somebody_reads_is_still_read_afterwards(
    rivals: list[Rival], own: set[str], is_open_finance: bool, adopted: bool, wanted: int | None
) -> None:
    """Unless it was asked for, no account that a healthy connection listed is left without a healthy connection."""
    new = newcomer(is_open_finance=is_open_finance, adopted=adopted)
    verdict = judge(new, *rivals, identities=frozenset(own), wanted=wanted)
    alive = [one for one in rivals if not needs_person(one.connection, NOW)]
    alive = [one for one in alive if not one.connection["disconnecting"]]
    if isinstance(verdict, Redundant):
        stays = next(one for one in alive if one.connection["id"] == verdict.connection_id)
        assert own <= stays.identities
        return
    left = {one.connection["id"] for one in rivals} - set(verdict.replaces)
    read_before = {a for one in alive if one.connection["id"] != wanted for a in one.identities}
    read_after = own | {a for one in alive if one.connection["id"] in left for a in one.identities}
    assert read_before <= read_after
    assert adopted or not any(
        own and own <= one.identities and one.connection["is_open_finance"] >= is_open_finance
        for one in alive
        if one.connection["id"] in left
    )
