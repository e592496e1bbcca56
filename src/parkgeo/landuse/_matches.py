"""Which codes lie in the classes that are asked for."""

from collections.abc import Iterable

import pandas as pd

from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.landuse._codes import known_codes, spread
from parkgeo.landuse._groups import CHINESE, INDUSTRIAL, group_of
from parkgeo.landuse._systems import find_system, nearest, tree

__all__ = ["matches"]


def matches(codes: pd.Series, wanted: str | Iterable[str], *, system: str) -> pd.Series:
    """Say of each code whether it lies in the wanted classes (地类).

    A class takes all that lies in it by the standard's hierarchy: ``"06"`` takes 0601, ``"M"``
    takes M1. In the third survey 0603 (盐田) lies in 00 (湿地), so ``"06"`` does not take it.

    Parameters
    ----------
    codes
        Text, numbers or both; read as by :func:`normalise`.
    wanted
        Codes, or names of groups in ``INDUSTRIAL``: ``"industry"`` (or 工业用地),
        ``"industry_mining_storage"`` (or 工矿仓储用地).
    system
        One of ``SYSTEMS``.

    Returns
    -------
    Nullable boolean on the index of ``codes``: null where the code is null or not of the system,
    so that it can be counted and not taken for a no. :func:`check` lists these.

    Raises
    ------
    SchemaError
        ``codes`` is not a series, or nothing is wanted.
    UnknownNameError
        There is no such system, class or group.

    Examples
    --------
    >>> matches(pd.Series(["0601", "0701", None]), "06", system="gbt21010").tolist()
    [True, False, <NA>]
    """
    key = find_system(system)
    inside = tree(key).within(_wanted(wanted, key))
    places, found = known_codes(codes, key)
    answers = [None if code is None else code in inside for code in found]
    return spread(answers, places, codes, dtype="boolean")


def _wanted(wanted: str | Iterable[str], system: str) -> list[str]:
    asked = [group_of(one) for one in ([wanted] if isinstance(wanted, str) else wanted)]
    if not asked:
        raise SchemaError('no class is wanted; give codes or a group such as "industry"')
    names = tree(system).names
    found: list[str] = []
    for name in asked:
        if name in INDUSTRIAL:
            found += INDUSTRIAL[name][system].codes
        elif name in names:
            found.append(name)
        else:
            raise _unknown(name, system)
    return found


def _unknown(name: str, system: str) -> UnknownNameError:
    names = tree(system).names
    by_name = [code for code, text in names.items() if text == name]
    near = by_name[0] if by_name else nearest(str(name), [*INDUSTRIAL, *CHINESE, *names])
    hint = f"did you mean {near!r}?" if near else f"classes({system!r}) lists the codes"
    return UnknownNameError(f"{system} has no class or group {name!r}; {hint}")
