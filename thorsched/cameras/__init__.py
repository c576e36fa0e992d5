"""What a camera can do and which of it is wanted: capabilities, selectors, bindings. Pure."""
