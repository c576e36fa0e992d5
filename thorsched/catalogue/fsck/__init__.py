"""Files held against their sidecars and the journal, and mended: `thorsched verify`."""
