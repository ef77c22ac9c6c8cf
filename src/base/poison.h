/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included before every file: functions that write without knowing where the end is do not compile.
 */
#ifndef TON_POISON_H
#define TON_POISON_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof gets strncpy strncat

#endif
