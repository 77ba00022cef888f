/*
 * phone_paths.cc
 *		src/phone.c outside the server, with libphonenumber beside it to say what
 *		is right. See phone_paths.sh.
 *
 *	phone_paths agree COUNT		as many numbers in strict E.164: does phone.c say
 *								what the library says?
 *	phone_paths examples		the library's own examples of every country, in the
 *								ways it writes them
 *	phone_paths texts			lines "REGION|TEXT" from the standard input
 */
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <phonenumbers/phonenumberutil.h>

extern "C"
{
#include "phone.h"
#include "phonelib.h"
#include "shim.h"
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

typedef PhoneNumberUtil Util;

static const Util *util = Util::GetInstance();

/* In place of src/phonelib.c: no module to load, and the calls are counted. */
static long asked;

extern "C" PhoneVerdict
phonelib_parse(const char *digits, const char *region, bool from_text, char *e164)
{
	asked++;
	return static_cast<PhoneVerdict>(lead_phone_parse(digits, region, from_text, e164));
}

/* The same numbers in each run. */
static uint32_t
dice(uint32_t sides)
{
	static uint64_t state = 20261124;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % sides;
}

static std::string
random_digits(size_t count)
{
	std::string digits;

	while (digits.length() < count)
		digits += static_cast<char>('0' + dice(10));
	return digits;
}

static std::string
only_digits(const std::string &text)
{
	std::string digits;

	for (char c : text)
		if (c >= '0' && c <= '9')
			digits += c;
	return digits;
}

/* What the library alone says of a number, or "". */
static std::string
by_library(const std::string &text)
{
	PhoneNumber number;
	std::string e164;

	if (util->Parse(text, "ZZ", &number) != Util::NO_PARSING_ERROR ||
		util->IsPossibleNumberWithReason(number) != Util::IS_POSSIBLE)
		return "";
	util->Format(number, Util::E164, &e164);
	return e164;
}

/* That, save that E.164 has 7 to 15 digits, and that it must be read the same again. */
static std::string
expected(const std::string &text)
{
	std::string e164 = by_library(text);

	return e164.length() >= 8 && e164.length() <= 16 && by_library(e164) == e164 ? e164 : "";
}

static std::string
found(const std::string &text)
{
	Understood	understood = phone_understand(text.c_str(), "CZ");
	std::string value = understood.value ? understood.value : "";

	if ((understood.value == NULL) == (understood.problem == NULL) || understood.extension)
		value = "neither accepted nor refused";
	shim_reset();
	return value;
}

/* The examples of a country, of whatever kind. */
static std::vector<PhoneNumber>
examples_of(const std::string &region)
{
	std::vector<PhoneNumber> numbers;
	std::set<Util::PhoneNumberType> types;
	PhoneNumber number;

	util->GetSupportedTypesForRegion(region, &types);
	for (Util::PhoneNumberType type : types)
		if (util->GetExampleNumberForType(region, type, &number))
			numbers.push_back(number);
	return numbers;
}

/* Numbers as they are dialled within their countries, behind the country code. */
static std::vector<std::string>
national_forms()
{
	std::vector<std::string> forms;
	std::set<std::string> regions;

	util->GetSupportedRegions(&regions);
	for (const std::string &region : regions)
		for (const PhoneNumber &number : examples_of(region))
		{
			std::string written;

			util->Format(number, Util::NATIONAL, &written);
			forms.push_back(std::to_string(number.country_code()) + only_digits(written));
		}
	return forms;
}

static void
add(std::vector<std::string> *numbers, const std::string &digits)
{
	if (digits.length() >= 7 && digits.length() <= 15)
		numbers->push_back("+" + digits);
}

/*
 * First every code with every first digit and every length, then codes that may
 * not exist, then national forms with digits left out, changed and added.
 */
static std::vector<std::string>
numbers_to_try(size_t count)
{
	std::vector<std::string> numbers;
	std::vector<std::string> forms = national_forms();
	std::set<int> codes;

	util->GetSupportedCallingCodes(&codes);
	for (int code : codes)
		for (int first = 0; first <= 9; first++)
			for (size_t length = 4; length <= 14; length++)
				add(&numbers, std::to_string(code) + std::to_string(first) + random_digits(length - 1));
	while (numbers.size() < count / 2)
		add(&numbers, random_digits(7 + dice(9)));
	while (numbers.size() < count)
	{
		std::string number = forms[dice(forms.size())];

		if (dice(2))
			number.erase(1 + dice(3), 1 + dice(2));
		if (dice(2))
			number[dice(number.length())] = static_cast<char>('0' + dice(10));
		if (dice(3) == 0)
			number += random_digits(1 + dice(2));
		add(&numbers, number);
	}
	return numbers;
}

static int
agree(size_t count)
{
	std::vector<std::string> numbers = numbers_to_try(count);
	size_t accepted = 0;
	size_t wrong = 0;

	for (const std::string &text : numbers)
	{
		std::string wanted = expected(text);
		std::string got = found(text);
		accepted += !wanted.empty();
		if (got != wanted && ++wrong <= 10)
			printf("# %s: the library says \"%s\", phone.c \"%s\"\n", text.c_str(), wanted.c_str(), got.c_str());
	}
	printf("# %zu numbers, %zu of them accepted, %ld that the table left to the library\n", numbers.size(), accepted, asked);
	if (accepted < count / 10 || static_cast<size_t>(asked) > count / 2)
		printf("these numbers show nothing\n");
	printf("%zu differences in %zu numbers\n", wrong, numbers.size());
	return 0;
}

static int
examples()
{
	std::set<std::string> regions;
	size_t tried = 0;

	util->GetSupportedRegions(&regions);
	for (const std::string &region : regions)
		for (const PhoneNumber &number : examples_of(region))
		{
			std::string e164;

			util->Format(number, Util::E164, &e164);
			for (Util::PhoneNumberFormat format : {Util::E164, Util::INTERNATIONAL, Util::NATIONAL, Util::RFC3966})
			{
				std::string written;
				Understood understood;

				util->Format(number, format, &written);
				understood = phone_understand(written.c_str(), region.c_str());
				tried++;
				if (understood.value == NULL)
					printf("%s %s: %s\n", region.c_str(), written.c_str(), understood.problem);
				else if (e164 != understood.value)
					printf("%s %s: %s\n", region.c_str(), written.c_str(), understood.value);
				shim_reset();
			}
		}
	printf("%s\n", tried > 4000 ? "all understood but these" : "too few examples");
	return 0;
}

/* As "REGION|TEXT|RESULT"; what was accepted must be accepted again, unchanged. */
static int
texts()
{
	std::string line;

	while (std::getline(std::cin, line))
	{
		size_t bar = line.find('|');
		std::string region = line.substr(0, bar);
		Understood understood = phone_understand(line.substr(bar + 1).c_str(), region.c_str());
		std::string value = understood.value ? understood.value : "";
		std::string result = understood.value ? value : std::string("- ") + understood.problem;

		if (understood.extension)
			result += std::string(" ext ") + understood.extension;
		if (!value.empty() && found(value) != value)
			result += " is not accepted again";
		printf("%s|%s\n", line.c_str(), result.c_str());
		shim_reset();
	}
	return 0;
}

int
main(int argc, char **argv)
{
	std::string what = argc > 1 ? argv[1] : "";

	if (what == "agree" && argc == 3)
		return agree(std::stoul(argv[2]));
	if (what == "examples")
		return examples();
	if (what == "texts")
		return texts();
	return 2;
}
