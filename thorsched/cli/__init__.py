"""What a person types: arguments, one call, printing, exit codes."""
