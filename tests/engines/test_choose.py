"""Which model the settings choose, what is said of a bad one, and what a folder must hold."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from data.digest import digest
from engines.errors import EngineError, FailureKind
from engines.methods import methods
from engines.models import folders
from engines.models.choice import Choice, Kind, read_choice
from engines.models.choose import chosen_model
from engines.models.echo import EchoModel
from engines.models.embedded import embedded_model
from engines.models.endpoint import EndpointModel
from engines.models.endpoint_address import Address, Key, Limits, read_address
from engines.models.facts import facts, lacking
from engines.models.process import ProcessModel
from engines.models.worker import ModelWorker
from tests.conftest import require_model

KEY = "sk-nobody-may-read-this"
NAMES = ("ATTUNE_MODEL", "ATTUNE_MODEL_KEY", "ATTUNE_MODEL_NAME", "ATTUNE_MODEL_SLOTS", "HF_HUB_OFFLINE")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES[:-1]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_without_a_setting_it_is_the_embedded_model() -> None:
    assert read_choice({}) == read_choice({"ATTUNE_MODEL": " "}) == Choice(Kind.EMBEDDED)
    assert chosen_model() is embedded_model()


def test_a_folder_and_a_hub_name_are_models_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_choice({"ATTUNE_MODEL": str(tmp_path)}) == Choice(Kind.FOLDER, str(tmp_path))
    assert read_choice({"ATTUNE_MODEL": "some-org/Some.Model-1B"}) == Choice(Kind.HUB, "some-org/Some.Model-1B")
    monkeypatch.setenv("ATTUNE_MODEL", "some-org/Some.Model-1B")
    model = chosen_model()
    assert isinstance(model, ModelWorker)
    assert not model.loaded
    assert facts(model).name == "some-org/Some.Model-1B"
    assert chosen_model() is model


def test_a_server_has_its_model_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    model = chosen_model(apart=True)
    assert isinstance(model, ProcessModel)
    assert not model.loaded
    assert facts(model).name == "SmolLM2-135M-Instruct"
    assert chosen_model(apart=True) is model is not chosen_model()
    monkeypatch.setenv("ATTUNE_MODEL", "http://127.0.0.1:9")
    assert isinstance(chosen_model(apart=True), EndpointModel)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:8000", Address("http", "127.0.0.1", 8000, "")),
        ("http://127.0.0.1:8000/v1/", Address("http", "127.0.0.1", 8000, "")),
        ("https://models.example/api/v1#big-70b", Address("https", "models.example", 443, "/api", "big-70b")),
        ("http://[::1]:9/", Address("http", "::1", 9, "")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert read_address(text) == address
    assert read_choice({"ATTUNE_MODEL": text}).address == address


def test_a_name_of_its_own_goes_before_the_fragment() -> None:
    found = read_choice({"ATTUNE_MODEL": "http://a:1#b", "ATTUNE_MODEL_NAME": "c", "ATTUNE_MODEL_SLOTS": "9"})
    assert found.address
    assert (found.address.model, found.slots, found.limits) == ("c", 9, Limits())
    found = read_choice({"ATTUNE_MODEL": "http://a:1", "ATTUNE_MODEL_FIRST_SECONDS": "20", "ATTUNE_MODEL_SECONDS": "5"})
    assert (found.limits.first, found.limits.later) == (20.0, 5.0)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ATTUNE_MODEL", "nothing-here", "accepted: a folder"),
        ("ATTUNE_MODEL", "/no/such/folder", "accepted: a folder"),
        ("ATTUNE_MODEL", "ftp://host", "http:// or https://"),
        ("ATTUNE_MODEL", "http://", "with a host"),
        ("ATTUNE_MODEL", "http://host:99999", "host and port"),
        ("ATTUNE_MODEL", f"http://me:{KEY}@host", "ATTUNE_MODEL_KEY"),
        ("ATTUNE_MODEL", f"http://host/v1?api_key={KEY}", "ATTUNE_MODEL_KEY"),
        ("ATTUNE_MODEL_SLOTS", "0", "1 to 64"),
        ("ATTUNE_MODEL_SLOTS", "many", "1 to 64"),
        ("ATTUNE_MODEL_SECONDS", "-1", "1 to 86400"),
        ("ATTUNE_MODEL_FIRST_SECONDS", "nan", "1 to 86400"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str, said: str) -> None:
    given = {"ATTUNE_MODEL": "http://127.0.0.1:1"} | {name: value}
    with pytest.raises(EngineError, match=name) as caught:
        read_choice(given)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)


def test_the_key_is_read_from_its_variable_and_written_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_MODEL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("ATTUNE_MODEL_KEY", KEY)
    model = chosen_model()
    assert isinstance(model, EndpointModel)
    assert chosen_model() is model
    assert KEY not in repr([model, facts(model), read_choice(), vars(model), Key(KEY)])
    assert model.digest == EndpointModel(read_address("http://127.0.0.1:1"), key=Key("other")).digest
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(Key(KEY))
    with pytest.raises(Exception, match="Key"):
        digest([Key(KEY)])


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "schl\u00fcssel"])
def test_a_key_that_no_header_holds_is_refused(value: str) -> None:
    with pytest.raises(EngineError, match="ATTUNE_MODEL_KEY") as caught:
        Key(value)
    assert value not in str(caught.value)


def test_a_proxy_is_used_for_other_machines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://user:word@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "near.example")
    for here in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://near.example"):
        connection, before, headers = read_address(here).connect()
        assert (connection.host, before, headers) == (read_address(here).name, "", {})
    connection, before, headers = read_address("http://far.example:81").connect()
    assert (connection.host, connection.port, before) == ("proxy.example", 3128, "http://far.example:81")
    assert headers["Proxy-Authorization"].startswith("Basic ")
    connection, before, headers = read_address("https://far.example").connect()
    assert (connection.host, before, headers) == ("proxy.example", "", {})


def write(folder: Path, **files: object) -> Path:
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    return folder


def test_what_a_folder_lacks_is_said(tmp_path: Path) -> None:
    def refused(said: str) -> None:
        with pytest.raises(EngineError, match=said) as caught:
            folders.load_folder(tmp_path, "mine", "float32")
        assert caught.value.kind is FailureKind.NO_SUCH_MODEL

    refused("mine has no config.json")
    write(tmp_path, config={"architectures": ["BertForMaskedLM"]})
    refused("no causal language model .BertForMaskedLM")
    write(tmp_path, config={"architectures": ["LlamaForCausalLM"]})
    (tmp_path / "pytorch_model.bin").touch()
    refused("no [*].safetensors weights")
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 16)
    refused("no chat template")
    write(tmp_path, tokenizer_config={"chat_template": "{{ messages }}"})
    with pytest.raises(EngineError, match="could not be loaded") as caught:
        folders.load_folder(tmp_path, "mine", "float32")
    assert caught.value.kind is FailureKind.MODEL


def test_the_embedded_models_folder_is_fit() -> None:
    folders.check_folder(require_model(), "embedded")


def test_a_hub_model_that_is_not_here_is_not_fetched_offline() -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    with pytest.raises(EngineError, match="unset HF_HUB_OFFLINE") as caught:
        folders.download("no-such-org/no-such-model")
    assert caught.value.kind is FailureKind.UNREACHABLE


def test_what_a_model_lacks_for_a_method() -> None:
    assert methods["profile-summary"].info.needs
    assert lacking(methods["profile-summary"].info, EchoModel()) == ""
    unasked = EndpointModel(read_address("http://127.0.0.1:1"))
    assert lacking(methods["profile-summary"].info, unasked) == ""
    assert not facts(unasked).asked
