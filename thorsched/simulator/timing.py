"""Which frame is due when, and what the XDAQ would have written into it. Pure.

All cameras share one origin, the simulator's start: frame k of any capability is due k intervals
after it, whenever its stream was started. So a frame's number follows from the time, and frames
of different cameras that were due together carry the same sample index.

What the simulated XDAQ says of a frame that is due t after the origin:

- `gstreamer_pts` is t in ns, `xdaq_timestamp` the same on a clock that began 1000 s earlier;
- `sample_index` is the ephys sample, 30000 a second, from `first_sample` on, modulo 2^32;
- `ttl_in` line 0 is high in every other second, line 1 for the first 100 ms of every 10 s,
  line 2 in every other frame;
- `ttl_out` line 0 is high for the first half of every second;
- `spi_perf_counter` is t in us, modulo 2^32.
"""

from dataclasses import dataclass
from fractions import Fraction

from thorsched.thorvision.metadata import SAMPLE_INDEX_MODULUS, FrameMetadata

SAMPLES_PER_S = 30_000
_NS_PER_S = 1_000_000_000
_XDAQ_HEAD_START_NS = 1000 * _NS_PER_S


@dataclass(frozen=True, slots=True)
class Timing:
    """The frames of one rate, in frames per second."""

    rate_fps: Fraction
    first_sample: int = 0

    def newest(self, elapsed_s: float) -> int:
        """Return the number of the last frame that was due `elapsed_s` after the origin."""
        return int(elapsed_s * self.rate_fps.numerator / self.rate_fps.denominator)

    def due_s(self, number: int) -> float:
        """Return when frame `number` is due, in seconds after the origin."""
        return number * self.rate_fps.denominator / self.rate_fps.numerator

    def sample_index(self, number: int) -> int:
        samples = number * SAMPLES_PER_S * self.rate_fps.denominator // self.rate_fps.numerator
        return (self.first_sample + samples) % SAMPLE_INDEX_MODULUS

    def metadata(self, number: int) -> FrameMetadata:
        """Return the record of frame `number`."""
        elapsed_ns = number * _NS_PER_S * self.rate_fps.denominator // self.rate_fps.numerator
        second, ns = divmod(elapsed_ns, _NS_PER_S)
        seconds_are_odd, tens = second % 2, second % 10
        pulse = tens == 0 and ns < _NS_PER_S // 10
        return FrameMetadata(
            gstreamer_pts=elapsed_ns,
            xdaq_timestamp=elapsed_ns + _XDAQ_HEAD_START_NS,
            sample_index=self.sample_index(number),
            ttl_in=seconds_are_odd | pulse << 1 | number % 2 << 2,
            ttl_out=int(ns < _NS_PER_S // 2),
            spi_perf_counter=elapsed_ns // 1000 % SAMPLE_INDEX_MODULUS,
        )
