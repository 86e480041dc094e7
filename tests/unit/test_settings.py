"""Settings and the environment."""

from pathlib import Path

import pytest

from service.domain.errors import Misconfigured
from service.settings import Settings, variables


def test_a_nested_variable_sets_its_field(monkeypatch):
    monkeypatch.setenv("BYLINE_CHAT__MODEL", "openai/x")
    monkeypatch.setenv("BYLINE_HTTP__API_KEYS", '["k1"]')
    settings = Settings.load(data_dir=Path("elsewhere"))
    assert settings.chat.model == "openai/x"
    assert settings.http.api_keys[0].get_secret_value() == "k1"
    assert "k1" not in repr(settings)
    assert settings.store_url.endswith("elsewhere/byline.db")


def test_an_unknown_variable_stops_the_start_with_its_name(monkeypatch):
    monkeypatch.setenv("BYLINE_CHAT__MODLE", "x")
    with pytest.raises(Misconfigured, match="BYLINE_CHAT__MODLE"):
        Settings.load()


def test_variables_of_the_tests_are_left_alone(monkeypatch):
    monkeypatch.setenv("BYLINE_TEST_BROWSER", "x")
    assert Settings.load().data_dir == Path("data")


@pytest.mark.parametrize(
    ("name", "value"),
    [("BYLINE_HTTP__PORT", "eighty"), ("BYLINE_TIMEZONE", "Mars/Base"), ("BYLINE_CHAT__EXTRA", "{")],
)
def test_a_bad_value_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=name):
        Settings.load()


def test_the_fingerprint_follows_what_bears_on_an_answer_and_nothing_else(monkeypatch):
    plain = Settings.load().fingerprint()
    assert Settings.load(data_dir=Path("elsewhere")).fingerprint() == plain
    monkeypatch.setenv("BYLINE_CHAT__MODEL", "openai/x")
    assert Settings.load().fingerprint() != plain


def test_every_variable_has_a_description():
    assert all(described for _, described in variables().values())
    assert "BYLINE_ANSWERS__KEEP_DAYS" in variables()
