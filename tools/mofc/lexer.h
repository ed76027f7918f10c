/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MOF text to tokens (DSP0004, annex A). Key words are names: which of them a name is depends on
 * where it stands, as "indication" is also a qualifier's name.
 */
#ifndef KVRM_MOF_LEXER_H
#define KVRM_MOF_LEXER_H

#include "tools/mofc/mof.h"

enum mof_token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_TEXT,
	TOKEN_CHAR,
	TOKEN_INTEGER,
	TOKEN_REAL,
	TOKEN_PRAGMA,
	TOKEN_MARK,
	TOKEN_WRONG,
};

/**
 * struct mof_token - a token
 * @kind: of it
 * @place: of its first byte
 * @text: a name; a string without quotes and escapes; a number in decimal; one character of punctuation
 * @magnitude: of an integer
 * @negative: it is below zero
 */
struct mof_token {
	enum mof_token_kind kind;
	struct mof_place place;
	const char *text;
	uint64_t magnitude;
	bool negative;
};

/* A text and how far it has been read. */
struct mof_lexer {
	struct mof_set *set;
	const char *at;
	const char *end;
	struct mof_place place;
};

void mof_lexer_begin(struct mof_lexer *lexer, struct mof_set *set, const char *file,
		     const char *text, size_t length);
void mof_lexer_next(struct mof_lexer *lexer, struct mof_token *ret);
bool mof_integer_read(const char *text, size_t length, uint64_t *ret);

#endif
