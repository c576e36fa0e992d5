"""How long a disk lasts: what will be written, what goes by the rules, what there is room for."""
