/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for QEMU's -kernel (Multiboot 1) that has all its virtual CPUs at full load at once and for
 * ever. The first says "busy" on the first serial port and starts the others; each loops, and every
 * million rounds writes to port 0x80, so that it exits.
 */
	.set MAGIC, 0x1badb002
	.set LAPIC, 0xfee00000
	.set ICR, 0x300
	.set INIT_OTHERS, 0xc4500
	.set START_OTHERS, 0xc4600
	.set OTHERS_PAGE, 8
	.section .text
	.code32
	.balign 4
	.long MAGIC, 0, -MAGIC

	.globl _start
_start:
	/* The others start in real mode at a page below 1 MiB. */
	mov $others, %esi
	mov $OTHERS_PAGE << 12, %edi
	mov $others_end - others, %ecx
	cld
	rep movsb
	mov $LAPIC, %ebx
	movl $INIT_OTHERS, ICR(%ebx)
	mov $10000000, %ecx
1:	dec %ecx
	jnz 1b
	movl $START_OTHERS + OTHERS_PAGE, ICR(%ebx)

	mov $0x3f8, %dx
	mov $text, %esi
2:	lodsb
	test %al, %al
	jz 3f
	outb %al, %dx
	jmp 2b
3:	mov $1000000, %ecx
4:	dec %ecx
	jnz 4b
	outb %al, $0x80
	jmp 3b

	.code16
others:
	mov $1000000, %ecx
1:	dec %ecx
	jnz 1b
	outb %al, $0x80
	jmp others
others_end:

text:	.asciz "busy\r\n"
	.section .note.GNU-stack, "", @progbits
