/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes in becomes takes. */
#include "ton/recorder.h"
