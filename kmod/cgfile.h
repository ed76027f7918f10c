/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVRM_CGFILE_H
#define KVRM_CGFILE_H

#include <linux/fs.h>
#include <linux/types.h>

int kvrm_cgfile_init(void);
void kvrm_cgfile_exit(void);

struct file *kvrm_cgfile_open(const struct path *dir, const char *name, int flags);
int kvrm_cgfile_read(struct file *file, char *buf, size_t size);
int kvrm_cgfile_write(struct file *file, const char *text, size_t len);
int kvrm_cgfile_key(const char *text, const char *key, u64 *ret_value);

#endif
