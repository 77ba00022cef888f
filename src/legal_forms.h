/*
 * legal_forms.h
 *		The legal forms that a party's name is compared without, and that are
 *		thus no part of its key. To compare without another one, add it here.
 *
 * A form is written as words_of (partyname.c) leaves it: folded, without dots
 * and slashes. A space in it stands where names have one or none: "s r o" is
 * also "s.r.o.", "s. r. o." and "sro". It counts at the end of a name, those
 * marked also (or only) at its beginning, if there is none at the end or one
 * that GOES_ALONG with one at the beginning (Oy Acme Ab). Forms that are written
 * without a space to the name are GLUED. Of several that fit the longest is taken, and
 * then what is left is looked at again, so "gmbh and co kg" needs no line.
 *
 * Included by partyname.c and by nobody else.
 */

#define AT_END		0x01
#define AT_START	0x02
#define AROUND		(AT_END | AT_START)
#define GLUED		0x04
#define GOES_ALONG	0x08

typedef struct LegalForm
{
	const char *text;
	int			length;
	int			places;
} LegalForm;

#define END(text)		{text, sizeof(text) - 1, AT_END}
#define START(text)		{text, sizeof(text) - 1, AT_START}
#define BOTH(text)		{text, sizeof(text) - 1, AROUND}
#define ALONG(text, places) {text, sizeof(text) - 1, places | GOES_ALONG}
#define EAST_ASIAN(text) {text, sizeof(text) - 1, AROUND | GLUED}

static const LegalForm legal_forms[] =
{
	/* Czechia, Slovakia */
	END("s r o"), END("spol s r o"), END("spolecnost s rucenim omezenym"),
	END("spolocnost s rucenim obmedzenym"), END("a s"), END("akciova spolecnost"),
	END("akciova spolocnost"), END("k s"), END("v o s"), END("z s"), END("z u"), END("o p s"),
	END("s p"), END("j s a"), END("v likvidaci"), END("v likvidacii"),

	/* European Union */
	END("s e"), END("s c e"),

	/* Germany, Austria, Switzerland */
	END("gmbh"), END("g m b h"), END("mbh"), END("m b h"), END("ggmbh"), END("ges m b h"),
	END("gesellschaft m b h"), END("gesellschaft mit beschrankter haftung"),
	END("a g"), END("k g"), END("kgaa"), END("o h g"), END("o g"), END("u g"),
	END("haftungsbeschrankt"), END("haftungsbeschraenkt"), END("e v"), END("e g"), END("e k"),
	END("g b r"), END("part g"), END("part g mbb"), END("mbb"), END("sagl"),
	END("und co"), END("u co"), END("und cie"),

	/* English */
	END("ltd"), END("limited"), END("p l c"), END("l l p"), END("l l c"), END("l l l p"),
	END("p l l c"), END("l p"), END("inc"), END("incorporated"), END("corp"), END("corporation"),
	END("co"), END("company"), END("and co"), END("and company"), END("pty"), END("proprietary"),
	END("pte"), END("d a c"), END("c i c"),

	/* India */
	END("pvt"), END("private limited"), END("private ltd"), END("p ltd"), END("p limited"),

	/* French */
	END("s a"), END("s a s"), END("s a s u"), END("s a r l"), END("s a r l u"), END("e u r l"),
	END("s n c"), END("s c o p"), END("s p r l"), END("b v b a"), END("s r l"), END("a s b l"),
	END("et cie"), END("and cie"), END("cie"), END("ltee"),

	/* Spanish, Portuguese */
	END("s l"), END("s l u"), END("s l l"), END("s a u"), END("s coop"), END("lda"), END("ltda"),
	END("unipessoal"), END("s a de c v"), END("s de r l"), END("s de r l de c v"),
	END("s a p i de c v"),

	/* Italian */
	END("s p a"), END("s r l s"), END("s a p a"), END("s c a r l"), END("s c r l"),
	END("soc coop"),

	/* Dutch */
	END("b v"), END("n v"), END("v o f"), END("c v"), END("v z w"),

	/* Poland */
	END("sp z o o"), END("spolka z o o"), END("spolka z ograniczona odpowiedzialnoscia"),
	END("spolka akcyjna"), END("sp j"), END("sp k"), END("sp p"), END("s k a"), END("p s a"),

	/* Nordic countries */
	ALONG("a b", AROUND), END("aktiebolag"), END("a s a"), END("aps"), END("h b"), END("a m b a"),
	ALONG("oy", AROUND), ALONG("oyj", AT_END), ALONG("abp", AT_END), END("ehf"), END("hf"),

	/* Hungary */
	END("kft"), END("zrt"), END("nyrt"), END("rt"), END("bt"), END("kkt"),
	END("korlatolt felelossegu tarsasag"), END("zartkoruen mukodo reszvenytarsasag"),

	/* Southeastern Europe */
	END("d o o"), END("j d o o"), END("d d"), END("оод"), END("еоод"), END("ад"), END("еад"),
	END("α ε"), END("ε π ε"), END("ι κ ε"), END("ο ε"), END("ltd sti"),

	/* Baltic countries */
	BOTH("uab"), BOTH("ou"), BOTH("sia"),

	/* Russia, Ukraine */
	BOTH("ооо"), BOTH("оао"), BOTH("зао"), BOTH("пао"), BOTH("ао"), BOTH("нао"), BOTH("ип"),
	BOTH("тов"), BOTH("пат"), BOTH("прат"), BOTH("фоп"), BOTH("ooo"), BOTH("oao"), BOTH("zao"), BOTH("pao"),

	/* Asia */
	START("p t"), ALONG("tbk", AT_END), END("sdn bhd"), END("bhd"), END("k k"), END("jsc"), END("בע מ"),
	EAST_ASIAN("株式会社"), EAST_ASIAN("有限会社"), EAST_ASIAN("合同会社"), BOTH("株"), BOTH("有"),
	EAST_ASIAN("주식회사"), EAST_ASIAN("유한회사"), BOTH("주"), BOTH("유"),
	EAST_ASIAN("有限公司"), EAST_ASIAN("股份有限公司"), EAST_ASIAN("有限责任公司"),
};
