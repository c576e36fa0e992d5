"""Recorded segments in other programs' formats: so far NWB, by the extra `thorsched[nwb]`."""
