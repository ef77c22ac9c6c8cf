/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of production.db. Comments stand inside the statements, so that `sqlite3
 * production.db .schema` shows them. */
#include "schema.h"

static const char takes_and_marks[] =
    "CREATE TABLE takes (\n"
    "    id INTEGER PRIMARY KEY,       -- in the order in which they began\n"
    "    session TEXT NOT NULL,        -- its name\n"
    "    track TEXT NOT NULL,          -- as the session writes it; of a poly file all, by \", \"\n"
    "    number INTEGER NOT NULL CHECK (number >= 1),\n"
    "    file TEXT NOT NULL,           -- in audio/\n"
    "    began TEXT NOT NULL,          -- UTC, such as 2026-11-29T23:53:19Z\n"
    "    rate INTEGER NOT NULL CHECK (rate > 0),\n"
    "    channels INTEGER NOT NULL CHECK (channels > 0),\n"
    "    place INTEGER NOT NULL,       -- of its first frame on the timeline; may be negative\n"
    "    pre_roll INTEGER NOT NULL CHECK (pre_roll >= 0), -- of its frames: from before the "
    "button\n"
    "    frames INTEGER CHECK (frames >= 0), -- NULL: it was never finished\n"
    "    scene TEXT,\n"
    "    circled_by TEXT,\n"
    "    note TEXT,\n"
    "    verdict TEXT CHECK (verdict IN ('good', 'bad'))\n"
    ") STRICT;\n"
    "CREATE INDEX takes_of_track ON takes (session, track, number);\n"
    "CREATE TABLE marks (\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    take INTEGER REFERENCES takes (id), -- NULL: of the session as a whole\n"
    "    session TEXT NOT NULL,\n"
    "    kind TEXT NOT NULL CHECK (kind IN ('note', 'xrun', 'lost', 'overload', 'late')),\n"
    "    at INTEGER NOT NULL,          -- frame of the take; of no take: of the timeline\n"
    "    frames INTEGER NOT NULL CHECK (frames >= 0), -- how long; 0: a moment\n"
    "    text TEXT\n"
    ") STRICT;\n"
    "CREATE INDEX marks_of_take ON marks (take, at);\n";

/* A clip that a person took out again does not come back: what was finished counts as placed. */
static const char placed[] =
    "ALTER TABLE takes ADD COLUMN placed INTEGER NOT NULL DEFAULT 0 CHECK (placed IN (0, 1));\n"
    "UPDATE takes SET placed = 1 WHERE frames IS NOT NULL;\n"
    "-- The frame of the timeline at which its clip ends though the take goes on: of a punch.\n"
    "ALTER TABLE takes ADD COLUMN heard_to INTEGER;\n";

static const char passes[] =
    "-- The number of the first take of the same press of the button, and which pass of a loop it\n"
    "-- is from then on, from 0.\n"
    "ALTER TABLE takes ADD COLUMN press INTEGER;\n"
    "ALTER TABLE takes ADD COLUMN pass INTEGER;\n";

/* What was not finished under an older program is one clip, from the button on. */
static const char clips[] =
    "-- Its inputs as the session writes them, a line for each channel.\n"
    "ALTER TABLE takes ADD COLUMN inputs TEXT;\n"
    "CREATE TABLE clips (\n"
    "    take INTEGER NOT NULL REFERENCES takes (id),\n"
    "    at INTEGER NOT NULL,          -- its first frame in the take\n"
    "    place INTEGER NOT NULL,       -- where that was played on the timeline\n"
    "    frames INTEGER CHECK (frames >= 0), -- NULL: it goes on as long as the take\n"
    "    PRIMARY KEY (take, at)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX takes_of_file ON takes (file);\n"
    "INSERT INTO clips SELECT id, pre_roll, place + pre_roll, NULL FROM takes WHERE placed = 0;\n";

static const char line_checks[] =
    "CREATE TABLE line_checks (\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    began TEXT NOT NULL,          -- UTC, such as 2026-11-29T23:53:19Z\n"
    "    device TEXT NOT NULL,\n"
    "    rate INTEGER NOT NULL CHECK (rate > 0),\n"
    "    seconds REAL NOT NULL CHECK (seconds >= 0) -- for which it listened\n"
    ") STRICT;\n"
    "CREATE TABLE checked_lines (\n"
    "    line_check INTEGER NOT NULL REFERENCES line_checks (id),\n"
    "    number INTEGER NOT NULL CHECK (number >= 1), -- in the order of the patch\n"
    "    name TEXT NOT NULL,           -- as the input list had it\n"
    "    port TEXT NOT NULL,\n"
    "    verdict TEXT NOT NULL CHECK (verdict IN ('open', 'ok', 'attention', 'fault')),\n"
    "    figures TEXT,                 -- a JSON object; NULL: nothing was measured\n"
    "    sentences TEXT,               -- what is wrong and what to do, a line each\n"
    "    PRIMARY KEY (line_check, number)\n"
    ") STRICT, WITHOUT ROWID;\n";

static const char system_checks[] =
    "-- What was checked: the lines of a stage, or the computer; its findings are `lines` without\n"
    "-- a port then.\n"
    "ALTER TABLE line_checks ADD COLUMN subject TEXT NOT NULL DEFAULT 'lines';\n";

const char *const desk_migrations[] = {takes_and_marks, placed,      passes,
                                       clips,           line_checks, system_checks};
const int desk_n_migrations = sizeof desk_migrations / sizeof *desk_migrations;
