/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for QEMU's -kernel (Multiboot 1) that wants one CPU for the first 300 ms of every second, or as
 * long as ASLEEP leaves, and sleeps for the rest, by the clock: what it does not get in these 300 ms is lost.
 * It says "busy" on the first serial port.
 */
#ifndef ASLEEP
#define ASLEEP 700000000
#endif
/* Between two looks at the clock. */
#ifndef LOOPS
#define LOOPS 200000
#endif
	.set MAGIC, 0x1badb002
	.set LAPIC, 0xfee00000
	.set EOI, 0xb0
	.set SPURIOUS, 0xf0
	.set TIMER, 0x320
	.set TIMER_PERIOD, 0x380
	.set TIMER_LEFT, 0x390
	.set TIMER_DIVIDE, 0x3e0
	.set PERIODIC, 0x20000
	.set VECTOR, 0x40
	/* KVM's local APIC counts nanoseconds. */
	.set SECOND, 1000000000
	.section .text
	.code32
	.balign 4
	.long MAGIC, 0, -MAGIC

	.globl _start
_start:
	lgdt gdt_register
	ljmp $8, $1f
1:	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $stack, %esp
	mov $wake, %eax
	mov %ax, idt + 8 * VECTOR
	shr $16, %eax
	mov %ax, idt + 8 * VECTOR + 6
	movl $0x8e000008, idt + 8 * VECTOR + 2
	lidt idt_register

	/* No interrupt but the timer's. */
	mov $0xff, %al
	outb %al, $0x21
	outb %al, $0xa1
	mov $LAPIC, %ebx
	movl $0x1ff, SPURIOUS(%ebx)
	movl $0xb, TIMER_DIVIDE(%ebx)
	movl $PERIODIC + VECTOR, TIMER(%ebx)
	movl $SECOND, TIMER_PERIOD(%ebx)

	mov $0x3f8, %dx
	mov $text, %esi
2:	lodsb
	test %al, %al
	jz 3f
	outb %al, %dx
	jmp 2b

3:	sti
	hlt
4:	mov $LOOPS, %ecx
5:	dec %ecx
	jnz 5b
	mov TIMER_LEFT(%ebx), %eax
	cmp $ASLEEP, %eax
	ja 4b
	jmp 3b

wake:	movl $0, EOI(%ebx)
	iret

text:	.asciz "busy\r\n"
	.balign 8
gdt:	.quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_register:
	.word gdt_register - gdt - 1
	.long gdt
	.balign 8
idt:	.fill VECTOR + 1, 8, 0
idt_register:
	.word idt_register - idt - 1
	.long idt
	.balign 16
	.fill 256
stack:
	.section .note.GNU-stack, "", @progbits
