/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode as samples, text and MIDI. */
#include "ton/timecode.h"
