/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rolls, stops, jumps and loops. */
#include "ton/transport.h"
