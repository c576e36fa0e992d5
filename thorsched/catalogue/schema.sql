-- The journal of a storage root: what `thorsched run` did there, and what it could not do.
--
-- All times are UTC as ISO 8601 text with milliseconds, `2026-11-24T09:00:00.000Z`: they sort as
-- text, and a person can read them. Paths are relative to the storage root, or absolute if they lie
-- elsewhere. A reader opens the file with `mode=ro`; nobody but thorsched writes it.

PRAGMA application_id = 1953000050;     -- 'thjr': the file is ours
PRAGMA user_version = 4;                -- the form of these tables: older ones are migrated, newer
                                        -- ones set aside

CREATE TABLE runs (                     -- a row for each time that `thorsched run` ran here
    id        INTEGER PRIMARY KEY,      -- in the order of the runs, whatever the clock said; those
                                        -- of an earlier journal are below 0
    pid       INTEGER NOT NULL,         -- of the program
    version   TEXT NOT NULL,            -- of thorsched
    began     TEXT NOT NULL CHECK (began GLOB '????-??-??T*Z'),
                                        -- when the program began
    last_pass TEXT NOT NULL CHECK (last_pass GLOB '????-??-??T*Z'),
                                        -- until when it is known to have held cameras to the file
    ended     TEXT CHECK (ended GLOB '????-??-??T*Z'),
                                        -- NULL while it runs, and for one that was killed
    how       TEXT CHECK (how <> ''),   -- what ended it: SIGTERM, Ctrl-C, --for, handover, hung, ...
    UNIQUE (began, pid),
    CHECK ((ended IS NULL) = (how IS NULL))
);

CREATE TABLE revisions (                -- a row each time that the file was taken, edited or not
    id      INTEGER PRIMARY KEY,        -- in the order in which a run took them, whatever the clock
                                        -- said; those of an earlier journal are below 0
    run     INTEGER NOT NULL,           -- runs.id of the scheduler that took it
    hash    TEXT NOT NULL CHECK (length(hash) = 64),
                                        -- SHA-256 of the file's bytes
    applied TEXT NOT NULL CHECK (applied GLOB '????-??-??T*Z'),
                                        -- from when on the cameras were held to it
    path    TEXT NOT NULL,              -- of the file, absolute
    text    TEXT NOT NULL,              -- all of it, without a byte order mark
    how     TEXT CHECK (how IN ('start', 'last good', 'edit', 'by hand')),
                                        -- by what: a start of the program, one that found a wrong
                                        -- file, an edit, a look that was asked for; NULL: not known
    difference TEXT CHECK (difference GLOB '{*}')
                                        -- to the one before it in its run, as JSON: what became of
                                        -- each camera, and what changed besides; NULL: not known.
                                        -- {"cameras": [{"camera": name, "effect": 'stopped',
                                        -- 'replaced', 'made before break', 'started', 'changed in
                                        -- place' or 'untouched', "is_now": whether it was being
                                        -- recorded, or is from then on, "window": null or {"start":
                                        -- time or null, "end": likewise}, "reasons": [text, ...],
                                        -- "since": when frames of it began to come in a window that
                                        -- is cut short, or null}, ...], "file": [text, ...]}
);

CREATE TABLE recordings (               -- a row for each stretch in which a camera was wanted
    camera    TEXT NOT NULL,            -- as the file names it
    start     TEXT NOT NULL CHECK (start GLOB '????-??-??T*Z'),
                                        -- from when on it was wanted without a break
    "end"     TEXT CHECK ("end" GLOB '????-??-??T*Z'),
                                        -- as planned, set right if it came sooner; NULL without one
    revision  TEXT NOT NULL,            -- revisions.hash by which it began
    schedules TEXT NOT NULL CHECK (schedules GLOB '[[]*]'),
                                        -- whose it is, as a JSON array of names
    PRIMARY KEY (camera, start),
    CHECK ("end" > start)
) WITHOUT ROWID;

