# SPDX-License-Identifier: GPL-2.0-or-later
# kvrm: the KVM Resource Manager. `make help` lists the targets.

BUILD   ?= build
PREFIX  ?= /usr
SYSCONFDIR ?= /etc
KDIR    ?= /lib/modules/$(shell uname -r)/build
VERSION := $(shell sed -n 's/^\#define KVRM_VERSION "\(.*\)"/\1/p' include/kvrm/version.h)

CC      ?= cc
OPT     ?= -O2 -g
WARN    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	   -Wno-unused-parameter -Wno-missing-field-initializers
HARDEN  := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LIBS    := libsystemd libnl-3.0 libnl-genl-3.0 libnl-route-3.0 json-c sqlite3 libmicrohttpd zlib
PKG     := $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
PKGLIBS  = $(shell pkg-config --libs $(LIBS))
LAUNCHLIBS = $(shell pkg-config --libs libsystemd json-c)
CTLLIBS  = $(shell pkg-config --libs libsystemd json-c ncursesw zlib libnl-3.0 libnl-genl-3.0)
ALLFLAGS = -std=gnu17 $(OPT) $(WARN) -D_GNU_SOURCE -I. -Iinclude -isystem uapi $(PKG) -MMD -MP

V ?= 0
Q  = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-7s %s\n' $(1) $(2))

DAEMON_SRC   := $(wildcard include/kvrm/*.c daemon/*.c $(patsubst %,daemon/%/*.c,util schema broker model profile wire observe plan apply serve manager))
UTIL_SRC     := $(wildcard daemon/util/*.c daemon/model/definition*.c)
LAUNCHER_SRC := $(filter-out daemon/launch/kvrm-exec.c,$(wildcard daemon/launch/*.c))
EXEC_SRC     := $(wildcard daemon/launch/kvrm-exec.c)
CTL_SRC      := $(wildcard tools/kvrmctl/*.c)
MOFC_SRC     := $(wildcard tools/mofc/*.c)
SCHEMA_MOF   := $(wildcard daemon/schema/*.mof)
UNIT_SRC     := $(wildcard tests/unit/*/test-*.c)

# $(1): directory of the objects
objs = $(patsubst %.c,$(1)/%.o,$(2))
R := $(BUILD)/release
S := $(BUILD)/sanitize

all: $(if $(wildcard daemon/main.c),$(BUILD)/kvrmd) $(if $(LAUNCHER_SRC),$(BUILD)/kvrm-launcher) \
	$(if $(EXEC_SRC),$(BUILD)/kvrm-exec) $(if $(CTL_SRC),$(BUILD)/kvrmctl) man

help:
	@echo 'all (default)     kvrmd, kvrm-launcher, kvrm-exec, kvrmctl and man pages, in $(BUILD)/'
	@echo 'module            kvrm.ko for the kernel in KDIR ($(KDIR))'
	@echo 'unit              unit tests under ASan and UBSan'
	@echo 'bench             the same wishes by libvirt and by kvrm, side by side, in the test host'
	@echo 'fuzz              fuzzers of what parses, FUZZ_SECONDS ($(FUZZ_SECONDS)) of each; needs clang'
	@echo 'install           into DESTDIR, PREFIX ($(PREFIX)), SYSCONFDIR ($(SYSCONFDIR))'
	@echo 'install-module    module source for DKMS into PREFIX/src/kvrm-$(VERSION)'
	@echo 'deb               Debian packages in $(BUILD)/deb/'
	@echo 'lint              static checks (tools/lint)'
	@echo 'regen             everything that is generated and committed'
	@echo 'clean             remove $(BUILD)/ and the module objects'
	@echo 'V=1 shows commands; CC, OPT, CFLAGS, LDFLAGS are honoured.'

$(BUILD)/kvrmd: $(call objs,$R,$(DAEMON_SRC) $(BUILD)/schema/tables.c)
	$(call say,LD,$@)
	$(Q)$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(PKGLIBS)

