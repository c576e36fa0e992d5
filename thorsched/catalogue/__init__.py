"""What happened, kept on disk: the journal of runs, attempts, segments, gaps and events."""
