"""The colours of what thorsched draws: the report's page, and the plan's picture. Pure."""

LIGHT = {
    "paper": "#fbfaf7",
    "card": "#fff",
    "ink": "#1f2328",
    "dim": "#6a7076",
    "line": "#e2dfd8",
    "good": "#2f8f5b",
    "bad": "#c23b32",
    "wanted": "#dcd8cf",
    "surplus": "#9cc7b0",
    "server": "#d9822b",
    "us": "#c23b32",
    "others": "#7a5fb5",
    "nobody": "#8a939b",
}
"""By what they mean, on light paper, which is also what a printer prints."""

NIGHT = "#e9ebf3"
"""Behind the lanes, where it is dark."""
DAY, DARK = "#f3dfa2", "#3b4261"
"""Of the bar of light above them."""

SCHEDULES = (
    ("#44aa99", "#10231f"),
    ("#332288", "#ffffff"),
    ("#ddcc77", "#2b2610"),
    ("#cc6677", "#240b10"),
    ("#88ccee", "#0f232c"),
    ("#117733", "#ffffff"),
    ("#999933", "#1d1d06"),
    ("#882255", "#ffffff"),
    ("#aa4499", "#ffffff"),
)
"""Of a schedule's bars, and of the words on them.

Paul Tol's "muted" scheme (Colour Schemes, SRON/EPS/TN/09-002): colour-blind people tell them apart.
"""


def of_schedule(place: int) -> str:
    """Return the colour of a schedule by its place in the legend."""
    return SCHEDULES[place % len(SCHEDULES)][0]


def on_schedule(place: int) -> str:
    """Return the colour of words on its bars."""
    return SCHEDULES[place % len(SCHEDULES)][1]


def pattern_of(place: int) -> str:
    """Return the pattern that parts those whose colour comes again; '' the first time."""
    return "dots" if place >= len(SCHEDULES) else ""
