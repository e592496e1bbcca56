"""Read what stands around the sides of a block: its name, its area, its group."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds._lexer import Area, Token, TokenKind
from parkgeo.fourbounds._names import feature_of
from parkgeo.fourbounds._source import Source

__all__ = ["Header", "area_behind", "area_within", "read_header"]

_ENUMERATOR: Final = re.compile(
    r"(?:\(?[一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十\d]{1,3}[、.](?!\d)|其中|即|●|■|·)+",
)
_LABEL: Final = re.compile(
    r"(?:区块|片区|地块|单元|分区|组团|区域)[一二三四五六七八九十\dA-Za-z]{1,3}$|[A-Za-z甲乙丙丁\d]{1,3}(?:区|地块|片)$",
)
_SHORTEST_NAME: Final = 2
_LONGEST_NAME: Final = 40
_FAR: Final = 2000
_ONE_LETTER_ANYWHERE: Final = frozenset("由为是分共以在")
_NO_NAME: Final = frozenset("把以和与在将对按从据这那")
_POINTING: Final = re.compile(r"[该本其此]次?")


@dataclass(frozen=True, slots=True)
class Header:
    """What precedes the sides of a block."""

    name: str | None = None
    start: int | None = None
    area: Area | None = None
    parent: str | None = None
    parent_area: Area | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class _Sentence:
    tokens: tuple[Token, ...]
    closed: bool = True

    @property
    def ends_apart(self) -> bool:
        """Whether a sign parts it from the sides that follow."""
        return self.closed or self.tokens[-1].kind is TokenKind.COMMA

    def clauses(self) -> Iterator[tuple[int, int]]:
        """Start and end of the stretches between commas and areas; a colon joins a label."""
        run: list[Token] = []
        for token in self.tokens:
            if token.kind in {TokenKind.WORDS, TokenKind.COLON}:
                run.append(token)
            elif run:
                yield run[0].start, run[-1].end
                run = []
        if run:
            yield run[0].start, run[-1].end


def read_header(source: Source, tokens: Sequence[Token]) -> Header:
    """Read the tokens between the last block and the first side of this one.

    Parameters
    ----------
    source
        The text.
    tokens
        Tokens from the end of the block before, or the beginning, to the first side.
    """
    near = [token for token in tokens if token.end > tokens[-1].end - _FAR] if tokens else []
    sentences = list(_sentences(source, near))
    if not sentences:
        return Header(fresh=False)
    if near[-1].kind is TokenKind.STOP:
        sentences.append(_Sentence(()))  # the sides open the sentence
    last = sentences[-1]
    before = sentences[-2] if len(sentences) > 1 else None
    found = _block_name(source, last)
    area = _area_of(source, last)
    if found is None:
        return _unnamed(source, before, area, alone=before is None)
    shared = _area_of(source, before) if before else None
    parent = _block_name(source, before, upto=shared.start) if before and shared else None
    return Header(
        name=source.name(*found),
        start=found[0],
        area=area,
        parent=source.name(*parent) if parent and shared else None,
        parent_area=shared,
        fresh=before is not None,
    )


def _unnamed(source: Source, before: _Sentence | None, area: Area | None, *, alone: bool) -> Header:
    """Take name and area from the sentence before where that of the sides names nothing."""
    subject = _block_name(source, before) if before else None
    area = area or (_area_of(source, before) if before else None)
    name = source.name(*subject) if subject else None
    return Header(name=name, area=area, fresh=not alone)


def _sentences(source: Source, tokens: Sequence[Token]) -> Iterator[_Sentence]:
    """Cut at full stops, and at the colon behind 分两个片区."""
    run: list[Token] = []
    grouped = False
    for token in tokens:
        stop = token.kind is TokenKind.STOP or (token.kind is TokenKind.COLON and grouped)
        if stop:
            if _says_something(run):
                yield _Sentence(tuple(run))
            run, grouped = [], False
            continue
        run.append(token)
        if token.kind is TokenKind.WORDS:
            grouped = bool(grammar.GROUPERS.at(source.chars, token.start)) and len(run) > 1
    if _says_something(run):
        yield _Sentence(tuple(run), closed=False)


def _says_something(tokens: Sequence[Token]) -> bool:
    return any(one.kind in {TokenKind.WORDS, TokenKind.AREA} for one in tokens)


def _block_name(
    source: Source, sentence: _Sentence, *, upto: int | None = None
) -> tuple[int, int] | None:
    """Find the label nearest to the end, else the subject of the sentence."""
    clauses = [one for one in sentence.clauses() if upto is None or one[1] <= upto]
    names = [_subject(source.chars, *clause) for clause in clauses]
    for found in reversed(names):
        if found is not None and _is_label(source.chars[found[0] : found[1]]):
            return found
    subject = names[0] if names else None
    apart = sentence.ends_apart or len(clauses) > 1
    if subject is None or (apart and not _may_name(source.chars, subject, clauses[0][1])):
        return None
    return subject


def _may_name(chars: str, subject: tuple[int, int], end: int) -> bool:
    """Whether the subject of a clause of its own names a place: 某公园, “某某”, 某园位于…."""
    start, stop = subject
    rest = chars[stop:end].strip("\t -")
    if rest:  # a predicate, a colon or a closing quote follows
        return True
    feature = feature_of(chars[start:stop])
    return feature is not None and feature.relation == "area"


def _is_label(text: str) -> bool:
    ends = (grammar.BLOCK_SUFFIXES, grammar.ZONE_LABELS)
    return bool(_LABEL.search(text)) or any(words.before(text, len(text)) for words in ends)


def _subject(chars: str, start: int, end: int) -> tuple[int, int] | None:
    """Narrow a clause down to what it speaks about."""
    found = _ENUMERATOR.match(chars, start, end)
    start = found.end() if found else start
    colon = chars.find(":", start, end)
    behind = chars[colon + 1 : end].strip("\t ")
    if colon >= 0 and (chars[start:colon] in grammar.HEADER_NOISE or _is_label(behind)):
        start = colon + 1
    dash = chars.rfind("--", start, end)
    start = dash + 2 if dash >= 0 else start
    end = end if _is_zone(chars, start, end) else _before_predicate(chars, start, end)
    while start < end and chars[start] in "“”\"'\t:、() -":
        start += 1
    while start < end and chars[end - 1] in "“”\"'\t:、( -的":
        end -= 1
    pointing = _POINTING.match(chars, start, end)
    start = pointing.end() if pointing else start
    text = chars[start:end].removesuffix("所辖")
    end = start + len(text)
    told = any(sign in text for sign in "°了")  # a place, or what has happened
    named = text[:1] not in _NO_NAME and not told and text not in grammar.HEADER_NOISE
    if not named or not _SHORTEST_NAME <= len(text) <= _LONGEST_NAME:
        return None
    return start, end


def _is_zone(chars: str, start: int, end: int) -> bool:
    """Whether a clause is the name of a zone of protection and no more."""
    label = chars[start:end].rstrip(":")
    length = grammar.ZONE_LABELS.before(label, len(label))
    return length > 0 and label not in grammar.HEADER_NOISE and len(label) <= _LONGEST_NAME


def _before_predicate(chars: str, start: int, end: int) -> int:
    for at in range(start, end):
        length = grammar.PREDICATES.at(chars, at)
        if chars[at] == "以" and "为" not in chars[at:end]:
            continue  # 甲路以东地块, 中以产业园; but 某城以车站为核心
        if length > 1 or (length and (at == start or chars[at] in _ONE_LETTER_ANYWHERE)):
            return at
    return end


# --- areas --------------------------------------------------------------------------------------


def _area_of(source: Source, sentence: _Sentence) -> Area | None:
    """Find the last area of a sentence before it turns to parts of the block."""
    found: Area | None = None
    for at, token in enumerate(sentence.tokens):
        words = token.kind is TokenKind.WORDS
        if found and words and grammar.INCLUSIONS.at(source.chars, token.start):
            break
        if isinstance(token.value, Area) and not _of_a_part(source, sentence.tokens, at):
            found = token.value
    return found


def _of_a_part(source: Source, tokens: Sequence[Token], at: int) -> bool:
    """Whether the words before an area say that it is only water, buildings, an earlier phase."""
    token = tokens[at]
    start = token.start
    if at and tokens[at - 1].kind is TokenKind.WORDS:
        start = tokens[at - 1].start
    lead = source.chars[start : token.value.start if isinstance(token.value, Area) else token.end]
    if lead.startswith("其中") and _is_label(lead.removeprefix("其中")):
        return False
    return any(word in lead for word in grammar.AREA_DISTRACTORS.words) or bool(
        grammar.INCLUSIONS.at(lead, 0)
    )


def area_within(source: Source, tokens: Sequence[Token]) -> Area | None:
    """Find the area that stands between the sides of a block."""
    for at, token in enumerate(tokens):
        if isinstance(token.value, Area) and not _of_a_part(source, tokens, at):
            return token.value
    return None


def area_behind(source: Source, tokens: Sequence[Token], *, sentences: int) -> Area | None:
    """Find the area that follows the sides of a block within so many sentences."""
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.HEAD:
            return None
        if token.kind is TokenKind.STOP:
            elided = source.chars[token.start] in "….!"
            sentences -= 0 if elided else 1
            if sentences <= 0:
                return None
        if isinstance(token.value, Area) and not _of_a_part(source, tokens, at):
            return token.value
    return None
