"""The tree and its groups agree with each other and with the names that people read."""

from __future__ import annotations

from open_finance.insights import taxonomy
from open_finance.reading.category_names import category_name


def test_every_category_of_the_tree_has_one_of_the_seventeen_groups() -> None:
    assert set(taxonomy.groups_by_category()) == set(taxonomy.parents())
    assert set(taxonomy.groups_by_category().values()) == set(taxonomy.GROUPS)
    assert len(taxonomy.groups_by_category()) == 130


def test_every_category_but_unknown_has_its_parent_in_the_tree_and_a_name() -> None:
    for category_id, parent in taxonomy.parents().items():
        assert parent is None or taxonomy.is_category(parent)
        assert category_name(category_id)


def test_an_id_that_the_tree_does_not_hold_is_with_the_others() -> None:
    assert taxonomy.group_of(None) == taxonomy.group_of("12345678") == taxonomy.group_of(taxonomy.UNKNOWN) == "Outros"
    assert not taxonomy.is_category("12345678")
    assert taxonomy.group_of("200300000") == "Saúde e bem-estar"
    assert taxonomy.categories_of("Seguros") == ["20000000", "200100000", "200200000", "200400000"]
