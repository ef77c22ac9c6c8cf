/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_CARVE_H
#define TON_PROCESSORS_CARVE_H

#include "ton/carve.h"

#endif
