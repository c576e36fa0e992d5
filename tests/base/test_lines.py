"""Lines wait for their stream, and nobody else does; what finds no room is counted."""

from tests.support.streams import SOON_S, Tap
from thorsched.base.lines import LineWriter


def test_what_a_stream_does_not_take_is_dropped_and_told_in_the_words_that_were_given() -> None:
    stream = Tap()
    lines = LineWriter(name="lines", loss=lambda count: f"{count} lost")
    lines.write(stream, "first")
    assert stream.is_entered.wait(SOON_S)
    for number in range(2500):
        lines.write(stream, str(number))
    assert not lines.drain(0.05)
    stream.is_open.set()
    assert lines.drain(SOON_S)
    lines.close()
    first, *some, loss = stream.getvalue().splitlines()
    assert first == "first"
    assert some == [str(number) for number in range(len(some))]
    assert loss == f"{2500 - len(some)} lost"
