"""Settings: a bad value is one clear error that names the variable and what is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.settings import ModelSettingError, SettingError, Settings, read_settings
from engines.models.choice import Choice, Kind


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == read_settings({"PORT": "", "ATTUNE_DTYPE": ""}) == Settings()


def test_values_are_read(tmp_path: Path) -> None:
    given = {"PORT": "8600", "ATTUNE_HOME": str(tmp_path / "new"), "ATTUNE_DTYPE": "bfloat16"}
    assert read_settings(given) == Settings(8600, tmp_path / "new", "bfloat16")
    assert read_settings({"ATTUNE_PUBLIC": "1"}).public
    assert not read_settings({"ATTUNE_PUBLIC": "0"}).public


@pytest.mark.parametrize(
    ("variable", "value", "accepted"),
    [
        ("PORT", "abc", "1 to 65535"),
        ("PORT", "0", "1 to 65535"),
        ("PORT", "65536", "1 to 65535"),
        ("PORT", "-1", "1 to 65535"),
        ("PORT", "80 80", "1 to 65535"),
        ("ATTUNE_DTYPE", "int8", "float32 or bfloat16"),
        ("ATTUNE_HOME", __file__, "a folder"),
        ("ATTUNE_PUBLIC", "yes", "1 for a server that strangers reach"),
    ],
)
def test_a_bad_value_is_named(variable: str, value: str, accepted: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({variable: value})
    assert caught.value.variable == variable
    assert variable in str(caught.value)
    assert accepted in str(caught.value)


def test_the_model_is_read_and_its_key_is_not() -> None:
    given = {
        "ATTUNE_MODEL": "http://127.0.0.1:8000/v1#small",
        "ATTUNE_MODEL_KEY": "sk-secret",
        "ATTUNE_MODEL_SLOTS": "2",
    }
    found = read_settings(given)
    assert found.model.kind is Kind.SERVER
    assert found.model.slots == 2
    assert "sk-secret" not in repr(found)
    assert read_settings({"ATTUNE_MODEL": "org/name"}).model == Choice(Kind.HUB, "org/name")


@pytest.mark.parametrize(
    "value", ["http://me:sk-secret@host", "http://host?key=sk-secret", "http://", "no such folder"]
)
def test_a_bad_model_is_named_without_its_secret(value: str) -> None:
    with pytest.raises(ModelSettingError, match="ATTUNE_MODEL") as caught:
        read_settings({"ATTUNE_MODEL": value})
    assert "sk-secret" not in str(caught.value)
