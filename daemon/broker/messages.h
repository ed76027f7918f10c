/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every refusal, once: the registry of messages, in the manner of DSP8026. A message's identifier is its owner's
 * prefix, KVRM, and its number, which is never used for something else. Documentation/messages.md is generated
 * from here.
 *
 * M(name, number, status, reason, text, action)
 *	name	CIM_MESSAGE_<name>
 *	number	four digits
 *	status	CIM_<status>: how an intrinsic operation ends
 *	reason	CIM_REASON_<reason>: what a method's return code tells, if the method has come to one
 *	text	{1}, {2}, ... stand for arguments
 *	action	what to do about it
 */
#ifndef KVRM_BROKER_MESSAGES_H
#define KVRM_BROKER_MESSAGES_H

/* clang-format off */
#define KVRM_MESSAGES(M) \
	M(NO_MEMORY, 0001, FAILED, FAILED, \
	  "There is no memory for this.", \
	  "Free memory on the host and try again.") \
	M(INTERNAL, 0002, FAILED, FAILED, \
	  "{1} could not be told: its properties do not fit its class.", \
	  "Report this as a fault of kvrm's.") \
	M(NAMESPACE, 0100, INVALID_NAMESPACE, INVALID_PARAMETER, \
	  "There is no namespace '{1}'.", \
	  "Use root/cimv2, or interop for registered profiles.") \
	M(CLASS, 0101, INVALID_CLASS, INVALID_PARAMETER, \
	  "{1}: there is no class '{2}'.", \
	  "Use a class that EnumerateClasses tells.") \
	M(NOT_FOUND, 0102, NOT_FOUND, INVALID_PARAMETER, \
	  "There is no instance {1}.", \
	  "Enumerate the instances again: it may have been destroyed.") \
	M(PATH, 0103, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is no instance path: {2}.", \
	  "Write /NAMESPACE:CLASS.KEY=\"VALUE\",... with each key of the class once.") \
	M(NOT_ASSOCIATION, 0104, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: {2} is no association.", \
	  "Use the class of an association.") \
	M(NO_OPERATION, 0105, NOT_SUPPORTED, NOT_SUPPORTED, \
	  "Instances of {1} are not {2} by clients.", \
	  "Use the method of the service that manages them.") \
	M(CONTEXT, 0106, INVALID_ENUMERATION_CONTEXT, INVALID_PARAMETER, \
	  "There is no enumeration {1}.", \
	  "Open one; it is closed when its end was read, and when its reader leaves the bus.") \
	M(TOO_MANY_CONTEXTS, 0107, SERVER_LIMITS_EXCEEDED, FAILED, \
	  "There are {1} open enumerations of {2} already.", \
	  "Read those that are open to their end, or close them.") \
	M(NO_FILTER, 0108, NOT_FOUND, INVALID_PARAMETER, \
	  "There is no filter '{1}'.", \
	  "Use the Name of an IndicationFilter in the namespace interop.") \
	M(TOO_MANY_SUBSCRIPTIONS, 0109, SERVER_LIMITS_EXCEEDED, FAILED, \
	  "There are {1} subscriptions of {2} already.", \
	  "End those that are not needed; they end with the connection that made them.") \
	M(NO_SUBSCRIPTION, 0112, NOT_FOUND, INVALID_PARAMETER, \
	  "There is no subscription {1} of this connection.", \
	  "Use a number that Subscribe gave to the same connection.") \
	M(NO_METHOD, 0110, METHOD_NOT_FOUND, NOT_SUPPORTED, \
	  "{1} has no method '{2}'.", \
	  "Use a method that GetClass tells.") \
	M(METHOD_NOT_AVAILABLE, 0111, METHOD_NOT_AVAILABLE, NOT_SUPPORTED, \
	  "{2} of {1} cannot be called.", \
	  "Use the methods that the capabilities of the service list.") \
	M(UNKNOWN_PARAMETER, 0120, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1} has no parameter '{2}'.", \
	  "Use the parameters that GetClass tells.") \
	M(OUTPUT_PARAMETER, 0121, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is a result and cannot be given.", \
	  "Leave it out.") \
	M(TWICE, 0122, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is given twice.", \
	  "Give it once.") \
	M(TYPE, 0123, TYPE_MISMATCH, INVALID_PARAMETER, \
	  "{1}: is {2}, and has to be {3}.", \
	  "Give a value of the type that GetClass tells.") \
	M(WRONG_CLASS, 0124, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is of class {2}, and has to be of {3} or a subclass.", \
	  "Give an instance of the right class.") \
	M(UNKNOWN_PROPERTY, 0125, NO_SUCH_PROPERTY, INVALID_PARAMETER, \
	  "{1}: {2} has no property '{3}'.", \
	  "Use the properties that GetClass tells.") \
	M(RANGE, 0126, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is {2}, and has to be from {3} to {4}.", \
	  "Give a value in the range.") \
	M(VALUE, 0127, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: {2} is none of its values.", \
	  "Give one of the values that GetClass tells.") \
	M(LENGTH, 0128, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: has {2} characters, and has to have from {3} to {4}.", \
	  "Give a text of a length that is allowed.") \
	M(DATETIME, 0129, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: '{2}' is no date and time, and no interval.", \
	  "Write 25 characters, as yyyymmddhhmmss.mmmmmmsutc or ddddddddhhmmss.mmmmmm:000.") \
	M(MISSING, 0130, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is missing or null.", \
	  "Give a value.") \
	M(UNIT, 0131, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: '{2}' is no programmatic unit: {3}.", \
	  "Write a unit as DSP0004 has them, for example byte * 2^20.") \
	M(DIMENSION, 0132, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: '{2}' is not of the dimension of '{3}'.", \
	  "Use the unit that the pool and its capabilities publish, or a multiple of it.") \
	M(INEXACT, 0133, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: {2} * ({3}) is no whole number of '{4}', or more than 64 bits hold.", \
	  "Give an amount that is a whole number in the unit that is published.") \
	M(INCREMENT, 0134, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: is {2}, and has to be a multiple of {3}.", \
	  "Give an amount that is a whole number of steps from the minimum.") \
	M(NOT_CHANGEABLE, 0135, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: cannot be changed to {2}.", \
	  "Leave it out, or give the value that it has.") \
	M(UNUSABLE, 0136, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: {2} cannot be used here: {3}.", \
	  "Give another one.") \
	M(NOT_REMOVABLE, 0137, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}: {2} cannot be removed: {3}.", \
	  "Remove disks, network adapters and channels only.") \
	M(QUERY, 0140, INVALID_QUERY, INVALID_PARAMETER, \
	  "Query: at character {1}: {2}.", \
	  "Write SELECT * FROM CLASS WHERE CONDITION AND CONDITION ..., as the page on DMTF has it.") \
	M(QUERY_LANGUAGE, 0141, QUERY_LANGUAGE_NOT_SUPPORTED, INVALID_PARAMETER, \
	  "QueryLanguage: '{1}' is not supported.", \
	  "Use DMTF:CQL or WQL.") \
	M(TOO_MANY_FILTERS, 0142, SERVER_LIMITS_EXCEEDED, FAILED, \
	  "There are {1} filters of clients already.", \
	  "Delete those that are not needed.") \
	M(NULL_PROPERTY, 0143, NOT_FOUND, INVALID_PARAMETER, \
	  "{1}: is null.", \
	  "Nothing is wrong: the instance has no value for it. GetAll leaves it out.") \
	M(TOO_MANY_OBJECTS, 0144, SERVER_LIMITS_EXCEEDED, FAILED, \
	  "All objects are more than the {1} MiB that one answer may have.", \
	  "Read them in pages, with OpenInstances and PullInstances of org.kvrm1.Broker.") \
	M(UNSUPPORTED, 0200, NOT_SUPPORTED, NOT_SUPPORTED, \
	  "{1}: is not supported: {2}.", \
	  "Use the methods that the capabilities of the service list.") \
	M(STATE, 0201, FAILED, INVALID_STATE, \
	  "{1}", \
	  "Bring the virtual system to a state that allows this.") \
	M(TRANSITION, 0202, FAILED, INVALID_TRANSITION, \
	  "{1}", \
	  "Ask for one of the states in AvailableRequestedStates.") \
	M(BUSY, 0203, FAILED, BUSY, \
	  "{1}", \
	  "Try again when what is under way has ended.") \
	M(TIMEOUT_PARAMETER, 0204, NOT_SUPPORTED, TIMEOUT_PARAMETER, \
	  "TimeoutPeriod: is not supported with the state {1}.", \
	  "Give no TimeoutPeriod, or an interval of 0.") \
	M(TIMEOUT, 0205, FAILED, TIMEOUT, \
	  "{1}", \
	  "Try again with more time, or ask for the state 3 (Disabled).") \
	M(JOB_STATE, 0206, FAILED, INVALID_TRANSITION, \
	  "{1}", \
	  "Look at JobState: a job that runs may be waited for, and one that has ended removed.") \
	M(ARGUMENT, 0210, INVALID_PARAMETER, INVALID_PARAMETER, \
	  "{1}", \
	  "Correct the value that is named.") \
	M(EXISTS, 0211, ALREADY_EXISTS, INVALID_PARAMETER, \
	  "{1}", \
	  "Use another name or identifier.") \
	M(GONE, 0212, NOT_FOUND, INVALID_PARAMETER, \
	  "{1}", \
	  "Enumerate the instances again: it may have been destroyed.") \
	M(INSUFFICIENT, 0213, FAILED, INSUFFICIENT, \
	  "{1}", \
	  "Reserve less, or enlarge the pool that is named.") \
	M(IN_USE, 0214, FAILED, IN_USE, \
	  "{1}", \
	  "Take what uses it away first.") \
	M(WRONG_RESOURCE_TYPE, 0215, FAILED, WRONG_RESOURCE_TYPE, \
	  "{1}: is of resource type {2}, and the pool is of {3}.", \
	  "Use a pool of the resource type.") \
	M(INCOMPATIBLE, 0216, FAILED, INCOMPATIBLE, \
	  "{1}", \
	  "Change one of the values that are named.") \
	M(REFUSED, 0220, FAILED, FAILED, \
	  "{1}", \
	  "Look at the problem that is told; kvrmd's log says more.") \
	M(DENIED, 0221, ACCESS_DENIED, FAILED, \
	  "{1}", \
	  "Ask an administrator, or polkit's configuration.")
/* clang-format on */

#endif
