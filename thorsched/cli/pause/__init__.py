"""`thorsched pause` and `thorsched resume`: cameras that are not wanted for a while."""
