/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TEST_LV2_TRAP_H
#define TON_TEST_LV2_TRAP_H

/* Between the two, this thread is in audio code (nests). */
void trap_enter(void);
void trap_leave(void);

#endif
