/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes and marks as rows. */
#include "ton/recordings.h"
