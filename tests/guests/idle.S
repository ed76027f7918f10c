/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for QEMU's -kernel (Multiboot 1) that says "idle" on the first serial port and sleeps for ever.
 */
	.set MAGIC, 0x1badb002
	.section .text
	.code32
	.balign 4
	.long MAGIC, 0, -MAGIC

	.globl _start
_start:
	cld
	mov $0x3f8, %dx
	mov $text, %esi
1:	lodsb
	test %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	cli
	hlt
	jmp 2b

text:	.asciz "idle\r\n"
	.section .note.GNU-stack, "", @progbits
