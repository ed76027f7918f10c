/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How operations on the model end: status codes (DSP0200, 5.2.6.2), and the return codes of methods, which
 * are another thing. An operation that ends with a status did not come to a return code.
 */
#ifndef KVRM_BROKER_STATUS_H
#define KVRM_BROKER_STATUS_H

enum cim_status {
	CIM_OK = 0,
	CIM_FAILED = 1,
	CIM_ACCESS_DENIED = 2,
	CIM_INVALID_NAMESPACE = 3,
	CIM_INVALID_PARAMETER = 4,
	CIM_INVALID_CLASS = 5,
	CIM_NOT_FOUND = 6,
	CIM_NOT_SUPPORTED = 7,
	CIM_ALREADY_EXISTS = 11,
	CIM_NO_SUCH_PROPERTY = 12,
	CIM_TYPE_MISMATCH = 13,
	CIM_QUERY_LANGUAGE_NOT_SUPPORTED = 14,
	CIM_INVALID_QUERY = 15,
	CIM_METHOD_NOT_AVAILABLE = 16,
	CIM_METHOD_NOT_FOUND = 17,
	CIM_INVALID_ENUMERATION_CONTEXT = 21,
	CIM_SERVER_LIMITS_EXCEEDED = 27,
};

/* Why a method refuses. Each family of methods has a return code for each. */
enum cim_reason {
	CIM_REASON_NOT_SUPPORTED,
	CIM_REASON_FAILED,
	CIM_REASON_TIMEOUT,
	CIM_REASON_INVALID_PARAMETER,
	CIM_REASON_INVALID_STATE,
	CIM_REASON_INCOMPATIBLE,
	CIM_REASON_IN_USE,
	CIM_REASON_WRONG_RESOURCE_TYPE,
	CIM_REASON_INSUFFICIENT,
	CIM_REASON_SIZE,
	CIM_REASON_INVALID_TRANSITION,
	CIM_REASON_TIMEOUT_PARAMETER,
	CIM_REASON_BUSY,
	CIM_REASONS,
};

/* Families of methods whose return codes mean the same. */
enum cim_family {
	CIM_FAMILY_SERVICE, /* of virtual systems and snapshots: what changes them */
	CIM_FAMILY_DEFINE,  /* likewise what defines and adds, which has no code for a state */
	CIM_FAMILY_REMOVE, /* likewise what destroys and removes, which has none for values together */
	CIM_FAMILY_STATE,  /* RequestStateChange */
	CIM_FAMILY_POOL,   /* of pools */
	CIM_FAMILY_METRIC, /* of metrics */
	CIM_FAMILY_PLAIN,  /* 0 or nothing else */
	CIM_FAMILIES,
};

#define CIM_RETURN_OK  0
#define CIM_RETURN_JOB 4096 /* what was asked for has begun, and goes on */

#endif
