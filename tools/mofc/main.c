// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compiler of the schema.
 *   mofc -o TABLES.c FILE...	check the files and write their classes as tables of C
 *   mofc FILE...		check only
 *   mofc -c FOLDER FILE...	compare with the official schema in FOLDER
 * Errors are "file:line:column: sentence". Exit status: 0 if there is nothing to complain of, 1 if there
 * is, 64 for a wrong command line.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "daemon/util/cleanup.h"
#include "tools/mofc/compare.h"
#include "tools/mofc/emit.h"
#include "tools/mofc/file.h"

static int write_tables(struct mof_set *set, const char *path)
{
	_cleanup_fclose_ FILE *to = fopen(path, "we");

	if (!to) {
		fprintf(stderr, "mofc: %s: %s\n", path, strerror(errno));
		return 1;
	}
	mof_emit(set, to);
	if (ferror(to) || fflush(to)) {
		fprintf(stderr, "mofc: %s: %s\n", path, strerror(errno));
		remove(path);
		return 1;
	}
	return 0;
}

static int compare(struct mof_set *ours, const char *folder)
{
	struct mof_set official = { .errors_to = stderr };
	struct compare c = { .ours = ours, .official = &official, .to = stdout };
	int status = 1;

	if (mof_official_read(&official, ours, folder)) {
		mof_compare(&c);
		printf("schema: %zu classes compared, %zu differences\n", c.n_classes,
		       c.n_differences);
		status = c.n_differences || !c.n_classes;
	}
	mof_release(&official);
	return status;
}

static int run(struct mof_set *set, char **files, const char *output, const char *folder)
{
	for (; *files; files++)
		mof_file_parse(set, *files);
	if (set->errors)
		return 1;
	if (folder)
		return compare(set, folder);
	if (!mof_check(set))
		return 1;
	return output ? write_tables(set, output) : 0;
}

int main(int argc, char **argv)
{
	struct mof_set set = { .errors_to = stderr };
	const char *output = NULL, *folder = NULL;
	int option, status;

	while ((option = getopt(argc, argv, "o:c:")) != -1) {
		if (option == 'o')
			output = optarg;
		else if (option == 'c')
			folder = optarg;
		else
			return 64;
	}
	if (optind == argc || (output && folder)) {
		fputs("usage: mofc [-o TABLES.c | -c FOLDER] FILE...\n", stderr);
		return 64;
	}
	status = run(&set, argv + optind, output, folder);
	mof_release(&set);
	return status;
}
