// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From settings of a virtual system that a client sends to a definition: what is not of a resource.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/profile/setting.h"

static int set_text(char **to, const char *text, struct cim_error *error)
{
	char *copy = *text ? strdup(text) : NULL;

	if (*text && !copy)
		return cim_fail_memory(error);
	free(*to);
	*to = copy;
	return 0;
}

static int take_texts(struct profile_wish *wish, const struct cim_instance *setting,
		      struct cim_error *error)
{
	struct definition *d = wish->definition;
	const struct {
		const char *property;
		char **to;
	} texts[] = {
		{ "Description", &d->description },
		{ "Kernel", &d->kernel },
		{ "InitialRamDisk", &d->initrd },
		{ "KernelCommandLine", &d->cmdline },
	};
	int status = 0;

	for (size_t i = 0; !status && i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = cim_get_text(setting, texts[i].property);
		const char *is = *texts[i].to ? *texts[i].to : "";

		if (!text || !strcmp(text, is))
			continue;
		wish->machine = true;
		status = set_text(texts[i].to, text, error);
	}
	return status;
}

static int take_names(struct definition *d, const struct cim_instance *setting, const char *where,
		      struct cim_error *error)
{
	const char *element = cim_get_text(setting, "ElementName");
	const char *identifier = cim_get_text(setting, "VirtualSystemIdentifier");
	char field[CIM_FIELD_SIZE];

	if (!element)
		return cim_fail(error, CIM_MESSAGE_MISSING, cim_field(field, where, "ElementName"));
	if (strlen(element) > DEFINITION_NAME_MAX)
		return cim_fail(error, CIM_MESSAGE_UNUSABLE, cim_field(field, where, "ElementName"),
				element, "it does not match " PROFILE_NAME_MASK);
	strcpy(d->name, element);
	if (!identifier)
		return 0;
	if (strlen(identifier) >= sizeof(d->uuid))
		return cim_fail(error, CIM_MESSAGE_UNUSABLE,
				cim_field(field, where, "VirtualSystemIdentifier"), identifier,
				"it is no UUID");
	strcpy(d->uuid, identifier);
	return 0;
}

/* Of a virtual system that is there, names have to be as they are. */
static int check_names(const struct definition *d, const struct cim_instance *setting,
		       const char *where, struct cim_error *error)
{
	const char *element = cim_get_text(setting, "ElementName");
	const char *identifier = cim_get_text(setting, "VirtualSystemIdentifier");
	char field[CIM_FIELD_SIZE];

	if (element && strcmp(element, d->name))
		return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE,
				cim_field(field, where, "ElementName"), element);
	if (identifier && strcasecmp(identifier, d->uuid))
		return cim_fail(error, CIM_MESSAGE_NOT_CHANGEABLE,
				cim_field(field, where, "VirtualSystemIdentifier"), identifier);
	return 0;
}

/**
 * profile_take_system() - merge settings of a virtual system into a wish
 * @wish: receives them; undefined on failure
 * @setting: from a client
 * @define: of a new virtual system
 * @where: what it is called in messages
 * @error: receives a message
 *
 * Return: 0 or a status.
 */
int profile_take_system(struct profile_wish *wish, const struct cim_instance *setting, bool define,
			const char *where, struct cim_error *error)
{
	static const char *const taken[] = {
		"InstanceID", "ElementName",	"VirtualSystemIdentifier", "Description",
		"Kernel",     "InitialRamDisk", "KernelCommandLine",	   NULL,
	};
	int status = profile_check_known(setting, taken, NULL, where, error);

	if (!status)
		status = define ? take_names(wish->definition, setting, where, error)
				: check_names(wish->definition, setting, where, error);
	return status ? status : take_texts(wish, setting, error);
}
