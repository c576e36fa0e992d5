"""Selectors as text: what is accepted, what is refused, where, and what would be right."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cameras.strategies import selectors, thorough
from thorsched.base.text import printable
from thorsched.cameras.bounds import Bounds, Size
from thorsched.cameras.selector import Codec, Prefer, Selector, SelectorError

_FULL_HD = Size(1920, 1080)
_OR_MAX = " (and max to prefer the largest)"
_ONE_RATE = "one is 30, 29.97 or 30000/1001 (at most 9 digits, 6 decimals)"


def refused(text: str) -> SelectorError:
    with pytest.raises(SelectorError) as caught:
        Selector.parse(text)
    return caught.value


@thorough
@given(selectors())
def test_a_selector_reads_back_what_it_writes(selector: Selector) -> None:
    assert Selector.parse(str(selector)) == selector


@thorough
@given(selectors(), st.data())
def test_order_case_and_spaces_mean_nothing(selector: Selector, data: st.DataObject) -> None:
    terms = data.draw(st.permutations(str(selector).split(" ")))
    space = st.sampled_from([" ", "  ", "\t", "\n", "\r\n", "\N{NO-BREAK SPACE}"])
    tokens = [token for term in terms for token in re.split(r"(@|>=|<=|\.\.)", term) if token]
    spaced = data.draw(space).join(data.draw(st.sampled_from([t, t.upper()])) for t in tokens)

    assert Selector.parse(data.draw(space) + spaced + data.draw(space)) == selector


def selector_or_error(text: str) -> Selector | SelectorError:
    try:
        return Selector.parse(text)
    except SelectorError as error:
        return error


_CHARACTERS = (
    "jpegraw265any0134689xk @@>=<..//fpsormaxin=YU2\t\n\0\x1b\u0663\xd7\xbd\xb2\u200b\ud800"
)
_FRAGMENTS = [
    *["jpeg", "RAW", "h265", "any", "max", "min", "format", "format=", "format=YUY2", "fps"],
    *["1080p", "4k", "640x480", "0x1", "1080p30", "30", "30fps", "0", "30/0", "1/3", "29.97"],
    *[">=", "<=", ">", "=", "@", "..", "...", "x", ",", "/", "\t", "", "9" * 20],
]


@thorough
@given(
    st.text()
    | st.text(_CHARACTERS, max_size=40)
    | st.lists(st.sampled_from(_FRAGMENTS), max_size=8).map(" ".join)
)
def test_any_text_is_a_selector_or_an_error_that_points_into_it(text: str) -> None:
    outcome = selector_or_error(text)

    if isinstance(outcome, SelectorError):
        said = str(outcome)
        assert 0 <= outcome.offset <= len(text)
        assert printable(said, longest=len(said)) == said
        assert len(said) < 300
    else:
        assert Selector.parse(str(outcome)) == outcome


@thorough
@given(selectors(), st.data())
def test_one_character_too_many_never_does_more_than_raise(
    selector: Selector, data: st.DataObject
) -> None:
    text = str(selector)
    at = data.draw(st.integers(0, len(text)))
    spoilt = text[:at] + data.draw(st.characters() | st.sampled_from("@><=.x/0 ")) + text[at:]

    outcome = selector_or_error(spoilt)

    assert isinstance(outcome, Selector) or 0 <= outcome.offset <= len(spoilt)


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("any", Selector()),
        ("jpeg", Selector(codec=Codec.JPEG)),
        ("1920x1080", Selector(size=Bounds(_FULL_HD, _FULL_HD))),
        ("1080p", Selector(size=Bounds(_FULL_HD, _FULL_HD))),
        (">=1080p", Selector(size=Bounds(low=_FULL_HD))),
        (">= 1920x1080", Selector(size=Bounds(low=_FULL_HD))),
        ("<=4K", Selector(size=Bounds(high=Size(3840, 2160)))),
        ("480p..1080p", Selector(size=Bounds(Size(640, 480), _FULL_HD))),
        ("640x480 .. 1920x1080", Selector(size=Bounds(Size(640, 480), _FULL_HD))),
        ("@30fps", Selector(rate_fps=Bounds(Fraction(30), Fraction(30)))),
        ("@ 30 FPS", Selector(rate_fps=Bounds(Fraction(30), Fraction(30)))),
        ("@30", Selector(rate_fps=Bounds(Fraction(30), Fraction(30)))),
        ("@29.97", Selector(rate_fps=Bounds(Fraction(2997, 100), Fraction(2997, 100)))),
        ("@30000/1001fps", Selector(rate_fps=Bounds(*[Fraction(30000, 1001)] * 2))),
        ("@>=60fps", Selector(rate_fps=Bounds(low=Fraction(60)))),
        ("@<=7.5", Selector(rate_fps=Bounds(high=Fraction(15, 2)))),
        ("@30..60fps", Selector(rate_fps=Bounds(Fraction(30), Fraction(60)))),
        ("@30fps..60fps", Selector(rate_fps=Bounds(Fraction(30), Fraction(60)))),
        ("raw format=yuy2", Selector(codec=Codec.RAW, format="YUY2")),
        ("MAX", Selector(prefer=Prefer.MAX)),
        ("jpeg>=1080p@30", Selector.parse("jpeg >=1920x1080 @30fps")),
        ("min @30 h265", Selector.parse("h265 @30fps min")),
    ],
)
def test_a_selector_may_be_written_as_people_write_it(text: str, selector: Selector) -> None:
    assert Selector.parse(text) == selector


@pytest.mark.parametrize(
    ("name", "size"),
    [
        *[("240p", "320x240"), ("360p", "640x360"), ("480p", "640x480"), ("720p", "1280x720")],
        *[("1080p", "1920x1080"), ("1440p", "2560x1440"), ("2160p", "3840x2160")],
        ("4k", "3840x2160"),
    ],
)
def test_a_name_of_a_size_is_that_size(name: str, size: str) -> None:
    assert str(Selector.parse(name)) == f"any {size}"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("jpeg", "jpeg"),
        ("@30 4k jpeg", "jpeg 3840x2160 @30fps"),
        ("@30000/1001", "any @30000/1001fps"),
        ("@29.970", "any @29.97fps"),
        ("@60/2", "any @30fps"),
        ("@0.5..007", "any @0.5..7fps"),
        ("640x480..640x480", "any 640x480"),
        ("max format=nv12 raw", "raw format=NV12 max"),
    ],
)
def test_a_selector_has_one_text(text: str, canonical: str) -> None:
    assert str(Selector.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "an empty selector; write for instance jpeg 1920x1080 @30fps"),
        (" \t\n", 0, "an empty selector; write for instance jpeg 1920x1080 @30fps"),
        ("jpgg 720p", 0, "'jpgg' is not a term of a selector; did you mean 'jpeg'?"),
        ("jpeg 1080q", 5, "'1080q' is not a term of a selector; did you mean '1080p'?"),
        (
            "jpeg 1920×1080",  # noqa: RUF001 - as people paste it
            9,
            "'×' (multiplication sign) cannot stand in a selector; write 'x'",  # noqa: RUF001
        ),
        ("≥720p", 0, "'≥' (greater-than or equal to) cannot stand in a selector; write '>='"),
        ("@30–60", 3, "'–' (en dash) cannot stand in a selector; write '..'"),  # noqa: RUF001
        ("@٣0", 1, "'٣' (arabic-indic digit three) cannot stand in a selector; write '3'"),
        ("@３0", 1, "'３' (fullwidth digit three) cannot stand in a selector; write '3'"),  # noqa: RUF001
        ("jpeg\u200b", 4, "'\\u200b' (zero width space) cannot stand in a selector; delete it"),
        ("1080p30", 0, "'1080p30' is not a term of a selector; write '1080p @30fps'"),
        ("jpeg 30fps", 5, "'30fps' is not a term of a selector; write '@30fps'"),
        ("jpeg >=30fps", 7, "'30fps' is not a size; write '@>=30fps'"),
        ("1920X1080P", 0, "'1920X1080P' is not a term of a selector; write '1920x1080'"),
        ("1920*1080", 0, "'1920*1080' is not a term of a selector; write '1920x1080'"),
        ("jpeg 1280by720", 5, "'1280by720' is not a term of a selector; write '1280x720'"),
        ("jpeg >=1280by720", 7, "'1280by720' is not a size; write '1280x720'"),
        ("1280 x 720", 0, "'1280 x 720' is not a term of a selector; write '1280x720'"),
        ("jpeg >= 1280x 720", 8, "'1280x 720' is not a size; write '1280x720'"),
        ("jpeg 1280 BY 720 @30", 5, "'1280 BY 720' is not a term of a selector; write '1280x720'"),
        ("format = YUY2", 0, "'format' is not a term of a selector; write 'format=YUY2'"),
        ("format=", 7, "'' is no pixel format; write one name, such as format=YUY2"),
        ("format=YU-2", 9, "'YU-2' is no pixel format; write one name, such as format=YUY2"),
        (
            "jpeg format=YUY2",
            5,
            "jpeg has no pixel format; write raw with format=, or jpeg without",
        ),
        (
            "format=YUY2 jpeg",
            12,
            "jpeg has no pixel format; write raw with format=, or jpeg without",
        ),
        (">1920x1080", 0, "'>' is not a sign; write '>='"),
        ("@=<30", 1, "'=<' is not a sign; write '<='"),
        (
            "=720p",
            0,
            "'=' is not a sign; >= is at least, <= at most, and without one it is exactly",
        ),
        ("@30fps fps", 7, "'fps' is not a term of a selector; write '@30fps'"),
        ("@0fps", 1, "0 is no rate; it must be above 0"),
        ("@0.0", 1, "0.0 is no rate; it must be above 0"),
        ("@30/0", 1, "30/0 is no rate; it must be above 0"),
        ("jpeg 0x1080", 5, "0x1080 has no pixels; both sides are 1 or more"),
        (
            "1920x1080..640x480",
            0,
            "the range 1920x1080..640x480 ends below its start; write 640x480..1920x1080" + _OR_MAX,
        ),
        (
            "jpeg @60..30",
            6,
            "the range 60..30 ends below its start; write @30..60fps" + _OR_MAX,
        ),
        (
            "jpeg raw",
            5,
            "a second codec; to try one after the other, write a list of selectors",
        ),
        (">=480p <=1080p", 7, "a second size; a range is written 640x480..1920x1080"),
        ("@30 720p @30", 9, "a second rate; a range is written @30..60fps"),
        (
            "format=YUY2 format=NV12",
            12,
            "a second format; to try one after the other, write a list of selectors",
        ),
        ("max min", 4, "a second preference; write max, or min, or neither for the closest"),
        (
            "@>=30..60",
            5,
            "a range has two ends and no other sign; write 640x480..1920x1080 or @30..60fps",
        ),
        (
            "jpeg >=",
            7,
            "a size is missing here; one is 1920x1080 (at most 99999x99999) or a name such as 1080p",
        ),
        (
            "jpeg @",
            6,
            "a rate is missing here; " + _ONE_RATE,
        ),
        (
            "@9999999999",
            1,
            "'9999999999' is not a rate; " + _ONE_RATE,
        ),
    ],
)
def test_an_error_points_at_the_character_and_says_what_would_be_right(
    text: str, offset: int, message: str
) -> None:
    error = refused(text)

    assert str(error) == message
    assert error.offset == offset


def test_a_range_whose_sides_cross_is_refused() -> None:
    assert "640x720..1280x480" in str(refused("640x720..1280x480"))


@pytest.mark.parametrize(
    ("slip", "right"),
    [
        ("720p60fps", "720p @60fps"),
        (">=1080p30", ">=1080p @30fps"),
        ("30hz", "@30fps"),
        ("30", "@30fps"),
        ("fps=30", "@30fps"),
        ("framerate:29.97", "@29.97fps"),
        ("rate", "@30fps"),
        ("size=1280x720", "1280x720"),
        ("1280:720", "1280x720"),
        ("1280x720px", "1280x720"),
        ("mjpg", "jpeg"),
        ("MJPEG", "jpeg"),
        ("codec=jpeg", "jpeg"),
        ("image/jpeg", "jpeg"),
        ("video/x-raw", "raw"),
        ("uncompressed", "raw"),
        ("hevc", "h265"),
        ("h.265", "h265"),
        ("YUY2", "format=yuy2"),
        ("largest", "max"),
        ("minimum", "min"),
        ("image/jpeg,width=1280,height=720,framerate=30/1", "jpeg 1280x720 @30fps"),
        (
            "video/x-raw,format=YUY2,width=640,height=480,framerate=30000/1001",
            "raw 640x480 @30000/1001fps format=yuy2",
        ),
    ],
)
def test_what_people_write_instead_is_answered_with_a_selector(slip: str, right: str) -> None:
    assert str(refused(slip)).endswith(f"write '{right}'")
    assert isinstance(selector_or_error(right), Selector)


@pytest.mark.parametrize("text", ["@720p", "@jpeg", ">=jpeg", "<=max", "@@30", "@1:30", "@1e3"])
def test_a_right_word_in_a_wrong_place_is_not_suggested_back(text: str) -> None:
    assert "write '" not in str(refused(text))
    assert "did you mean" not in str(refused(text))


@pytest.mark.parametrize(
    "text", ["9" * 5000 + "x1", "@" + "9" * 5000, "a" * 1_000_000, "@" * 99_999]
)
def test_endless_text_is_refused_in_few_words(text: str) -> None:
    assert len(str(refused(text))) < 250


def test_a_capability_of_a_server_that_is_broken_suggests_nothing() -> None:
    message = str(refused("image/jpeg,width=0,height=0,framerate=0/0"))

    assert message.startswith("'image/jpeg,width=0")
    assert "write '" not in message
