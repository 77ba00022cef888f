/*
 * phone.h
 *		Phone numbers in E.164. See phone.c.
 */
#ifndef LEAD_PHONE_NUMBER_H
#define LEAD_PHONE_NUMBER_H

#include "understood.h"

extern Understood phone_understand(const char *given, const char *region);

#endif							/* LEAD_PHONE_NUMBER_H */
