"""Audit what parkgeo installs: its licences here, and known weaknesses of its versions.

Every distribution that parkgeo and its extras ask for, directly or not, and that is installed here
has to be under a licence that lets code under MIT ask for it. Weaknesses are looked up by
pip-audit, which needs a network. The exit code is 1 where something was found, and 2 where a
version could not be looked up, as without a network.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[1]
EXTRAS: Final = ("osm", "spark", "stats")
NOT_AUDITED: Final = 2
"""Exit code where pip-audit could not look."""

PERMITTED: Final = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|ODbL|CC0|HPND|zlib)",
    re.IGNORECASE,
)
"""Licences of which code under MIT may ask for the work; MPL-2.0 binds changes of its own files."""
REFUSED: Final = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
FROM_THEIR_FILES: Final = {
    "xstatic-jquery": "MIT",
    "xstatic-leaflet": "BSD-2-Clause",
}
"""Licences of those whose metadata only say that they are the same as that of what they hold."""


def main(arguments: list[str] | None = None) -> int:
    """Look at licences and weaknesses; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--licences-only", action="store_true", help="do not ask pip-audit")
    options = parser.parse_args(arguments)
    found, missing = installed("parkgeo", EXTRAS)
    if "parkgeo" in missing:
        print("parkgeo is not installed here: make setup", file=sys.stderr)
        return NOT_AUDITED
    doubtful = {name: said for name, said in licences(found).items() if not permitted(said)}
    for name, said in sorted(doubtful.items()):
        print(f"licence: {name} says {said!r}; read it, and see tools/check_dependencies.py")
    print(f"licences: {len(found)} distributions, {len(doubtful)} doubtful", end="")
    print(f"; not installed here: {', '.join(missing)}" if missing else "")
    if doubtful:
        return 1
    return 0 if options.licences_only else weaknesses()


def installed(name: str, extras: Iterable[str]) -> tuple[dict[str, Distribution], list[str]]:
    """Return what a distribution asks for, directly or not, and the names of what is not here."""
    found: dict[str, Distribution] = {}
    missing = set()
    waiting = [(canonicalize_name(name), ("", *extras))]
    while waiting:
        asked, wanted = waiting.pop()
        if asked in found:
            continue
        try:
            found[asked] = distribution(asked)
        except PackageNotFoundError:
            missing.add(str(asked))
            continue
        for line in found[asked].requires or []:
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": one}) for one in wanted):
                waiting.append((canonicalize_name(need.name), ("", *need.extras)))
    return found, sorted(missing)


def licences(found: dict[str, Distribution]) -> dict[str, str]:
    """Return what each distribution says of its licence, in one line."""
    return {
        name: FROM_THEIR_FILES.get(name) or _said(one)
        for name, one in found.items()
        if name != "parkgeo"
    }


def _said(one: Distribution) -> str:
    """Return the expression, or else the classifiers, or else the first line of the text."""
    metadata = one.metadata
    expression = metadata.get("License-Expression")
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    text = (metadata.get("License") or "nothing").strip().partition("\n")[0]
    return expression or ", ".join(classifiers) or text


def permitted(said: str) -> bool:
    """Say whether every part of an expression is a licence that is known to fit.

    Examples
    --------
    >>> permitted("MIT AND Apache-2.0"), permitted("GPL-3.0-only"), permitted("GPL-2.0 OR MIT")
    (True, False, True)
    """
    return any(
        all(PERMITTED.search(part) and not REFUSED.search(part) for part in choice.split(" AND "))
        for choice in said.split(" OR ")
    )


def weaknesses() -> int:
    """Ask pip-audit for the versions of ``constraints.txt``; return the exit code."""
    done = subprocess.run(  # noqa: S603 - our own words
        [
            *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json"),
            *("--requirement", str(ROOT / "constraints.txt"), "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answers = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(f"weaknesses: NOT AUDITED: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return NOT_AUDITED
    weak, skipped = judged(answers)
    for line in weak:
        print(f"weakness: {line}")
    print(f"weaknesses: {len(answers) - len(skipped)} versions looked up, {len(weak)} weak")
    if skipped:
        print(
            f"weaknesses: {len(skipped)} of {len(answers)} versions NOT AUDITED, {skipped[0]} for "
            "one: pip-audit could not look them up; run this where there is a network",
            file=sys.stderr,
        )
    return 1 if weak else NOT_AUDITED if skipped else 0


def judged(answers: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return what pip-audit knows to be weak, with the remedy, and what it could not look up."""
    weak = [
        f"{one['name']} {one['version']}: {vuln['id']}, mended in {vuln['fix_versions'] or 'none'}"
        for one in answers
        for vuln in one.get("vulns", [])
    ]
    return weak, [one["name"] for one in answers if "skip_reason" in one]


if __name__ == "__main__":
    sys.exit(main())
