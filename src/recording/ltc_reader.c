/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode that comes in as sound. */
#include "ton/timecode.h"