CREATE TABLE attempts (                 -- a row for each recorder process that was spawned
    id           TEXT PRIMARY KEY,      -- its segments' path without their number
    run          INTEGER NOT NULL,      -- runs.id of the scheduler that began it, or adopted it last;
                                        -- 0 if that is not known any more
    camera       TEXT NOT NULL,         -- as the file names it
    server       TEXT NOT NULL,         -- URL
    device_id    INTEGER NOT NULL,      -- as the server listed it
    device_name  TEXT NOT NULL,         -- likewise
    capability   TEXT NOT NULL,         -- what was asked for, as GStreamer caps
    encoding     TEXT NOT NULL,         -- what the server was to send: jpeg, h265
    port         INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),
                                        -- UDP, of the server's stream; 0: not known
    pid          INTEGER NOT NULL,      -- of the recorder; another process's by now; 0: not known
    window_start TEXT CHECK (window_start GLOB '????-??-??T*Z'),
                                        -- what it was begun for; NULL without a beginning
    window_end   TEXT CHECK (window_end GLOB '????-??-??T*Z'),
                                        -- NULL without an end
    began        TEXT NOT NULL CHECK (began GLOB '????-??-??T*Z'),
                                        -- when it was spawned
    first_bytes  TEXT CHECK (first_bytes GLOB '????-??-??T*Z'),
                                        -- when frames were first seen on disk; NULL if never
    ended        TEXT CHECK (ended GLOB '????-??-??T*Z'),
                                        -- when its end was seen; NULL while it runs, or if nobody saw it
    cause        TEXT,                  -- what went wrong; NULL for an orderly end
    detail       TEXT NOT NULL DEFAULT '',
                                        -- the cause's details, or why it was told to end
    adopted      INTEGER NOT NULL DEFAULT 0 CHECK (adopted IN (0, 1)),
                                        -- whether a later scheduler went on with it
    succeeds     TEXT                   -- attempts.id of the one that it overlaps with, if any
);
-- No foreign keys: a row whose writing was given up on a full disk must not cost others.

CREATE TABLE segments (                 -- a row for each file that was closed and described
    path           TEXT PRIMARY KEY,    -- of the file
    attempt        TEXT NOT NULL,       -- attempts.id
    camera         TEXT NOT NULL,       -- as the file named it
    first_frame    TEXT NOT NULL CHECK (first_frame GLOB '????-??-??T*Z'),
                                        -- when the first frame arrived, within 0.1 s
    last_frame_end TEXT NOT NULL CHECK (last_frame_end GLOB '????-??-??T*Z'),
                                        -- when the last one did, and one frame more
    frames         INTEGER NOT NULL CHECK (frames > 0),
                                        -- that are in it
    size_bytes     INTEGER NOT NULL CHECK (size_bytes > 0),
                                        -- of the file
    finalised      INTEGER NOT NULL CHECK (finalised IN (0, 1)),
                                        -- whether it has its duration and index
    repaired       INTEGER NOT NULL DEFAULT 0 CHECK (repaired IN (0, 1)),
                                        -- whether it got them from thorsched, not from its recorder
    pauses         TEXT NOT NULL DEFAULT '[]' CHECK (pauses GLOB '[[]*]'),
                                        -- when no frames came in between: [[start, end], ...]
    removed        TEXT CHECK (removed GLOB '????-??-??T*Z'),
                                        -- when its file was removed by the file's own rule
    removed_why    TEXT NOT NULL DEFAULT '',
                                        -- which rule that was
    quarantined    TEXT NOT NULL DEFAULT '',
                                        -- why it is in quarantine, and is not recorded; '' if it counts
    quarantined_from TEXT NOT NULL DEFAULT '',
                                        -- where it lay before
    CHECK (last_frame_end >= first_frame)
);
CREATE INDEX segments_by_camera ON segments (camera, last_frame_end, first_frame);