$(BUILD)/kvrm-launcher: $(call objs,$R,$(LAUNCHER_SRC) $(UTIL_SRC))
	$(call say,LD,$@)
	$(Q)$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(LAUNCHLIBS)

$(BUILD)/kvrm-exec: $(call objs,$R,$(EXEC_SRC))
	$(call say,LD,$@)
	$(Q)$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^

$(BUILD)/kvrmctl: $(call objs,$R,$(CTL_SRC) $(UTIL_SRC))
	$(call say,LD,$@)
	$(Q)$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(CTLLIBS) -lm

# The classes that kvrmd serves: daemon/schema/*.mof, compiled into tables.
$(BUILD)/mofc: $(call objs,$R,$(MOFC_SRC) daemon/schema/type.c daemon/util/text.c)
	$(call say,LD,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^

$(BUILD)/schema/tables.c: $(BUILD)/mofc $(SCHEMA_MOF)
	@mkdir -p $(@D)
	$(call say,MOFC,$@)
	$(Q)$(BUILD)/mofc -o $@ $(SCHEMA_MOF)

$(BUILD)/schema-pages: $(call objs,$R,tools/schema-pages.c tools/page.c daemon/schema/schema.c daemon/schema/type.c $(BUILD)/schema/tables.c)
	$(call say,LD,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^

$(BUILD)/dbus-pages: $(call objs,$R,tools/dbus-pages.c tools/page.c daemon/serve/bus-object-path.c daemon/serve/bus-value.c \
		$(wildcard include/kvrm/*.c $(patsubst %,daemon/%/*.c,util schema broker model profile)) $(BUILD)/schema/tables.c)
	$(call say,LD,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(PKGLIBS)

$R/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALLFLAGS) $(HARDEN) $(CFLAGS) -c -o $@ $<

# Manual pages
MAN_SRC := $(wildcard Documentation/man/*.scd)
MAN     := $(patsubst Documentation/man/%.scd,$(BUILD)/man/%,$(MAN_SRC))
man: $(MAN)
$(BUILD)/man/%: Documentation/man/%.scd
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)scdoc <$< >$@.tmp && mv $@.tmp $@

# Unit tests: every tests/unit/DIR/test-NAME.c is a program.
SAN      := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
TEST_OBJ := $(call objs,$S,$(filter-out daemon/main.c,$(DAEMON_SRC)) \
	$(filter-out %/launcher.c %/main.c,$(LAUNCHER_SRC)) $(filter-out %/main.c,$(CTL_SRC) $(MOFC_SRC)) \
	$(BUILD)/schema/tables.c)
UNIT     := $(patsubst %.c,$S/%,$(UNIT_SRC))

$S/libkvrm-test.a: $(TEST_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$S/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALLFLAGS) -O1 $(SAN) -c -o $@ $<

$S/tests/unit/%: $S/tests/unit/%.o $S/libkvrm-test.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN) -o $@ $< $S/libkvrm-test.a $(PKGLIBS) $(CTLLIBS) $(shell pkg-config --libs cmocka) -lm

.SECONDARY: $(patsubst %,%.o,$(UNIT))
unit-build: $(UNIT)
unit: unit-build
	$(Q)tools/run-unit $(UNIT)

# Module
module:
	$(call say,KBUILD,$(KDIR))
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=) $(KFLAGS) modules

clean-module:
	$(Q)find Kbuild kmod include/kvrm . -maxdepth 2 \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name modules.order -o -name Module.symvers \) -type f -delete

# Programs that the tests run in the test host; static, so that they run under any release.
GUESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/guests/*.c tests/measure/*.c tests/bench/*.c)) \
	$(patsubst tests/%.S,$(BUILD)/tests/%,$(wildcard tests/guests/*.S tests/bench/*.S))
test-programs: $(GUESTS) $(BUILD)/tests/profiles/walk
	@mkdir -p $(BUILD)/tests/kselftest
	$(Q)$(MAKE) -s -C tests/kselftest OUTPUT=$(abspath $(BUILD))/tests/kselftest
# These are run where kvrmd is, and linked as that is.
$(BUILD)/tests/profiles/walk $(BUILD)/tests/bench/client: $(BUILD)/tests/%: tests/%.c $(wildcard tests/profiles/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALLFLAGS) -o $@ $< $(shell pkg-config --libs libsystemd)
$(BUILD)/tests/measure/%: tests/measure/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALLFLAGS) -static -o $@ $<
$(BUILD)/tests/guests/%: tests/guests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALLFLAGS) -static -pthread -o $@ $<
$(BUILD)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALLFLAGS) -static -o $@ $< -Wl,--no-warnings $(shell pkg-config --static --libs libnl-genl-3.0)
$(BUILD)/tests/guests/burst: tests/bench/waking.S
$(BUILD)/tests/%: tests/%.S
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) -I. -m32 -static -nostdlib -Wl,-Ttext=0x100000,--build-id=none,-N,--no-warn-rwx-segments -o $@ $<

# What needs no test host: kvrmd's own code, as it is released.
NATIVE := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/native/*.c))
$(NATIVE): $(BUILD)/tests/bench/native/%: $(call objs,$R,$(filter-out daemon/main.c,$(DAEMON_SRC)) $(BUILD)/schema/tables.c) \
		$R/tests/bench/native/%.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PKGLIBS)

bench:
	$(Q)tests/bench/run

# Fuzzers, for clang: FUZZ_SECONDS of each.
FUZZ_SECONDS ?= 60
fuzz:
	$(Q)tests/fuzz/run $(FUZZ_SECONDS)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/libexec/kvrm
	$(if $(CTL_SRC),install -m 755 $(BUILD)/kvrmctl $(DESTDIR)$(PREFIX)/bin/)
	install -m 755 $(BUILD)/kvrmd $(DESTDIR)$(PREFIX)/sbin/
	install -m 755 $(BUILD)/kvrm-launcher $(BUILD)/kvrm-exec $(DESTDIR)$(PREFIX)/libexec/kvrm/
	for m in $(MAN); do \
		s=$${m##*.}; install -D -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$$s/$${m##*/} || exit 1; \
	done
	$(if $(CTL_SRC),install -D -m 644 tools/kvrmctl/completion/bash/kvrmctl \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/kvrmctl)
	install -D -m 644 uapi/linux/kvrm_samples.h $(DESTDIR)$(PREFIX)/include/linux/kvrm_samples.h
	install -D -m 644 include/kvrm/samples.h $(DESTDIR)$(PREFIX)/include/kvrm/samples.h
	$(MAKE) install-data

-include daemon/data/install.mk

# Where DKMS finds it, and loaded at boot.
install-module:
	install -d $(DESTDIR)$(PREFIX)/src/kvrm-$(VERSION)
	cp -r Kbuild LICENSE kmod include uapi $(DESTDIR)$(PREFIX)/src/kvrm-$(VERSION)/
	find $(DESTDIR)$(PREFIX)/src/kvrm-$(VERSION) \( -name '*.o' -o -name '*.cmd' \) -delete
	sed 's/#MODULE_VERSION#/$(VERSION)/' kmod/dkms.conf >$(DESTDIR)$(PREFIX)/src/kvrm-$(VERSION)/dkms.conf
	rm -f $(DESTDIR)$(PREFIX)/src/kvrm-$(VERSION)/kmod/dkms.conf
	install -d $(DESTDIR)$(PREFIX)/lib/modules-load.d
	echo kvrm >$(DESTDIR)$(PREFIX)/lib/modules-load.d/kvrm.conf

deb:
	$(Q)tools/debian/build-deb $(BUILD)/deb

lint:
	$(Q)tools/lint

regen:
	tools/ynl-regen
	tools/gen-metrics-doc
	tools/gen-messages-doc
	tools/gen-schema-doc
	tools/gen-dbus-doc

clean: clean-module
	$(Q)rm -rf $(BUILD)

.PHONY: all help man unit unit-build module clean-module test-programs bench fuzz install install-module deb lint regen clean
-include $(shell find $R $S -type f -name '*.d' 2>/dev/null)
