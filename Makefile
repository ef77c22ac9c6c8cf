# SPDX-License-Identifier: GPL-3.0-or-later
# A thin front for Meson: what a newcomer types. Everything real is in meson.build and tools/.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all setup demo check bench fuzz install clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

$(BUILD)/build.ninja:
	@tools/setup build
	@meson setup $(BUILD) --prefix=$(PREFIX) >/dev/null || { meson setup $(BUILD) --prefix=$(PREFIX); exit 1; }

# Installs the Debian packages that are missing to build (root or sudo).
setup:
	@tools/setup build test

# The main job: builds, mixes, masters and delivers the example; ends with the table and the report.
demo: all
	@tools/demo $(BUILD)

# Builds with warnings as errors, runs every test and lint; ends with `N passed, N failed`.
check:
	@tools/setup build test
	@tools/check $(BUILD)-check

# One table: our hot paths beside the peers that are installed.
bench: all
	@tools/bench $(BUILD)

# Runs every fuzzer for SECONDS (60) each.
fuzz:
	@tools/setup build test
	@tools/fuzz $(BUILD)-fuzz $(or $(SECONDS),60)

install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	rm -rf $(BUILD) $(BUILD)-check $(BUILD)-check-asan $(BUILD)-check-tsan $(BUILD)-fuzz
