/*
 * settings.h
 *		The extension's settings (lead.*). See settings.c.
 */
#ifndef LEAD_SETTINGS_H
#define LEAD_SETTINGS_H

#include "utils/date.h"

extern void settings_init(void);
extern const char *setting_actor(void);
extern const char *setting_default_region(void);
extern const char *setting_notify(void);
extern void today(int *year, int *month, int *day);
extern DateADT today_date(void);
extern DateADT day_of(TimestampTz moment);

#endif							/* LEAD_SETTINGS_H */
