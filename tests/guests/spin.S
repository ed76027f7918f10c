/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for QEMU's -kernel (Multiboot 1) that is at full load at once and for ever. It says "spin" on
 * the first serial port, then loops, and every million rounds writes to port 0x80, so that it exits.
 */
	.set MAGIC, 0x1badb002
	.section .text
	.code32
	.balign 4
	.long MAGIC, 0, -MAGIC

	.globl _start
_start:
	mov $0x3f8, %dx
	mov $text, %esi
1:	lodsb
	test %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	mov $1000000, %ecx
3:	dec %ecx
	jnz 3b
	outb %al, $0x80
	jmp 2b

text:	.asciz "spin\r\n"
	.section .note.GNU-stack, "", @progbits
