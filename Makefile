# Builds lead.so and lead--VERSION.sql, the latter joined from the parts in sql/.
# The version stands in lead.control and nowhere else.

EXTENSION = lead
MODULE_big = lead
srcroot := $(dir $(firstword $(MAKEFILE_LIST)))
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(srcroot)lead.control)

SQL_PARTS := $(sort $(wildcard $(srcroot)sql/[0-9][0-9]-*.sql))
SOURCES := $(sort $(wildcard $(srcroot)src/*.c))
OBJS := $(patsubst $(srcroot)%.c,%.o,$(SOURCES))

DATA_built = lead--$(EXTVERSION).sql
EXTRA_CLEAN = src/*.bc

# Warnings are errors in our own code (the server's headers count as the
# system's); only what SQL calls is exported.
PG_CPPFLAGS = -I$(srcroot)src -isystem $(includedir_server) -DLEAD_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -fvisibility=hidden

REGRESS = $(patsubst $(srcroot)test/sql/%.sql,%,$(sort $(wildcard $(srcroot)test/sql/*.sql)))
REGRESS_OPTS = --inputdir=$(srcroot)test
ISOLATION = $(patsubst $(srcroot)test/specs/%.spec,%,$(sort $(wildcard $(srcroot)test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcroot)test --load-extension=lead

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

lead--$(EXTVERSION).sql: $(SQL_PARTS) $(srcroot)lead.control
	sed 's/@VERSION@/$(EXTVERSION)/g' $(SQL_PARTS) > $@

# In a build outside the tree the folder for the objects is not there yet; by
# its full path, for VPATH would find the one in the source tree.
$(OBJS): | $(CURDIR)/src
$(CURDIR)/src:
	mkdir -p $@

$(OBJS): $(wildcard $(srcroot)src/*.h) $(srcroot)lead.control
