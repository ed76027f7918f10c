/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for QEMU's -kernel (Multiboot 1) that writes 128 MiB of its memory, from 16 MiB on, page by page, again and
 * again for ever. After each MiB it writes to port 0x80, so that it exits: KVM's io_exits counts MiB. Each page differs from
 * all others, and within itself, so that no swap can take it for one that is filled with the same.
 */
	.set MAGIC, 0x1badb002
	.set FIRST, 16 << 20
	.set END, 144 << 20
	.set PAGE_WORDS, 1024
	.set MIB_MASK, (1 << 20) - 1
	.section .text
	.code32
	.balign 4
	.long MAGIC, 0, -MAGIC

	.globl _start
_start:
	cld
	xor %ebx, %ebx
1:	mov $FIRST, %edi
	inc %ebx
2:	mov %edi, %eax
	mov $PAGE_WORDS, %ecx
	rep stosl
	mov %ebx, -4(%edi)
	test $MIB_MASK, %edi
	jnz 2b
	outb %al, $0x80
	cmp $END, %edi
	jb 2b
	jmp 1b
	.section .note.GNU-stack, "", @progbits
