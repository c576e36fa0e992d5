-- The journal of a storage root: what `thorsched run` did there, and what it could not do.
--
-- All times are UTC as ISO 8601 text with milliseconds, `2026-11-24T09:00:00.000Z`: they sort as
-- text, and a person can read them. Paths are relative to the storage root, or absolute if they lie
-- elsewhere. A reader opens the file with `mode=ro`; nobody but thorsched writes it.

PRAGMA application_id = 1953000050;     -- 'thjr': the file is ours
PRAGMA user_version = 1;                -- the form of these tables; a newer one is set aside

CREATE TABLE runs (                     -- a row for each time that `thorsched run` ran here
    id        INTEGER PRIMARY KEY,      -- in the order of the runs, whatever the clock said
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

CREATE TABLE attempts (                 -- a row for each recorder process that was spawned
    id           TEXT PRIMARY KEY,      -- its segments' path without their number
    run          INTEGER NOT NULL,      -- runs.id of the scheduler that began it, or adopted it last
    camera       TEXT NOT NULL,         -- as the file names it
    server       TEXT NOT NULL,         -- URL
    device_id    INTEGER NOT NULL,      -- as the server listed it
    device_name  TEXT NOT NULL,         -- likewise
    capability   TEXT NOT NULL,         -- what was asked for, as GStreamer caps
    encoding     TEXT NOT NULL,         -- what the server was to send: jpeg, h265
    port         INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),
                                        -- UDP, of the server's stream
    pid          INTEGER NOT NULL,      -- of the recorder; another process's by now
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
    CHECK (last_frame_end >= first_frame)
);
CREATE INDEX segments_by_camera ON segments (camera, last_frame_end);

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

CREATE TABLE events (                   -- a row for each thing that happened once
    at     TEXT NOT NULL CHECK (at GLOB '????-??-??T*Z'),
                                        -- when it was noticed
    camera TEXT,                        -- NULL if it is about no camera
    what   TEXT NOT NULL CHECK (what <> ''),
                                        -- few words, always the same for the same thing
    detail TEXT NOT NULL DEFAULT ''     -- in words
);
CREATE INDEX events_by_time ON events (at);
