/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pango and cairo, loaded when a page is first drawn: they bring 40 libraries with them, which
 * would take a third of every start. */
#ifndef TON_REPORTS_PANGO_H
#define TON_REPORTS_PANGO_H

#include "ton/err.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

/* Every function of them that is called here. */
#define PANGO_FUNCTIONS(X)                                                                         \
    X(cairo_create)                                                                                \
    X(cairo_destroy)                                                                               \
    X(cairo_fill)                                                                                  \
    X(cairo_line_to)                                                                               \
    X(cairo_move_to)                                                                               \
    X(cairo_pdf_surface_create_for_stream)                                                         \
    X(cairo_pdf_surface_set_metadata)                                                              \
    X(cairo_rectangle)                                                                             \
    X(cairo_set_line_width)                                                                        \
    X(cairo_set_source_rgb)                                                                        \
    X(cairo_show_page)                                                                             \
    X(cairo_status)                                                                                \
    X(cairo_status_to_string)                                                                      \
    X(cairo_stroke)                                                                                \
    X(cairo_surface_destroy)                                                                       \
    X(cairo_surface_finish)                                                                        \
    X(cairo_surface_status)                                                                        \
    X(g_object_unref)                                                                              \
    X(pango_attr_insert_hyphens_new)                                                               \
    X(pango_attr_list_insert)                                                                      \
    X(pango_attr_list_new)                                                                         \
    X(pango_attr_list_unref)                                                                       \
    X(pango_cairo_create_layout)                                                                   \
    X(pango_cairo_show_layout)                                                                     \
    X(pango_font_description_free)                                                                 \
    X(pango_font_description_from_string)                                                          \
    X(pango_font_description_set_absolute_size)                                                    \
    X(pango_layout_get_size)                                                                       \
    X(pango_layout_is_ellipsized)                                                                  \
    X(pango_layout_set_alignment)                                                                  \
    X(pango_layout_set_attributes)                                                                 \
    X(pango_layout_set_ellipsize)                                                                  \
    X(pango_layout_set_font_description)                                                           \
    X(pango_layout_set_height)                                                                     \
    X(pango_layout_set_single_paragraph_mode)                                                      \
    X(pango_layout_set_text)                                                                       \
    X(pango_layout_set_width)                                                                      \
    X(pango_layout_set_wrap)

#define PANGO_POINTER(name) __typeof__(name) *name;
struct pango {
    PANGO_FUNCTIONS(PANGO_POINTER)
};
#undef PANGO_POINTER

extern struct pango pango; /* filled once pango_load has succeeded */

/* TON_ENVIRONMENT: it is not installed. @thread any */
enum ton_code pango_load(struct ton_err *err);

#endif
