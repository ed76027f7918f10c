/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of systemd on the bus. Inside daemon/wire only. */
#ifndef DAEMON_WIRE_SYSTEMD_BUS_H
#define DAEMON_WIRE_SYSTEMD_BUS_H

#define SYSTEMD_BUS_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH	 "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER	 "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNITS	 "/org/freedesktop/systemd1/unit"
#define DBUS_PROPERTIES	 "org.freedesktop.DBus.Properties"

#endif
