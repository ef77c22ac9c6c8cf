#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks each rule of the house once, in a small house of its own, and sees that check-layers names it."""
import pathlib
import subprocess
import sys
import tempfile

CHECK = sys.argv[1]
LICENCE = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"
OPENING = LICENCE + "/* What this file is. */\n"
TABLE = """# SPDX-License-Identifier: GPL-3.0-or-later
rooms = [
  # room, may use, third party
  ['base', [], []],
  ['signal', ['base'], []],
  ['files', ['base', 'signal'], []],
]
faces = {
  'lv2': ['base', 'signal'],
}
"""
GOOD = {
    "src/meson.build": TABLE,
    "src/base/ton/err.h": LICENCE,
    "src/base/arena.c": OPENING + "void *f(void) { return malloc(1); }\n",
    "src/files/ton/audio_in.h": LICENCE,
    "src/signal/x.h": LICENCE,
    "src/signal/x.c": OPENING + '#include "x.h"\n#include "config.h"\n',
    "src/files/in.c": OPENING + '#include "ton/err.h"\n#include <sndfile.h>\n'
    'static const char *s = "printf(1)"; /* free(x) */ int g(struct x *x) { return x->puts(1) + ton_free(2); }\n',
    "lv2/shim.c": OPENING + '#include "ton/err.h"\n#include "unit.h"\n#include <lv2/core/lv2.h>\n',
    "lv2/unit.h": LICENCE,
    "src/cli/main.c": OPENING + '#include "ton/audio_in.h"\nint main(void) { puts(getenv("X")); exit(1); }\n',
}
# What is added to the good house, and what must be said about it.
BROKEN = [
    ("src/signal/a.c", OPENING + '#include "ton/audio_in.h"\n', "src/signal/a.c:3: room `signal` may not use room `files`"),
    ("src/signal/a.c", OPENING + '#include "ton/none.h"\n', "src/signal/a.c:3: no room has `ton/none.h`"),
    ("src/files/a.c", OPENING + '#include "../signal/x.h"\n', "private header of room `signal`"),
    ("src/files/a.c", OPENING + '#include "x.h"\n', "private header of room `signal`"),
    ("src/signal/a.c", OPENING + "#include <sndfile.h>\n", "<sndfile.h> belongs to room `files`"),
    ("src/files/a.c", OPENING + "#include <libavcodec/avcodec.h>\n", None),
    ("src/signal/a.c", OPENING + "#include <libavcodec/avcodec.h>\n", "belongs to room `files`"),
    ("src/signal/a.c", OPENING + 'void f(void) { printf("x"); }\n', "`printf` in room `signal`"),
    ("src/signal/a.c", OPENING + "void f(void) {\n    exit(1);\n}\n", "src/signal/a.c:4: `exit` in room `signal`"),
    ("src/signal/a.c", OPENING + 'char *f(void) { return getenv("X"); }\n', "`getenv` in room `signal`"),
    ("src/signal/a.c", OPENING + "void *f(void) { return malloc(1); }\n", "`malloc` in room `signal`"),
    ("src/cli/a.c", OPENING + "void f(void *p) { free(p); }\n", "`free` in room `cli`"),
    ("lv2/a.c", OPENING + '#include "ton/audio_in.h"\n', "lv2/a.c:3: room `lv2` may not use room `files`"),
    ("lv2/a.c", OPENING + "void f(void *p) { free(p); }\n", "`free` in room `lv2`"),
    ("src/files/a.c", OPENING + "#include <lv2/core/lv2.h>\n", "<lv2/core/lv2.h> belongs to room `lv2`"),
    ("src/files/a.c", OPENING + '#include "../lv2/unit.h"\n', "private header of room `lv2`"),
    ("src/attic/a.c", OPENING, "`attic` is no room"),
    ("src/signal/a.c", "int x;\n", "the first line is no `SPDX"),
    ("src/signal/a.c", LICENCE + "int x;\n", "opens with one sentence"),
    ("tools/script", "#!/bin/sh\necho\n", "tools/script:1: the first line is no `SPDX"),
    ("tests/unit/a.c", OPENING + '#define OPEN "/mnt/recordings/data/' 'open/"\n', "tests/unit/a.c:3: an absolute path to the recordings"),
    ("tests/unit/a.c", OPENING + 'char *p = "%s/../recordings/data/open";\n', None),
    ("src/signal/a.c", OPENING + "int x;\n" * 600, "warning: src/signal/a.c: 602 lines"),
]


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, "house", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([CHECK, str(pathlib.Path(folder, "house"))], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def main():
    failures = []
    status, said = check(GOOD)
    if status != 0:
        failures.append(f"the good house is refused:\n{said}")
    for name, text, expected in BROKEN:
        status, said = check({**GOOD, name: text})
        is_warning = expected is not None and expected.startswith("warning")
        wrong_status = status != (0 if expected is None or is_warning else 1)
        if wrong_status or (expected is not None and expected not in said):
            failures.append(f"{name}: expected {expected!r}, status {status}:\n{said}")
    for failure in failures:
        print(failure)
    print(f"{len(BROKEN)} houses, {len(failures)} judged wrongly")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
