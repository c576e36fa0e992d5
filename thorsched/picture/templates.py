"""Templates of pages and pictures, filled in: whatever is put into one is escaped, always."""

from pathlib import Path

import jinja2

from thorsched.base.text import printable
from thorsched.base.units import format_seconds, format_size

_LONGEST = 1000


def filled(template: Path, **values: object) -> str:
    """Return a template's text with `values` in it; `shown`, `size`, `duration` are filters."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"shown": shown, "size": format_size, "duration": format_seconds}
    return environment.from_string(template.read_text(encoding="utf-8")).render(values)


def shown(text: object) -> str:
    """Return it without anything that moves or hides what stands around it."""
    return printable(str(text), longest=_LONGEST)
