"""What the documents ask of zones, and how far a city has come (开发区政策).

:func:`indicators` lists every figure that the documents ask for, with its words; :func:`evaluate`
says of each target whether it is met, on the way or behind, zone by zone; :func:`scorecard` lays
the zones side by side, with what changed since the last time.

:func:`consolidate` says which brand went where and what that did to the ground, the committees and
the staff; :func:`one_body` checks that each piece of ground has one responsible body.

:func:`platform_attributes` measures platforms, :func:`fate` decides by :func:`fate_rules` which are
merged, turned innovative, kept or phased out, and :func:`fate_what_if` says whose fate another
threshold would change.

:func:`per_mu` divides what firms yield by their land, with no firm and no mu twice; :func:`score`
weighs it by a published :func:`formula`; :func:`grade` sorts firms into A to D, each with the
reason; :func:`grade_sensitivity` says whom other weights would move, :func:`low_efficiency` lists
the land of low grades.

With many parks, :func:`attribute` says what counts for a zone and what for the districts.
:func:`leading_industry` finds what each zone lives by, :func:`available_land` what land can be had.

Every threshold, weight and target is data with a source, so that a planner can put in their own.
Money, land and energy come in the units that a table declares.
"""

from parkgeo.policy._accounts import Accounts, attribute
from parkgeo.policy._attributes import platform_attributes
from parkgeo.policy._available_land import AvailableLand, available_land
from parkgeo.policy._bodies import one_body
from parkgeo.policy._consolidate import Consolidation, consolidate
from parkgeo.policy._evaluate import evaluate
from parkgeo.policy._fate import FateWhatIf, fate, fate_what_if
from parkgeo.policy._fate_rules import OPERATORS, Fate, fate_hosts, fate_rules
from parkgeo.policy._grade import grade, low_efficiency
from parkgeo.policy._grade_sensitivity import GradeSensitivity, grade_sensitivity
from parkgeo.policy._indicators import documents, indicators, read_indicators, targets
from parkgeo.policy._leading_industry import LeadingIndustry, leading_industry
from parkgeo.policy._per_mu import per_mu
from parkgeo.policy._score import formula, score
from parkgeo.policy._scorecard import Scorecard, scorecard

__all__ = [
    "OPERATORS",
    "Accounts",
    "AvailableLand",
    "Consolidation",
    "Fate",
    "FateWhatIf",
    "GradeSensitivity",
    "LeadingIndustry",
    "Scorecard",
    "attribute",
    "available_land",
    "consolidate",
    "documents",
    "evaluate",
    "fate",
    "fate_hosts",
    "fate_rules",
    "fate_what_if",
    "formula",
    "grade",
    "grade_sensitivity",
    "indicators",
    "leading_industry",
    "low_efficiency",
    "one_body",
    "per_mu",
    "platform_attributes",
    "read_indicators",
    "score",
    "scorecard",
    "targets",
]
