"""Before anybody leaves: is the world ready, what surprises, what changes, what comes."""
