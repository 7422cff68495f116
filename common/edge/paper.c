/* Marks into cairo's calls. A QR code is one mask of a bit per module, stretched without smoothing: a rectangle for each module made files and times three times as large. It must never know what
 * a mark means. */
#include "common/edge/paper.h"

#include <cairo-ft.h>
#include <cairo-pdf.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_PER_INCH = 72, QR_QUIET_MODULES = 4, PAPER_TEXT_MAX = 512 };
static const double um_per_inch = 25400;
static const char font_family[] = "DejaVu Sans";

struct paper {
    struct paper_options options;
    cairo_surface_t *surface;
    cairo_t *cairo;
    cairo_font_face_t *fonts[2]; /* plain, bold */
    const char *failure;         /* the first one; static */
};

static const double inks[INK_COUNT][3] = {
    [INK_BLACK] = {0, 0, 0}, [INK_GREY] = {0.35, 0.35, 0.35}, [INK_PALE] = {0.92, 0.92, 0.92}, [INK_GREEN] = {0.0, 0.36, 0.27}, [INK_RED] = {0.72, 0.07, 0.1}, [INK_WHITE] = {1, 1, 1},
};

/* ---- fonts ---- */

static cairo_font_face_t *font_open(bool bold) {
    cairo_font_face_t *face = NULL;
    FcResult result = FcResultNoMatch;
    FcChar8 *family = NULL;
    FcPattern *wanted = FcPatternCreate();
    CHECK(wanted != NULL && FcPatternAddString(wanted, FC_FAMILY, (const FcChar8 *)font_family));
    CHECK(FcPatternAddInteger(wanted, FC_WEIGHT, bold ? FC_WEIGHT_BOLD : FC_WEIGHT_REGULAR));
    (void)FcConfigSubstitute(NULL, wanted, FcMatchPattern); /* false only without memory */
    FcDefaultSubstitute(wanted);
    FcPattern *found = FcFontMatch(NULL, wanted, &result);
    if (found != NULL && FcPatternGetString(found, FC_FAMILY, 0, &family) == FcResultMatch && strcmp((const char *)family, font_family) == 0)
        face = cairo_ft_font_face_create_for_pattern(found);
    if (found != NULL) FcPatternDestroy(found);
    FcPatternDestroy(wanted);
    return face;
}

static struct err fonts_open(cairo_font_face_t *ret_fonts[2]) {
    for (int bold = 0; bold < 2; bold++) {
        ret_fonts[bold] = font_open(bold == 1);
        if (ret_fonts[bold] != NULL) continue;
        if (bold == 1) cairo_font_face_destroy(ret_fonts[0]);
        return ERR(FATAL, "the font %s is missing: apt-get install fonts-dejavu-core", font_family);
    }
    return OK;
}

struct err paper_fonts_ready(void) {
    cairo_font_face_t *fonts[2];
    TRY(fonts_open(fonts));
    for (int i = 0; i < 2; i++) cairo_font_face_destroy(fonts[i]);
    return OK;
}

void paper_fonts_forget(void) {
    cairo_debug_reset_static_data();
    FcFini();
}

/* ---- opening ---- */

static cairo_status_t write_bytes(void *given, const unsigned char *bytes, unsigned size) {
    const struct paper *paper = given;
    return paper->options.write(paper->options.self, slice_of(bytes, size)) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void open_pdf(struct paper *paper) {
    const struct paper_options *options = &paper->options;
    const double points = POINTS_PER_INCH / um_per_inch;
    paper->surface = cairo_pdf_surface_create_for_stream(write_bytes, paper, options->width * points, options->height * points);
    if (options->title != NULL) cairo_pdf_surface_set_metadata(paper->surface, CAIRO_PDF_METADATA_TITLE, options->title);
    paper->cairo = cairo_create(paper->surface);
    cairo_scale(paper->cairo, points, points);
}

static void open_png(struct paper *paper) {
    const struct paper_options *options = &paper->options;
    const double dots = options->dots_per_inch / um_per_inch;
    CHECK(options->dots_per_inch >= 30 && options->dots_per_inch <= 1200);
    paper->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(options->width * dots + 0.5), (int)(options->height * dots + 0.5));
    paper->cairo = cairo_create(paper->surface);
    cairo_set_source_rgb(paper->cairo, 1, 1, 1);
    cairo_paint(paper->cairo);
    cairo_scale(paper->cairo, dots, dots);
}

