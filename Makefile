# SPDX-License-Identifier: GPL-3.0-or-later
# A thin front for Meson: what a newcomer types. Everything real is in meson.build and tools/.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all help setup demo check bench bench-page lv2-survey fuzz soak install uninstall clean


# Builds the program: $(BUILD)/src/ton.
all: $(BUILD)/build.ninja
	@if ninja -C $(BUILD) -n | grep -q 'no work to do'; then echo "$(BUILD)/src/ton is up to date"; \
	else echo "Building $(BUILD)/src/ton"; ninja -C $(BUILD) --quiet; fi

# Lists these targets.
help:
	@awk '/^# / { says = says (says ? " " : "") substr($$0, 3); next } \
		/^[a-z0-9-]+:/ { if (says) printf "  make %-10s  %s\n", substr($$1, 1, index($$1, ":") - 1), says } \
		{ says = "" }' Makefile | sed 's/$$(BUILD)/$(BUILD)/g'

$(BUILD)/build.ninja:
	@tools/setup build
	@meson setup $(BUILD) --prefix=$(PREFIX) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

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

# Measures our speed beside the best peers and the machine's limits; ONLY="mix scan": only these.
bench:
	@tools/setup build bench
	@$(MAKE) --no-print-directory all
	@tools/bench $(BUILD) $(ONLY)

# Puts the figures of the last `make bench` into doc/design/performance.md.
bench-page: all
	@$(BUILD)/bench/bench-page bench/results.json doc/design/performance.md doc/design/img/growth.svg

# Runs every LV2 effect that Debian's bundles have and writes doc/reference/plugins.md; installs what is missing.
lv2-survey: all
	@tools/lv2-survey $(BUILD)

# Runs every fuzzer for SECONDS (60) each.
fuzz:
	@tools/setup build test
	@tools/fuzz $(BUILD)-fuzz $(or $(SECONDS),60)

# Records 64 tracks for SECONDS (600) through a sound server of its own and holds every sample against what was played, then kills
# 50 recordings of 16 tracks (TON_KILLS) at any moment and completes them, then checks 41 clean lines for 20 minutes
# (TON_STRETCHES) and prints what was said of each.
soak:
	@tools/setup build test
	@$(MAKE) --no-print-directory all
	@TON=$(abspath $(BUILD))/src/ton TON_COUNTED=$(abspath $(BUILD))/tests/jack/ton-counted \
		TON_JACK_CLIENT=$(abspath $(BUILD))/tests/jack/ton-jack-client tests/soak/soak $(or $(SECONDS),600)
	@TON=$(abspath $(BUILD))/src/ton TON_COUNTED=$(abspath $(BUILD))/tests/jack/ton-counted TON_SOURCE=$(CURDIR) \
		TON_JACK_CLIENT=$(abspath $(BUILD))/tests/jack/ton-jack-client TON_KILLS=$(or $(TON_KILLS),50) \
		bats --filter 'killed at any moment' tests/cli/record_lost.bats
	@TON=$(abspath $(BUILD))/src/ton TON_STAGE=$(abspath $(BUILD))/tests/jack/ton-stage TON_SOURCE=$(CURDIR) \
		TON_JACK_CLIENT=$(abspath $(BUILD))/tests/jack/ton-jack-client TON_STRETCHES=$(or $(TON_STRETCHES),20) \
		bats --show-output-of-passing-tests tests/cli/check_clean.bats

# Installs program, man pages and completions under PREFIX (/usr/local) and says what went where.
install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX) >/dev/null
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) >$(BUILD)/install.log 2>&1 || { cat $(BUILD)/install.log; exit 1; }
	@sed -n '/^Installing subdir/d; s|^Installing \(.*/\)*\([^/]*\) to \(.*\)|\3/\2|p' $(BUILD)/install.log

# Removes what `make install` put there.
uninstall:
	@ninja -C $(BUILD) uninstall >$(BUILD)/uninstall.log 2>&1 || { cat $(BUILD)/uninstall.log; exit 1; }
	@echo "uninstalled"

# Removes what was built.
clean:
	rm -rf $(BUILD) $(BUILD)-check $(BUILD)-check-asan $(BUILD)-check-tsan $(BUILD)-fuzz
