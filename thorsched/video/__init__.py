"""What a recorded file holds, read without decoding it."""
