/* Lists that go page by page, in SQL: one row more than a page is asked for, which says whether there is another one. Macros because a statement must be one string literal (pg.h). Include it in a .c
 * file, never in a header. */
#ifndef PAYUNG_CONSOLE_PAGE_SQL_H
#define PAYUNG_CONSOLE_PAGE_SQL_H

/* Begins a statement: `shown` are the rows of the page; `q` has the one more. */
#define SHOWN_CTE(rows) "WITH q AS (" rows " LIMIT 51), shown AS (SELECT * FROM q LIMIT 50)"
/* Members of its json_build_object: the rows, and the mark behind which the next page begins, or null. */
#define ROWS_SQL "'rows', coalesce((SELECT json_agg(s) FROM shown s), '[]'::json)"
#define NEXT_SQL(mark) "'next', CASE WHEN (SELECT count(*) FROM q) > 50 THEN (SELECT " mark "::text FROM shown s OFFSET 49) END"
/* The whole statement of a list that is nothing but its rows. */
#define PAGE_SQL(rows, mark) SHOWN_CTE(rows) " SELECT json_build_object(" ROWS_SQL ", " NEXT_SQL(mark) ")::text"

#endif
