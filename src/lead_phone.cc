/*
 * lead_phone.cc
 *		The module lead_phone: libphonenumber behind one function with C types.
 *
 * A module of its own, loaded at the first number that needs it, because the
 * library with all that it brings (ICU, protobuf, the metadata of every
 * country) costs a backend memory and milliseconds that most never need.
 *
 * Nothing of the server is called here: an error raised by it would jump over
 * C++ frames without unwinding them. And no exception leaves: the server's C
 * frames cannot be unwound.
 */
#include <cstring>
#include <new>
#include <string>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumbermatch.h>
#include <phonenumbers/phonenumbermatcher.h>
#include <phonenumbers/phonenumberutil.h>

extern "C"
{
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
}

#include "lead_phone.h"

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberMatch;
using i18n::phonenumbers::PhoneNumberMatcher;
using i18n::phonenumbers::PhoneNumberUtil;

/* "ZZ" is the library's name of the region that is not known. */
static const char no_region[] = "ZZ";

/* The library would write its messages to where nobody expects them. */
static PhoneNumberUtil *
library()
{
	static PhoneNumberUtil *util = NULL;

	if (util == NULL)
	{
		PhoneNumberUtil *made = PhoneNumberUtil::GetInstance();

		made->SetLogger(new i18n::phonenumbers::NullLogger());
		util = made;
	}
	return util;
}

static PhoneVerdict
verdict_on_length(PhoneNumberUtil::ValidationResult result)
{
	switch (result)
	{
		case PhoneNumberUtil::IS_POSSIBLE:
			return PHONE_POSSIBLE;
		case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
			return PHONE_LOCAL_ONLY;
		case PhoneNumberUtil::INVALID_COUNTRY_CODE:
			return PHONE_UNKNOWN_CODE;
		case PhoneNumberUtil::TOO_SHORT:
			return PHONE_TOO_SHORT;
		case PhoneNumberUtil::TOO_LONG:
			return PHONE_TOO_LONG;
		case PhoneNumberUtil::INVALID_LENGTH:
			return PHONE_WRONG_LENGTH;
	}
	return PHONE_NOT_A_NUMBER;
}

static PhoneVerdict
verdict_on_parsing(PhoneNumberUtil::ErrorType error, bool international, bool region_known)
{
	switch (error)
	{
		case PhoneNumberUtil::NO_PARSING_ERROR:
			return PHONE_POSSIBLE;
		case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
			return international || region_known ? PHONE_UNKNOWN_CODE : PHONE_NO_COUNTRY;
		case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
		case PhoneNumberUtil::TOO_SHORT_NSN:
			return PHONE_TOO_SHORT;
		case PhoneNumberUtil::TOO_LONG_NSN:
			return PHONE_TOO_LONG;
		case PhoneNumberUtil::NOT_A_NUMBER:
			return PHONE_NOT_A_NUMBER;
	}
	return PHONE_NOT_A_NUMBER;
}

/*
 * Lengths that only a service or two of a country have let much pass that is
 * none of them: in CZ, where numbers have nine digits but voicemail up to
 * twelve, a foreign number without its +, a trunk 0, a second extension.
 */
static bool
is_likely(const PhoneNumberUtil *util, const PhoneNumber &number)
{
	return util->IsPossibleNumberForTypeWithReason(number, PhoneNumberUtil::FIXED_LINE_OR_MOBILE) ==
		PhoneNumberUtil::IS_POSSIBLE || util->IsValidNumber(number);
}

/*
 * A number that names no country, so that the region stands for it, has nothing
 * in it that shows it to be a phone number. Where numbers have many lengths a date,
 * a postcode or a number without its area code has one of them. So it must be
 * one in use, and begin as such numbers do within their country. The matcher,
 * which finds numbers in texts, is the only part of the library that tells the
 * second; what it finds is the whole text, for its other finds are other numbers.
 */
static PhoneVerdict
verdict_on_national(const PhoneNumberUtil *util, const std::string &digits, const std::string &region,
					const PhoneNumber &number)
{
	PhoneNumberMatcher matcher(*util, digits, region, PhoneNumberMatcher::VALID, 1);
	PhoneNumberMatch match;

	if (!util->IsValidNumber(number))
		return PHONE_NOT_IN_USE;
	if (matcher.Next(&match) && match.raw_string() == digits &&
		util->IsNumberMatch(match.number(), number) == PhoneNumberUtil::EXACT_MATCH)
		return PHONE_POSSIBLE;
	return PHONE_NO_PREFIX;
}

static bool
names_country(const PhoneNumber &number)
{
	return number.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_PLUS_SIGN ||
		number.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_IDD;
}

/* A number that is possible in its country, in E.164 form. */
static PhoneVerdict
read_number(const std::string &digits, const std::string &region, bool from_text, std::string *e164)
{
	const PhoneNumberUtil *util = library();
	PhoneNumber number;
	PhoneVerdict verdict;

	verdict = verdict_on_parsing(util->ParseAndKeepRawInput(digits, region, &number),
								 digits[0] == '+', region != no_region);
	if (verdict == PHONE_POSSIBLE)
		verdict = verdict_on_length(util->IsPossibleNumberWithReason(number));
	if (verdict == PHONE_POSSIBLE && from_text && !is_likely(util, number))
		verdict = PHONE_WRONG_LENGTH;
	if (verdict == PHONE_POSSIBLE && from_text && !names_country(number))
		verdict = verdict_on_national(util, digits, region, number);
	if (verdict == PHONE_POSSIBLE)
		util->Format(number, PhoneNumberUtil::E164, e164);
	return verdict;
}

/*
 * With a + in front the region has no say: to a code that does not exist the
 * library would otherwise give the region's, so that in CZ +210123456 became
 * +420210123456.
 */
static PhoneVerdict
parse(const std::string &digits, const std::string &region, bool from_text, char *e164)
{
	std::string first;
	std::string again;
	PhoneVerdict verdict;

	if (digits.compare(0, 2, "+0") == 0)
		return PHONE_ZERO_CODE;
	if (digits[0] == '+' || region.empty())
		verdict = read_number(digits, no_region, from_text, &first);
	else if (library()->GetCountryCodeForRegion(region) == 0)
		verdict = PHONE_UNKNOWN_REGION;
	else
		verdict = read_number(digits, region, from_text, &first);
	if (verdict != PHONE_POSSIBLE)
		return verdict;
	if (first.length() < 8)
		return PHONE_TOO_SHORT;
	if (first.length() >= E164_SIZE)
		return PHONE_TOO_LONG;

	/* What is stored must mean the same when it is read again. */
	if (read_number(first, no_region, false, &again) != PHONE_POSSIBLE || again != first)
		return PHONE_AMBIGUOUS;
	std::memcpy(e164, first.c_str(), first.length() + 1);
	return PHONE_POSSIBLE;
}

/*
 * What the library makes of a number: an optional + and digits in ASCII, and
 * the region to dial it from or "". from_text is 0 for what came in strict E.164,
 * where a program vouches for the digits. e164 has room for E164_SIZE bytes.
 * From 16 on the server's flags hide what is not marked.
 */
PGDLLEXPORT int
lead_phone_parse(const char *digits, const char *region, int from_text, char *e164)
{
	try
	{
		return parse(digits, region, from_text != 0, e164);
	}
	catch (const std::bad_alloc &)
	{
		return PHONE_NO_MEMORY;
	}
	catch (...)
	{
		return PHONE_LIBRARY_FAILED;
	}
}
