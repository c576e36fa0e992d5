"""Which revision is meant, and which are shown as one."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.values import NOON
from thorsched.base.errors import ConfigError
from thorsched.catalogue.applied import How, Kept, RevisionApplied
from thorsched.reload.past.lineage import content_of, lines, merged, named

FILE = Path("/lab/recordings.yaml")


def kept(number: int, text: str, how: How = How.EDIT) -> Kept:
    revision = hashlib.sha256(text.encode()).hexdigest()
    at = NOON + timedelta(hours=number)
    return Kept(number, 1, 42, RevisionApplied(at, revision, FILE, text, how), is_compared=True)


def line_of(words: str) -> tuple[Kept, ...]:
    """Return newest first what is told oldest first: `a` an edit, `-a` a start, `!a` last good."""
    hows = {"-": How.START, "!": How.LAST_GOOD}
    told = enumerate(words.split())
    return tuple(kept(n, one[-1], hows.get(one[0], How.EDIT)) for n, one in told)[::-1]


def shown(revisions: tuple[Kept, ...], *, folded: bool = True) -> str:
    parts = [f"{x.kept.applied.text}{len(x.starts) or ''}" for x in lines(revisions, folded=folded)]
    return " ".join(parts)


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("-a", "a"),
        ("-a -a -a", "a2"),
        ("-a b -b -b", "b2 a"),
        ("-a b a -a", "a1 b a"),
        ("-a -b -b a", "a b1 a"),
        ("-a !a -a", "a2"),
        ("-a -a b", "b a1"),
    ],
)
def test_starts_with_the_text_that_ran_are_no_revisions(words: str, seen: str) -> None:
    revisions = line_of(words)
    assert shown(revisions) == seen
    assert len(shown(revisions, folded=False).split()) == len(revisions)


@pytest.mark.parametrize(
    ("words", "name", "meant"),
    [
        ("-a b c", "current", 2),
        ("-a b c", "previous", 1),
        ("-a b c", "-1", 1),
        ("-a b c", "-2", 0),
        ("-a b -b -b", "-1", 0),
        ("-a b a", "-1", 1),
        ("-a b a", "-2", 2),
        ("-a b !b -b", "previous", 0),
    ],
)
def test_so_many_texts_before_the_one_that_runs(words: str, name: str, meant: int) -> None:
    assert named(line_of(words), name).number == meant


def test_a_hash_is_named_by_its_beginning() -> None:
    revisions = line_of("-a b c a")
    b = revisions[2]
    assert named(revisions, b.applied.revision) is b
    assert named(revisions, b.applied.revision[:6].upper()) is b
    assert named(revisions, revisions[0].applied.revision[:8]).number == 3, "the newest of both"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("-3", "there is no revision -3: 3 texts are known"),
        ("zzzz", "begins with 'zzzz': thorsched history lists them; current, previous, -2"),
        ("2", "'2' names no revision: .* by 4 digits or more"),
        ("\x1b[2J", r"begins with '\\x1b\[2J'"),
        ("", "'' names no revision"),
        ("--al", "begins with '--al'"),
    ],
)
def test_what_names_none_is_a_mistake(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        named(line_of("-a b c"), name)


def test_a_beginning_of_several_is_a_mistake_that_names_them() -> None:
    one, other = line_of("-a b")
    alike = replace(other, applied=replace(other.applied, revision=one.applied.revision[:9] + "z"))
    with pytest.raises(ConfigError, match=r"the beginning of several: .*say more"):
        named((one, alike), one.applied.revision[:4])


def test_journals_of_two_roots_are_one_line_without_what_both_tell() -> None:
    a, b, c = (kept(n, text) for n, text in enumerate("abc"))
    assert merged([(b, a)]) == (b, a)
    copied = replace(b, number=7)
    assert merged([(c, copied), (b, a)]) == (c, b, a), "the older journal knows what was before it"


def test_the_order_of_each_journal_is_kept_though_the_clock_was_set_back() -> None:
    a, moved, late = kept(0, "a"), kept(5, "b"), kept(1, "c")
    back = kept(2, "a")
    assert merged([(back, late, moved), (back, moved, a)]) == (back, late, moved, a)
    assert merged([(moved, a), (late, moved)]) == (late, moved, a)
    assert {*merged([(a, moved), (moved, a)])} == {a, moved}, "journals that disagree"


def test_a_text_that_is_not_its_hashs_has_no_content() -> None:
    good = kept(0, "cameras: {}\n")
    assert content_of(good) == b"cameras: {}\n"
    assert content_of(replace(good, applied=replace(good.applied, text="cameras: 3\n"))) is None
    lone = replace(good, applied=replace(good.applied, text="\ud800"))
    assert content_of(lone) is None
