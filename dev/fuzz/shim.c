/*
 * shim.c
 *		The few functions of the server that the modules about contact values
 *		and names call, so that phone.c, email.c, website.c, databox.c, idn.c and
 *		partyname.c can be compiled into a program of their own.
 *
 * Every allocation is one of malloc's, which is what lets a sanitizer see a
 * read past its end; shim_reset frees them all, as no module frees what it
 * returns. An error ends the program: these modules raise none, whatever the
 * text. StringInfo, psprintf, the encodings and Unicode normal forms are the
 * server's own, from libpgcommon.a and libpgport.a:
 *
 *	cc -Isrc -isystem $(pg_config --includedir-server) src/phone.c dev/fuzz/shim.c \
 *		-L$(pg_config --pkglibdir) -lpgcommon -lpgport
 *
 * With src/phonelib.c and src/lead_phone.cc among the sources, phone.c finds
 * libphonenumber as well, without a module to load.
 */
#include "compat.h"

#include <signal.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "shim.h"

#ifdef HAVE_LIBPHONENUMBER
#include "lead_phone.h"

/* Absent from the programs that do not want it. */
#pragma weak lead_phone_parse
#endif

static void **blocks;
static size_t nblocks;
static size_t room;

MemoryContext CurrentMemoryContext;

static void
fail(const char *what)
{
	fprintf(stderr, "shim: %s\n", what);
	abort();
}

/* Index of an allocation; the latest are asked for the most. */
static size_t
find_block(void *pointer)
{
	for (size_t i = nblocks; i-- > 0;)
		if (blocks[i] == pointer)
			return i;
	fail("not an allocated pointer");
	return 0;
}

void
shim_reset(void)
{
	while (nblocks > 0)
		free(blocks[--nblocks]);
}

void *
palloc(Size size)
{
	void	   *block = AllocSizeIsValid(size) ? malloc(size > 0 ? size : 1) : NULL;

	if (block == NULL)
		fail("invalid allocation, or no memory");
	if (nblocks == room)
	{
		room = room ? 2 * room : 64;
		blocks = realloc(blocks, room * sizeof(*blocks));
		if (blocks == NULL)
			fail("no memory");
	}
	return blocks[nblocks++] = block;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
	return (flags & MCXT_ALLOC_ZERO) ? palloc0(size) : palloc(size);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
repalloc(void *pointer, Size size)
{
	size_t		i = find_block(pointer);
	void	   *block = AllocSizeIsValid(size) ? realloc(pointer, size > 0 ? size : 1) : NULL;

	if (block == NULL)
		fail("invalid allocation, or no memory");
	return blocks[i] = block;
}

void
pfree(void *pointer)
{
	size_t		i = find_block(pointer);

	free(pointer);
	blocks[i] = blocks[--nblocks];
}

char *
pnstrdup(const char *in, Size len)
{
	char	   *out;

	len = strnlen(in, len);
	out = memcpy(palloc(len + 1), in, len);
	out[len] = '\0';
	return out;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

/* The texts outside the server are always in UTF-8. */
int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

bool
errstart(int elevel, const char *domain)
{
	fail("an error was raised");
	return false;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	return 0;
}

int
errmsg_internal(const char *fmt,...)
{
	return 0;
}

int
errdetail(const char *fmt,...)
{
	return 0;
}

int
errhint(const char *fmt,...)
{
	return 0;
}

void
ProcessInterrupts(void)
{
}

volatile sig_atomic_t InterruptPending = false;

#ifdef HAVE_LIBPHONENUMBER
/* The one function that a module of ours is loaded for. */
void *
load_external_function(const char *filename, const char *funcname,
					   bool signalNotFound, void **filehandle)
{
	if (strcmp(funcname, "lead_phone_parse") != 0 || lead_phone_parse == NULL)
		fail("no such function");
	return (void *) lead_phone_parse;
}
#endif
