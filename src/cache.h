/*
 * cache.h
 *		Tables of rules, kept in each backend as C structures. See cache.c.
 */
#ifndef LEAD_CACHE_H
#define LEAD_CACHE_H

#include "executor/spi.h"

/*
 * One cached table. The owner of the content fills the first part as a static
 * initialiser; the rest belongs to cache.c.
 */
typedef struct CachedTable
{
	const char *name;			/* table in schema lead */
	/*
	 * What to read. All names are qualified, for the owner's rights are behind
	 * it; every value that is read as other than text is cast, and NULL is asked
	 * for, since the owner may have given the column another type or taken
	 * NOT NULL away.
	 */
	const char *query;

	/* makes the content in the current memory context from the rows read */
	void	   *(*build) (SPITupleTable *rows, uint64 count);

	bool		valid;
	bool		registered;
	Oid			relation;		/* InvalidOid: not known at present */
	uint64		generation;		/* grows with every invalidation */
	MemoryContext context;
	void	   *content;
	struct CachedTable *next;
} CachedTable;

extern void cache_init(void);
extern void *cache_get(CachedTable *table);

/* For build functions: a column of a row as a C string, or NULL. */
extern char *row_string(SPITupleTable *rows, uint64 row, int column);
extern Datum row_datum(SPITupleTable *rows, uint64 row, int column, bool *isnull);

#endif							/* LEAD_CACHE_H */
