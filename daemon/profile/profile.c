// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All profiles; see profile.h.
 */
#include "daemon/profile/profile.h"

static const struct broker_profile *const profiles[] = {
	&profile_dsp1042,	&profile_dsp1042_snapshot, &profile_dsp1057,
	&profile_dsp1057_power, &profile_dsp1044,	   &profile_dsp1045,
	&profile_dsp1047,	&profile_dsp1050,	   &profile_dsp1050_port,
	&profile_dsp1050_pool,	&profile_dsp1041,	   &profile_dsp1041_pool_setting,
	&profile_dsp1041_host,	&profile_dsp1043,	   &profile_dsp1053,
	&profile_dsp1033,	&profile_dsp1054,	   &profile_dsp1103,
	&profile_dsp1103_call,	&profile_dsp1059,
};

/**
 * profile_broker() - a broker that tells of a host
 * @env: must stay
 *
 * Return: the broker; nothing is to be freed.
 */
struct broker profile_broker(struct profile_env *env)
{
	return (struct broker){ profiles, sizeof(profiles) / sizeof(profiles[0]), env };
}
