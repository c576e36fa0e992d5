"""The file while it is edited: what runs, what another text would change, and who notices it."""
