/*
 * partyname.h
 *		The form of a party's name in which its spellings are equal.
 */
#ifndef LEAD_PARTYNAME_H
#define LEAD_PARTYNAME_H

/* Bytes of a key at most; what is longer is cut. An index entry holds it. */
#define NAME_KEY_LIMIT 400

/*
 * The key of a name, in UTF-8 as the name, allocated in the current memory
 * context; NULL where nothing is left of the name, or where it is longer than
 * any party_name can be. The key of a key is the key.
 */
extern char *party_name_key(const char *name);

#endif							/* LEAD_PARTYNAME_H */
