# SPDX-License-Identifier: GPL-2.0-or-later
# Units, policies and configuration; included by the Makefile at the top.
data := daemon/data
install-data:
	install -D -m 644 $(data)/kvrmd.service $(DESTDIR)$(PREFIX)/lib/systemd/system/kvrmd.service
	install -D -m 644 $(data)/kvrm-launcher.service $(DESTDIR)$(PREFIX)/lib/systemd/system/kvrm-launcher.service
	install -D -m 644 $(data)/kvrm.slice $(DESTDIR)$(PREFIX)/lib/systemd/system/kvrm.slice
	install -D -m 644 $(data)/org.kvrm1.service $(DESTDIR)$(PREFIX)/share/dbus-1/system-services/org.kvrm1.service
	install -D -m 644 $(data)/org.kvrm1.Launcher.service $(DESTDIR)$(PREFIX)/share/dbus-1/system-services/org.kvrm1.Launcher.service
	install -D -m 644 $(data)/org.kvrm1.conf $(DESTDIR)$(PREFIX)/share/dbus-1/system.d/org.kvrm1.conf
	install -D -m 644 $(data)/org.kvrm1.policy $(DESTDIR)$(PREFIX)/share/polkit-1/actions/org.kvrm1.policy
	install -D -m 644 $(data)/kvrm.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/kvrm.conf
	install -D -m 644 $(data)/kvrm.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/kvrm.conf
	install -D -m 644 $(data)/kvrm.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-kvrm.rules
	install -D -m 644 $(data)/kvrm.conf $(DESTDIR)$(SYSCONFDIR)/kvrm/kvrm.conf
	install -d $(DESTDIR)$(PREFIX)/share/kvrm/monitoring
	install -m 644 $(data)/monitoring/* $(DESTDIR)$(PREFIX)/share/kvrm/monitoring/

.PHONY: install-data
