"""The revisions of a file that journals keep: shown, compared, put back, and begun by."""
