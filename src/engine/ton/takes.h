/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TAKES_H
#define TON_TAKES_H

#include "ton/session.h"

/* Tells ton_session_read about takes by opening them: rate, channels, frames. The files are closed
 * again; errors are those of ton_audio_open. Main thread. */
struct ton_takes ton_takes_from_files(void);

#endif
