import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

from components.palette import option_text
from lib.live.audience import COLOURS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def given() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))


def test_no_garbage_collection_after_every_run(given: dict[str, Any]) -> None:
    assert given["runner"]["postScriptGC"] is False
    # The option is hidden: were it renamed, Streamlit would ignore ours without a word.
    assert config._config_options_template["runner.postScriptGC"].default_val is True


def test_one_session_never_runs_two_threads_at_once(given: dict[str, Any]) -> None:
    assert given["runner"]["fastReruns"] is False
    assert config._config_options_template["runner.fastReruns"].default_val is True


def test_a_browser_does_not_forget_a_large_message_that_it_says_it_has(given: dict[str, Any]) -> None:
    assert given["global"]["maxCachedMessageAge"] >= 100
    assert config._config_options_template["global.maxCachedMessageAge"].default_val == 2


def test_nothing_is_told_to_others_and_uploads_are_small(given: dict[str, Any]) -> None:
    assert given["browser"]["gatherUsageStats"] is False
    assert given["server"]["maxUploadSize"] <= 5
    assert given["client"]["toolbarMode"] == "minimal"
    assert given["client"]["showErrorDetails"] == "none"


def test_every_option_exists_in_this_streamlit(given: dict[str, Any]) -> None:
    def names(section: str, values: dict[str, Any]) -> list[str]:
        found = []
        for name, value in values.items():
            found += names(f"{section}.{name}", value) if isinstance(value, dict) else [f"{section}.{name}"]
        return found

    for section, values in given.items():
        for name in names(section, values):
            assert name in config._config_options_template, name


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def blend(colour: str, share: float, background: str) -> str:
    def mixed(at: int) -> int:
        return round(int(colour[at : at + 2], 16) * share + int(background[at : at + 2], 16) * (1 - share))

    return "#" + "".join(f"{mixed(at):02x}" for at in (1, 3, 5))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_links_captions_and_buttons_are_readable(given: dict[str, Any], scheme: str) -> None:
    theme = given["theme"][scheme]
    for background in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], background) >= 7
        assert contrast(theme["linkColor"], background) >= 4.5
        # Streamlit draws captions in the text's colour at 60 %.
        assert contrast(blend(theme["textColor"], 0.6, background), background) >= 4.5
    # Streamlit writes white on its primary buttons in either theme.
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3
    assert contrast(theme["borderColor"], theme["backgroundColor"]) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_segment_is_readable_in_the_grey_of_texts(given: dict[str, Any], scheme: str) -> None:
    theme = given["theme"][scheme]
    # Streamlit fills the chosen segment with the primary colour at 10 %.
    chosen = blend(theme["primaryColor"], 0.1, theme["backgroundColor"])
    assert contrast(theme["grayTextColor"], chosen) >= 4.5
    assert option_text("Agree") == ":gray[Agree]"


def test_every_writer_of_the_live_text_has_a_colour_of_their_own_in_which_a_name_can_be_read() -> None:
    css = (ROOT / "components" / "shared_document.css").read_text("utf-8")
    found = re.findall(r"\.fm-colour-(\d+) { --fm-colour: (#\w{6}); --fm-ink: (#\w{3}); }", css)
    assert [int(number) for number, _, _ in found] == list(range(COLOURS))
    assert len({colour for _, colour, _ in found}) == COLOURS
    for _, colour, ink in found:
        assert contrast(colour, "#" + ink[1:] * 2) >= 4.5, colour
    writers = (ROOT / "components" / "shared_editor" / "src" / "writers.js").read_text("utf-8")
    assert f"const COLOURS = {COLOURS}\n" in writers
