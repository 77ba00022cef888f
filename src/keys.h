/*
 * keys.h
 *		Ids and business keys. See keys.c.
 */
#ifndef LEAD_KEYS_H
#define LEAD_KEYS_H

#include "utils/rel.h"

extern Datum uuid_v7(void);
extern Datum key_for(Relation table, AttrNumber column);
extern Datum key_from_template(const char *mnemonic, const char *type, Relation table, AttrNumber column);
extern void key_check_template(const char *mnemonic);

#endif							/* LEAD_KEYS_H */