struct err paper_open(const struct paper_options *options, struct paper **ret_paper) {
    CHECK((options->kind == PAPER_PDF || options->kind == PAPER_PNG) && options->width > 0 && options->height > 0 && options->write != NULL);
    struct paper *paper = calloc(1, sizeof *paper);
    CHECK(paper != NULL);
    paper->options = *options;
    const struct err err = fonts_open(paper->fonts);
    if (failed(&err)) {
        free(paper);
        return err;
    }
    if (options->kind == PAPER_PDF) open_pdf(paper);
    else open_png(paper);
    cairo_font_options_t *fonts = cairo_font_options_create(); /* widths as the font has them: a text must fit at any resolution */
    cairo_font_options_set_hint_metrics(fonts, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(paper->cairo, fonts);
    cairo_font_options_destroy(fonts);
    *ret_paper = paper;
    return OK;
}

/* ---- drawing ---- */

/* A text that is too long becomes smaller, and beyond that narrower: its letters stay legible. */
static const double least_height = 0.75;

static void draw_text(struct paper *paper, const struct mark *mark) {
    cairo_t *cairo = paper->cairo;
    char text[PAPER_TEXT_MAX];
    cairo_text_extents_t extents;
    const size_t size = mark->text.size < sizeof text ? mark->text.size : sizeof text - 1;
    if (size == 0) return;
    memcpy(text, mark->text.bytes, size);
    text[size] = '\0';
    cairo_set_font_face(cairo, paper->fonts[mark->bold ? 1 : 0]);
    cairo_set_font_size(cairo, mark->size);
    cairo_text_extents(cairo, text, &extents);
    const double squeeze = mark->width > 0 && extents.x_advance > mark->width ? mark->width / extents.x_advance : 1;
    const double shift = mark->align == ALIGN_LEFT ? 0 : mark->align == ALIGN_CENTRE ? extents.x_advance * squeeze / 2 : extents.x_advance * squeeze;
    cairo_save(cairo);
    cairo_translate(cairo, mark->x - shift, mark->y);
    cairo_scale(cairo, squeeze, squeeze > least_height ? squeeze : least_height);
    cairo_move_to(cairo, 0, 0);
    cairo_show_text(cairo, text);
    cairo_restore(cairo);
}

static void draw_line(struct paper *paper, const struct mark *mark) {
    cairo_set_line_width(paper->cairo, mark->size);
    cairo_move_to(paper->cairo, mark->x, mark->y);
    cairo_line_to(paper->cairo, mark->x + mark->width, mark->y + mark->height);
    cairo_stroke(paper->cairo);
}

static void draw_box(struct paper *paper, const struct mark *mark) {
    cairo_rectangle(paper->cairo, mark->x, mark->y, mark->width, mark->height);
    cairo_fill(paper->cairo);
}

/* A1: rows of 32-bit words in the order of bits of the machine. */
static cairo_surface_t *mask_of(const QRcode *code) {
    cairo_surface_t *mask = cairo_image_surface_create(CAIRO_FORMAT_A1, code->width, code->width);
    if (cairo_surface_status(mask) != CAIRO_STATUS_SUCCESS) return mask; /* its status stays with whoever draws it */
    unsigned char *bits = cairo_image_surface_get_data(mask);
    const int stride = cairo_image_surface_get_stride(mask);
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++) {
            uint32_t word;
            unsigned char *at = bits + y * stride + x / 32 * 4;
            if ((code->data[y * code->width + x] & 1) == 0) continue;
            memcpy(&word, at, sizeof word);
            word |= __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1u << (x % 32) : 1u << (31 - x % 32);
            memcpy(at, &word, sizeof word);
        }
    }
    cairo_surface_mark_dirty(mask);
    return mask;
}

static void draw_qr(struct paper *paper, const struct mark *mark) {
    cairo_t *cairo = paper->cairo;
    CHECK(mark->text.size > 0 && mark->text.size <= PAPER_QR_TEXT_MAX);
    QRcode *code = QRcode_encodeData((int)mark->text.size, mark->text.bytes, 0, QR_ECLEVEL_M);
    if (code == NULL || code->width > PAPER_QR_MODULES_MAX) {
        paper->failure = "a QR code could not be made";
        QRcode_free(code);
        return;
    }
    cairo_surface_t *mask = mask_of(code);
    cairo_pattern_t *pattern = cairo_pattern_create_for_surface(mask);
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
    const double module = (double)mark->width / (code->width + 2 * QR_QUIET_MODULES);
    cairo_save(cairo);
    cairo_translate(cairo, mark->x + QR_QUIET_MODULES * module, mark->y + QR_QUIET_MODULES * module);
    cairo_scale(cairo, module, module);
    cairo_mask(cairo, pattern);
    cairo_restore(cairo);
    cairo_pattern_destroy(pattern);
    cairo_surface_destroy(mask);
    QRcode_free(code);
}

void paper_draw(struct paper *paper, const struct mark *marks, size_t count, int32_t x, int32_t y) {
    static void (*const draw[])(struct paper *, const struct mark *) = {[MARK_TEXT] = draw_text, [MARK_LINE] = draw_line, [MARK_BOX] = draw_box, [MARK_QR] = draw_qr};
    cairo_save(paper->cairo);
    cairo_translate(paper->cairo, x, y);
    for (size_t i = 0; i < count; i++) {
        CHECK(marks[i].kind >= MARK_TEXT && marks[i].kind <= MARK_QR && marks[i].ink < INK_COUNT);
        const double *ink = inks[marks[i].ink];
        cairo_set_source_rgb(paper->cairo, ink[0], ink[1], ink[2]);
        draw[marks[i].kind](paper, &marks[i]);
    }
    cairo_restore(paper->cairo);
}

void paper_page(struct paper *paper) {
    CHECK(paper->options.kind == PAPER_PDF);
    cairo_show_page(paper->cairo);
}

struct err paper_close(struct paper *paper) {
    cairo_status_t status = cairo_status(paper->cairo);
    if (status == CAIRO_STATUS_SUCCESS && paper->options.kind == PAPER_PNG) {
        cairo_surface_flush(paper->surface);
        status = cairo_surface_write_to_png_stream(paper->surface, write_bytes, paper);
    }
    cairo_destroy(paper->cairo);
    cairo_surface_finish(paper->surface);
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(paper->surface);
    cairo_surface_destroy(paper->surface);
    for (int i = 0; i < 2; i++) cairo_font_face_destroy(paper->fonts[i]);
    const char *failure = paper->failure;
    free(paper);
    if (failure != NULL) return ERR(FATAL, "the page can't be drawn: %s", failure);
    if (status != CAIRO_STATUS_SUCCESS) return ERR(FATAL, "the page can't be written: %s", cairo_status_to_string(status));
    return OK;
}
