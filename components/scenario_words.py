"""How scenarios, versions of the policy and waits are named on the Test page."""

from components.texts import escape
from lib.domain.policy import VersionHeader
from lib.domain.runs import Response
from lib.domain.scenarios import Scenario
from lib.services.testing import CURRENT, PolicyChoice

UNPUBLISHED = "Unpublished text"
BASELINE = "Baseline: no policy"


def scenario_label(scenario: Scenario) -> str:
    """A scenario's label and title, such as "S3 The deposit"; escaped."""
    label = f"S{scenario.number}" if scenario.number is not None else ":material/lock:"
    return f"{label} {escape(scenario.title)}"


def scenario_caption(scenario: Scenario, me: str) -> str:
    """Who made a scenario, and who sees it."""
    maker = "yours" if scenario.made_by == me else f"by {escape(scenario.made_by_name)}"
    if scenario.is_withdrawn:
        return f"{maker}, withdrawn"
    return maker if scenario.is_shared else "only you see it"


def choice_label(choice: PolicyChoice, versions: tuple[VersionHeader, ...]) -> str:
    """What a model is asked with, as a choice: "v2 · note", the unpublished text, or the baseline."""
    if choice is None:
        return BASELINE
    if choice == CURRENT:
        return UNPUBLISHED
    for version in versions:
        if version.version_id == choice:
            note = f" · {version.note}" if version.note else ""
            return f"v{version.number}{note}"
    return "A version"


def response_label(response: Response) -> str:
    """Under which policy a response was made."""
    if response.is_baseline:
        return BASELINE
    return f"Policy v{response.version_number}" if response.version_number is not None else UNPUBLISHED


def seconds(wait_s: float) -> str:
    """A wait in plain words.

    >>> seconds(4.2), seconds(75), seconds(600)
    ('5 s', '80 s', '10 min')
    """
    if wait_s < 20:
        return f"{max(1, round(wait_s + 0.5))} s"
    if wait_s < 100:
        return f"{round(wait_s / 10 + 0.49) * 10:.0f} s"
    return f"{round(wait_s / 60):.0f} min"
