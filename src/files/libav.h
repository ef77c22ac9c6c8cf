/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libav, loaded when a file first needs it: it brings some 130 libraries with it, and to find and
 * relocate those takes longer than the rest of a start; most runs never touch it. */
#ifndef TON_FILES_LIBAV_H
#define TON_FILES_LIBAV_H

#include "ton/err.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/base64.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>

/* Every function of it that is called here. */
#define LIBAV_FUNCTIONS(X)                                                                         \
    X(av_base64_encode)                                                                            \
    X(av_channel_layout_channel_from_index)                                                        \
    X(av_channel_layout_copy)                                                                      \
    X(av_channel_layout_from_mask)                                                                 \
    X(av_dict_free)                                                                                \
    X(av_dict_get)                                                                                 \
    X(av_dict_set)                                                                                 \
    X(av_dict_set_int)                                                                             \
    X(av_find_best_stream)                                                                         \
    X(av_frame_alloc)                                                                              \
    X(av_frame_free)                                                                               \
    X(av_frame_get_buffer)                                                                         \
    X(av_frame_make_writable)                                                                      \
    X(av_frame_unref)                                                                              \
    X(av_free)                                                                                     \
    X(av_freep)                                                                                    \
    X(av_get_bytes_per_sample)                                                                     \
    X(av_get_packed_sample_fmt)                                                                    \
    X(av_get_sample_fmt_name)                                                                      \
    X(av_log_set_level)                                                                            \
    X(av_malloc)                                                                                   \
    X(av_new_packet)                                                                               \
    X(av_opt_set_int)                                                                              \
    X(av_packet_alloc)                                                                             \
    X(av_packet_free)                                                                              \
    X(av_packet_new_side_data)                                                                     \
    X(av_packet_rescale_ts)                                                                        \
    X(av_packet_unref)                                                                             \
    X(av_read_frame)                                                                               \
    X(av_rescale_q)                                                                                \
    X(av_sample_fmt_is_planar)                                                                     \
    X(av_seek_frame)                                                                               \
    X(av_strerror)                                                                                 \
    X(av_write_frame)                                                                              \
    X(av_write_trailer)                                                                            \
    X(avcodec_alloc_context3)                                                                      \
    X(avcodec_descriptor_get)                                                                      \
    X(avcodec_find_decoder)                                                                        \
    X(avcodec_find_encoder_by_name)                                                                \
    X(avcodec_flush_buffers)                                                                       \
    X(avcodec_free_context)                                                                        \
    X(avcodec_get_name)                                                                            \
    X(avcodec_open2)                                                                               \
    X(avcodec_parameters_from_context)                                                             \
    X(avcodec_parameters_to_context)                                                               \
    X(avcodec_receive_frame)                                                                       \
    X(avcodec_receive_packet)                                                                      \
    X(avcodec_send_frame)                                                                          \
    X(avcodec_send_packet)                                                                         \
    X(avformat_alloc_output_context2)                                                              \
    X(avformat_close_input)                                                                        \
    X(avformat_find_stream_info)                                                                   \
    X(avformat_free_context)                                                                       \
    X(avformat_index_get_entries_count)                                                            \
    X(avformat_index_get_entry)                                                                    \
    X(avformat_new_stream)                                                                         \
    X(avformat_open_input)                                                                         \
    X(avformat_write_header)                                                                       \
    X(avio_alloc_context)                                                                          \
    X(avio_context_free)                                                                           \
    X(avio_flush)

#define LIBAV_POINTER(name) __typeof__(name) *name;
struct libav {
    LIBAV_FUNCTIONS(LIBAV_POINTER)
};
#undef LIBAV_POINTER

extern struct libav libav; /* filled once libav_load has succeeded */

/* The first call loads it and makes it silent. TON_ENVIRONMENT: it is not installed in the version
 * that the program was built for. @thread any */
enum ton_code libav_load(struct ton_err *err);

#endif
