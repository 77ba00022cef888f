/*
 * phone-lengths.cc
 *		Writes src/phone_lengths.h; see dev/phone-lengths.
 *
 * Of each calling code: how many digits a national number may have, and with
 * which first digits the library may take it for one with a national prefix,
 * and change it. The metadata inside the library is a serialised protobuf.
 */
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>

#include <phonenumbers/phonemetadata.pb.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;

/* In the library, but in no header that is installed. */
namespace i18n
{
namespace phonenumbers
{
int	metadata_size();
const void *metadata_get();
}
}

/*
 * Whether a number that begins with the digit may begin with the prefix: the
 * digit is a match, or the match failed only for want of more digits.
 */
static bool
may_begin(const std::string &prefix, int digit)
{
	UErrorCode status = U_ZERO_ERROR;
	icu::UnicodeString text(static_cast<UChar>('0' + digit));
	icu::RegexMatcher matcher(icu::UnicodeString::fromUTF8(prefix), text, 0, status);
	bool matches = matcher.lookingAt(status) && matcher.end(status) > 0;

	if (U_FAILURE(status))
		throw std::runtime_error("cannot use the pattern " + prefix);
	return matches || matcher.hitEnd();
}

static void
print_country(const PhoneMetadata &country)
{
	const char *between = "";

	printf("\t[%d] = {", country.country_code());
	for (int length : country.general_desc().possible_length())
	{
		printf("%sLENGTH(%d)", between, length);
		between = " | ";
	}
	between = ", ";
	for (int digit = 0; digit <= 9; digit++)
		if (!country.national_prefix_for_parsing().empty() &&
			may_begin(country.national_prefix_for_parsing(), digit))
		{
			printf("%sFIRST(%d)", between, digit);
			between = " | ";
		}
	printf("},\t\t/* %s */\n", country.id().c_str());
}

int
main(int argc, char **argv)
{
	PhoneMetadataCollection all;
	std::map<int, const PhoneMetadata *> countries;

	if (argc != 2 ||
		!all.ParseFromArray(i18n::phonenumbers::metadata_get(), i18n::phonenumbers::metadata_size()))
	{
		fprintf(stderr, "usage: phone-lengths VERSION-OF-THE-LIBRARY\n");
		return 1;
	}

	/* Of countries that share a code the main one decides, as in the library. */
	for (const PhoneMetadata &country : all.metadata())
		if (countries.count(country.country_code()) == 0 || country.main_country_for_code())
			countries[country.country_code()] = &country;

	printf("/*\n"
		   " * phone_lengths.h\n"
		   " *\t\tCalling codes, the lengths of national numbers, and the first digits for\n"
		   " *\t\twhich libphonenumber may change a number. Read by phone.c alone.\n"
		   " *\n"
		   " * Made by dev/phone-lengths from libphonenumber %s; not to be edited.\n"
		   " */\n"
		   "#ifndef LEAD_PHONE_LENGTHS_H\n"
		   "#define LEAD_PHONE_LENGTHS_H\n"
		   "\n"
		   "#define LENGTH(n) (1 << (n))\n"
		   "#define FIRST(n) (1 << (n))\n"
		   "\n"
		   "static const struct\n"
		   "{\n"
		   "\tuint32\t\tlengths;\t\t/* 0: no such calling code */\n"
		   "\tuint16\t\tchangeable;\n"
		   "}\t\t\tphone_plans[1000] =\n"
		   "{\n", argv[1]);
	for (const auto &country : countries)
		print_country(*country.second);
	printf("};\n"
		   "\n"
		   "#undef LENGTH\n"
		   "#undef FIRST\n"
		   "\n"
		   "#endif\t\t\t\t\t\t\t/* LEAD_PHONE_LENGTHS_H */\n");
	return 0;
}
