/* SPDX-License-Identifier: GPL-3.0-or-later */
/* production.db, opened and brought up to date. */
#include "ton/database.h"
