"""The table of `make mutants` must fit the tree; whether the tests notice is what `make mutants` tries."""

from __future__ import annotations

import pytest

from tests.mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_change_fits_its_place_and_names_a_marked_test(mutant: Mutant):
    assert (ROOT / mutant.path).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    path, _, name = mutant.test.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    before, found, _ = text.partition(f"def {name.split('[')[0]}(")
    assert found, f"{path} has no {name}"
    assert "@pytest.mark.mutant" in before[-400:], f"mark {name} with @pytest.mark.mutant"
