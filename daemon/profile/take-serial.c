// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From settings of a serial port that a client sends to a definition. A virtual system has a console anyway, so that
 * its settings ask for nothing; channels are added.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/profile/setting.h"

static const char *const taken[] = {
	"InstanceID",	   "ElementName",     "ResourceType",	      "ResourceSubType", "PoolID",
	"AllocationUnits", "VirtualQuantity", "VirtualQuantityUnits", "Address",	 NULL,
};

/* What a port is known by stays as it is. */
static int check_same(const struct cim_instance *setting, const struct cim_instance *is,
		      const char *property, const char *where, struct cim_error *error)
{
	const char *wanted = cim_get_text(setting, property), *has = cim_get_text(is, property);
	char field[CIM_FIELD_SIZE];

	if (!wanted || (has && !strcmp(wanted, has)))
		return 0;
	return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE, cim_field(field, where, property),
			wanted);
}

static int check_kind(const char *kind, const char *where, struct cim_error *error)
{
	char field[CIM_FIELD_SIZE];

	if (!strcmp(kind, PROFILE_CONSOLE) || !strcmp(kind, PROFILE_CHANNEL))
		return 0;
	return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "ResourceSubType"),
			kind, "a serial port is a " PROFILE_CONSOLE " or a " PROFILE_CHANNEL);
}

static int add(struct definition *d, const struct cim_instance *setting, const char *where,
	       struct cim_error *error)
{
	const char *kind = cim_get_text(setting, "ResourceSubType");
	const char *name = cim_get_text(setting, "Address");
	bool console = kind && !strcmp(kind, PROFILE_CONSOLE);
	_cleanup_free_ char *why = NULL;
	char field[CIM_FIELD_SIZE];
	int status = kind ? check_kind(kind, where, error) : 0;

	if (status)
		return status;
	cim_field(field, where, "Address");
	if (console && name)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, field, name,
				"a console has no address");
	if (console)
		return 0;
	if (!name)
		return cim_fail(error, CIM_MESSAGE_MISSING, field);
	if (!definition_add_channel(d, name, &why))
		return 0;
	return why ? cim_fail(error, CIM_MESSAGE_UNUSABLE, field, name, why)
		   : cim_fail_memory(error);
}

/**
 * profile_take_serial() - merge settings of a serial port into a wish
 * @wish: receives them; undefined on failure
 * @setting: from a client
 * @is: settings of the port as they are told; NULL: one is added
 * @where: what @setting is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_serial(struct profile_wish *wish, const struct cim_instance *setting,
			const struct cim_instance *is, const char *where, struct cim_error *error)
{
	static const struct profile_amount count = { "VirtualQuantity", "VirtualQuantityUnits",
						     PROFILE_COUNT_UNIT, 0 };
	uint64_t one;
	bool given;
	int status = profile_check_known(setting, taken, is, where, error);

	if (!status)
		status = profile_take_plain_pool(setting, where, error);
	if (!status)
		status = profile_take_ranged(wish->env, setting, PROFILE_SERIAL, &count, where,
					     &one, &given, error);
	/* Nothing can be reserved; the unit is that of amounts nevertheless. */
	if (!status)
		status = profile_take_amount(setting, "Reservation", "AllocationUnits",
					     PROFILE_COUNT_UNIT, where, &one, &given, error);
	if (!status && !is)
		return add(wish->definition, setting, where, error);
	if (!status)
		status = check_same(setting, is, "ResourceSubType", where, error);
	return status ? status : check_same(setting, is, "Address", where, error);
}