CREATE TABLE audits (                   -- a row for each segment that was read from end to end
    path            TEXT PRIMARY KEY,   -- segments.path
    at              TEXT NOT NULL CHECK (at GLOB '????-??-??T*Z'),
                                        -- when that was done
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64),
                                        -- of the file
    size_bytes      INTEGER NOT NULL CHECK (size_bytes > 0),
                                        -- of the file
    frames          INTEGER NOT NULL CHECK (frames >= 0),
                                        -- that are in it
    first_timestamp INTEGER,            -- XDAQ ticks of the first frame that has any; NULL: none has
    last_timestamp  INTEGER,            -- and of the last one
    dropped         INTEGER NOT NULL CHECK (dropped >= 0),
                                        -- frames that the XDAQ's counter shows to be missing
    duplicates      INTEGER NOT NULL CHECK (duplicates >= 0),
                                        -- frames with the counter of the one before
    backward        INTEGER NOT NULL CHECK (backward >= 0),
                                        -- frames with a counter from before the one before
    unreadable      INTEGER NOT NULL CHECK (unreadable >= 0),
                                        -- frames without XDAQ metadata
    damaged         INTEGER NOT NULL CHECK (damaged >= 0),
                                        -- JPEGs that do not begin or end as one
    black           INTEGER NOT NULL CHECK (black >= 0),
                                        -- pictures that were looked at, and are black
    frozen_s        REAL NOT NULL CHECK (frozen_s >= 0),
                                        -- seconds for which the picture did not change, the longest
    verdict         TEXT NOT NULL CHECK (verdict <> ''),
                                        -- 'good', or few words of what is wrong
    detail          TEXT NOT NULL DEFAULT ''
                                        -- in words
) WITHOUT ROWID;

CREATE TABLE copies (                   -- a row for each place that a segment was to be copied to
    path        TEXT NOT NULL,          -- segments.path
    destination TEXT NOT NULL,          -- a path, or what the operator's command calls it
    at          TEXT NOT NULL CHECK (at GLOB '????-??-??T*Z'),
                                        -- when this was found
    sha256      TEXT NOT NULL,          -- of the copy as it was read back; '' if it was not
    state       TEXT NOT NULL CHECK (state IN ('verified', 'unchecked', 'failed')),
                                        -- read back and the same; made, not read back; not made
    detail      TEXT NOT NULL DEFAULT '',
                                        -- why it failed
    PRIMARY KEY (path, destination)
) WITHOUT ROWID;

CREATE TABLE gaps (                     -- a row for each stretch that was wanted and not recorded
    camera TEXT NOT NULL,               -- as the file names it
    start  TEXT NOT NULL CHECK (start GLOB '????-??-??T*Z'),
                                        -- from when on frames are missing
    "end"  TEXT CHECK ("end" GLOB '????-??-??T*Z'),
                                        -- NULL while it goes on
    cause  TEXT NOT NULL CHECK (cause <> ''),
                                        -- what began it
    detail TEXT NOT NULL DEFAULT '',    -- in words, and what came in the way later on
    PRIMARY KEY (camera, start),
    CHECK ("end" > start)
) WITHOUT ROWID;

CREATE TABLE pauses (                   -- a row for each time that a camera was paused by a person
    id      TEXT PRIMARY KEY,           -- random; all cameras of one command have their own
    camera  TEXT NOT NULL,              -- as the file names it
    asked   TEXT NOT NULL CHECK (asked GLOB '????-??-??T*Z'),
                                        -- when it was asked for
    start   TEXT NOT NULL CHECK (start GLOB '????-??-??T*Z'),
                                        -- from when on the camera was not wanted
    planned TEXT NOT NULL CHECK (planned GLOB '????-??-??T*Z'),
                                        -- when it was to end by itself
    why     TEXT NOT NULL DEFAULT '',   -- as it was typed
    "end"   TEXT CHECK ("end" GLOB '????-??-??T*Z'),
                                        -- when it ended; NULL while it goes on
    how     TEXT CHECK (how IN ('over', 'resumed', 'replaced')),
                                        -- by itself, by a person, by a later one; NULL likewise
    CHECK ("end" >= start),
    CHECK (("end" IS NULL) = (how IS NULL))
) WITHOUT ROWID;

CREATE TABLE events (                   -- a row for each thing that happened once
    at     TEXT NOT NULL CHECK (at GLOB '????-??-??T*Z'),
                                        -- when it was noticed
    camera TEXT,                        -- NULL if it is about no camera
    what   TEXT NOT NULL CHECK (what <> ''),
                                        -- few words, always the same for the same thing
    detail TEXT NOT NULL DEFAULT ''     -- in words
);
CREATE INDEX events_by_time ON events (at);
