/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the parser share. Each function leaves the first token behind what it read in
 * parser.token, and returns false (or NULL) for an error, which is told.
 */
#ifndef KVRM_MOF_PARSE_H
#define KVRM_MOF_PARSE_H

#include "tools/mofc/lexer.h"

struct mof_parser {
	struct mof_set *set;
	struct mof_lexer lexer;
	struct mof_token token;
};

/* parse.c */
bool parser_next(struct mof_parser *p);
bool parser_expected(struct mof_parser *p, const char *what);
bool parser_is(const struct mof_parser *p, char mark);
bool parser_is_word(const struct mof_parser *p, const char *word);
bool parser_mark(struct mof_parser *p, char mark);

/* parse-value.c */
struct mof_value *parser_value(struct mof_parser *p);

/* parse-qualifier.c */
bool parser_qualifiers(struct mof_parser *p, struct mof_qualifier **ret);
bool parser_declaration(struct mof_parser *p);

/* parse-class.c */
bool parser_class(struct mof_parser *p, struct mof_qualifier *qualifiers);

#endif
