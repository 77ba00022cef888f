# Builds lead.so and lead--VERSION.sql, the latter joined from the parts in sql/,
# and lead_phone.so where there is libphonenumber. The version stands in
# lead.control and nowhere else.
#
# make WITHOUT="libphonenumber libidn2 uriparser" does without libraries that are
# there.

EXTENSION = lead
MODULE_big = lead
srcroot := $(dir $(firstword $(MAKEFILE_LIST)))
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(srcroot)lead.control)

SQL_PARTS := $(sort $(wildcard $(srcroot)sql/[0-9][0-9]-*.sql))
SOURCES := $(sort $(wildcard $(srcroot)src/*.c))
OBJS := $(patsubst $(srcroot)%.c,%.o,$(SOURCES))

DATA_built = lead--$(EXTVERSION).sql
EXTRA_CLEAN = src/*.bc src/lead_phone.o lead_phone$(DLSUFFIX)

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

# ---------------------------------------------------------------- optional libraries

# $(call there,COMPILER,HEADER,LIBRARY,NAME): yes if the header is found with all that
# it includes (compiling it would take seconds in C++) and the library is linked.
there = $(if $(filter $(4),$(WITHOUT)),,$(shell out=`mktemp` && \
	printf '\043include <$(2)>\n' | $(1) $(CPPFLAGS) -E - >/dev/null 2>&1 && \
	printf 'int main(void) { return 0; }\n' | $(1) - -o $$out $(LDFLAGS) -l$(3) >/dev/null 2>&1 && \
	echo yes; rm -f "$$out"))

ifneq (,$(filter-out clean distclean maintainer-clean uninstall installcheck,$(or $(MAKECMDGOALS),all)))
have_libphonenumber := $(call there,$(CXX) -x c++,phonenumbers/phonenumbermatcher.h,phonenumber,libphonenumber)
have_libidn2 := $(call there,$(CC) -x c,idn2.h,idn2,libidn2)
have_uriparser := $(call there,$(CC) -x c,uriparser/Uri.h,uriparser,uriparser)

ifeq (yes,$(have_libphonenumber))
override CPPFLAGS += -DHAVE_LIBPHONENUMBER
all: lead_phone$(DLSUFFIX)
install: install-phone
else
$(info lead: built without libphonenumber: only strict E.164 phone numbers (+420603123456) are understood)
endif

ifeq (yes,$(have_libidn2))
override CPPFLAGS += -DHAVE_LIBIDN2
SHLIB_LINK += -lidn2
else
$(info lead: built without libidn2: domains with other letters than ASCII are refused)
endif

ifeq (yes,$(have_uriparser))
override CPPFLAGS += -DHAVE_URIPARSER
SHLIB_LINK += -luriparser
else
$(info lead: built without uriparser: paths and queries of websites are checked for characters only)
endif
endif

# The module through which libphonenumber is reached. It calls nothing of the
# server, and the version script keeps what C++ brings along to itself.
ifneq (darwin,$(PORTNAME))
exports := -Wl,--version-script=$(srcroot)src/lead_phone.map
endif
lead_phone$(DLSUFFIX): src/lead_phone.o $(srcroot)src/lead_phone.map
	$(CXX) $(CXXFLAGS) -shared -o $@ src/lead_phone.o $(exports) \
		$(LDFLAGS) $(LDFLAGS_SL) -lphonenumber

src/lead_phone.o: $(srcroot)src/lead_phone.cc
	$(CXX) $(CXXFLAGS) $(CFLAGS_SL) -Wall -Wextra -Werror $(CPPFLAGS) -c -o $@ $<

install-phone: lead_phone$(DLSUFFIX) installdirs
	$(INSTALL_SHLIB) lead_phone$(DLSUFFIX) '$(DESTDIR)$(pkglibdir)/'

uninstall: uninstall-phone
uninstall-phone:
	rm -f '$(DESTDIR)$(pkglibdir)/lead_phone$(DLSUFFIX)'

.PHONY: install-phone uninstall-phone

# ---------------------------------------------------------------- files

lead--$(EXTVERSION).sql: $(SQL_PARTS) $(srcroot)lead.control
	sed 's/@VERSION@/$(EXTVERSION)/g' $(SQL_PARTS) > $@

# In a build outside the tree the folder for the objects is not there yet; by
# its full path, for VPATH would find the one in the source tree.
$(OBJS) src/lead_phone.o: | $(CURDIR)/src
$(CURDIR)/src:
	mkdir -p $@

$(OBJS) src/lead_phone.o: $(wildcard $(srcroot)src/*.h) $(srcroot)lead.control
