/*
 * phone_lengths.h
 *		Calling codes, the lengths of national numbers, and the first digits for
 *		which libphonenumber may change a number. Read by phone.c alone.
 *
 * Made by dev/phone-lengths from libphonenumber 8.12.57+ds-3; not to be edited.
 */
#ifndef LEAD_PHONE_LENGTHS_H
#define LEAD_PHONE_LENGTHS_H

#define LENGTH(n) (1 << (n))
#define FIRST(n) (1 << (n))

static const struct
{
	uint32		lengths;		/* 0: no such calling code */
	uint16		changeable;
}			phone_plans[1000] =
{
	[1] = {LENGTH(10), FIRST(1)},		/* US */
	[7] = {LENGTH(10) | LENGTH(14), FIRST(8)},		/* RU */
	[20] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* EG */
	[27] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* ZA */
	[30] = {LENGTH(10) | LENGTH(11) | LENGTH(12)},		/* GR */
	[31] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(0)},		/* NL */
	[32] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* BE */
	[33] = {LENGTH(9), FIRST(0)},		/* FR */
	[34] = {LENGTH(9)},		/* ES */
	[36] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* HU */
	[39] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12)},		/* IT */
	[40] = {LENGTH(6) | LENGTH(9), FIRST(0)},		/* RO */
	[41] = {LENGTH(9) | LENGTH(12), FIRST(0)},		/* CH */
	[43] = {LENGTH(4) | LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13), FIRST(0)},		/* AT */
	[44] = {LENGTH(7) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* GB */
	[45] = {LENGTH(8)},		/* DK */
	[46] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(12), FIRST(0)},		/* SE */
	[47] = {LENGTH(5) | LENGTH(8)},		/* NO */
	[48] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10)},		/* PL */
	[49] = {LENGTH(4) | LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13) | LENGTH(14) | LENGTH(15), FIRST(0)},		/* DE */
	[51] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* PE */
	[52] = {LENGTH(10) | LENGTH(11), FIRST(0) | FIRST(1)},		/* MX */
	[53] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(10), FIRST(0)},		/* CU */
	[54] = {LENGTH(10) | LENGTH(11), FIRST(0) | FIRST(1) | FIRST(2) | FIRST(3)},		/* AR */
	[55] = {LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(0) | FIRST(9)},		/* BR */
	[56] = {LENGTH(9) | LENGTH(10) | LENGTH(11)},		/* CL */
	[57] = {LENGTH(10) | LENGTH(11), FIRST(0)},		/* CO */
	[58] = {LENGTH(10), FIRST(0)},		/* VE */
	[60] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* MY */
	[61] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(12), FIRST(0) | FIRST(1)},		/* AU */
	[62] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13), FIRST(0)},		/* ID */
	[63] = {LENGTH(6) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13), FIRST(0)},		/* PH */
	[64] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* NZ */
	[65] = {LENGTH(8) | LENGTH(10) | LENGTH(11)},		/* SG */
	[66] = {LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(13), FIRST(0)},		/* TH */
	[81] = {LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13) | LENGTH(14) | LENGTH(15) | LENGTH(16) | LENGTH(17), FIRST(0)},		/* JP */
	[82] = {LENGTH(5) | LENGTH(6) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13) | LENGTH(14), FIRST(0)},		/* KR */
	[84] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* VN */
	[86] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12), FIRST(0) | FIRST(1)},		/* CN */
	[90] = {LENGTH(7) | LENGTH(10) | LENGTH(12) | LENGTH(13), FIRST(0)},		/* TR */
	[91] = {LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13), FIRST(0)},		/* IN */
	[92] = {LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12), FIRST(0)},		/* PK */
	[93] = {LENGTH(9), FIRST(0)},		/* AF */
	[94] = {LENGTH(9), FIRST(0)},		/* LK */
	[95] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* MM */
	[98] = {LENGTH(4) | LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(10), FIRST(0)},		/* IR */
	[211] = {LENGTH(9), FIRST(0)},		/* SS */
	[212] = {LENGTH(9), FIRST(0)},		/* MA */
	[213] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* DZ */
	[216] = {LENGTH(8)},		/* TN */
	[218] = {LENGTH(9), FIRST(0)},		/* LY */
	[220] = {LENGTH(7)},		/* GM */
	[221] = {LENGTH(9)},		/* SN */
	[222] = {LENGTH(8)},		/* MR */
	[223] = {LENGTH(8)},		/* ML */
	[224] = {LENGTH(8) | LENGTH(9)},		/* GN */
	[225] = {LENGTH(10)},		/* CI */
	[226] = {LENGTH(8)},		/* BF */
	[227] = {LENGTH(8)},		/* NE */
	[228] = {LENGTH(8)},		/* TG */
	[229] = {LENGTH(8)},		/* BJ */
	[230] = {LENGTH(7) | LENGTH(8) | LENGTH(10)},		/* MU */
	[231] = {LENGTH(7) | LENGTH(8) | LENGTH(9), FIRST(0)},		/* LR */
	[232] = {LENGTH(8), FIRST(0)},		/* SL */
	[233] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* GH */
	[234] = {LENGTH(7) | LENGTH(8) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(13) | LENGTH(14), FIRST(0)},		/* NG */
	[235] = {LENGTH(8)},		/* TD */
	[236] = {LENGTH(8)},		/* CF */
	[237] = {LENGTH(8) | LENGTH(9)},		/* CM */
	[238] = {LENGTH(7)},		/* CV */
	[239] = {LENGTH(7)},		/* ST */
	[240] = {LENGTH(9)},		/* GQ */
	[241] = {LENGTH(7) | LENGTH(8), FIRST(0)},		/* GA */
	[242] = {LENGTH(9)},		/* CG */
	[243] = {LENGTH(7) | LENGTH(9), FIRST(0)},		/* CD */
	[244] = {LENGTH(9)},		/* AO */
	[245] = {LENGTH(7) | LENGTH(9)},		/* GW */
	[246] = {LENGTH(7)},		/* IO */
	[247] = {LENGTH(5) | LENGTH(6)},		/* AC */
	[248] = {LENGTH(7)},		/* SC */
	[249] = {LENGTH(9), FIRST(0)},		/* SD */
	[250] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* RW */
	[251] = {LENGTH(9), FIRST(0)},		/* ET */
	[252] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9), FIRST(0)},		/* SO */
	[253] = {LENGTH(8)},		/* DJ */
	[254] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* KE */
	[255] = {LENGTH(9), FIRST(0)},		/* TZ */
	[256] = {LENGTH(9), FIRST(0)},		/* UG */
	[257] = {LENGTH(8)},		/* BI */
	[258] = {LENGTH(8) | LENGTH(9)},		/* MZ */
	[260] = {LENGTH(9), FIRST(0)},		/* ZM */
	[261] = {LENGTH(9), FIRST(0) | FIRST(2) | FIRST(4) | FIRST(5) | FIRST(6) | FIRST(7) | FIRST(8) | FIRST(9)},		/* MG */
	[262] = {LENGTH(9), FIRST(0)},		/* RE */
	[263] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* ZW */
	[264] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* NA */
	[265] = {LENGTH(7) | LENGTH(9), FIRST(0)},		/* MW */
	[266] = {LENGTH(8)},		/* LS */
	[267] = {LENGTH(7) | LENGTH(8) | LENGTH(10)},		/* BW */
	[268] = {LENGTH(8) | LENGTH(9)},		/* SZ */
	[269] = {LENGTH(7)},		/* KM */
	[290] = {LENGTH(4) | LENGTH(5)},		/* SH */
	[291] = {LENGTH(7), FIRST(0)},		/* ER */
	[297] = {LENGTH(7)},		/* AW */
	[298] = {LENGTH(6), FIRST(1)},		/* FO */
	[299] = {LENGTH(6)},		/* GL */
	[350] = {LENGTH(8)},		/* GI */
	[351] = {LENGTH(9)},		/* PT */
	[352] = {LENGTH(4) | LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(1)},		/* LU */
	[353] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* IE */
	[354] = {LENGTH(7) | LENGTH(9)},		/* IS */
	[355] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9), FIRST(0)},		/* AL */
	[356] = {LENGTH(8)},		/* MT */
	[357] = {LENGTH(8)},		/* CY */
	[358] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12), FIRST(0)},		/* FI */
	[359] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9), FIRST(0)},		/* BG */
	[370] = {LENGTH(8), FIRST(0) | FIRST(8)},		/* LT */
	[371] = {LENGTH(8)},		/* LV */
	[372] = {LENGTH(7) | LENGTH(8) | LENGTH(10)},		/* EE */
	[373] = {LENGTH(8), FIRST(0)},		/* MD */
	[374] = {LENGTH(8), FIRST(0)},		/* AM */
	[375] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(0) | FIRST(8)},		/* BY */
	[376] = {LENGTH(6) | LENGTH(8) | LENGTH(9)},		/* AD */
	[377] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* MC */
	[378] = {LENGTH(8) | LENGTH(10), FIRST(8) | FIRST(9)},		/* SM */
	[380] = {LENGTH(9) | LENGTH(10), FIRST(0)},		/* UA */
	[381] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12), FIRST(0)},		/* RS */
	[382] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* ME */
	[383] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* XK */
	[385] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9), FIRST(0)},		/* HR */
	[386] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8), FIRST(0)},		/* SI */
	[387] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* BA */
	[389] = {LENGTH(8), FIRST(0)},		/* MK */
	[420] = {LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12)},		/* CZ */
	[421] = {LENGTH(6) | LENGTH(7) | LENGTH(9), FIRST(0)},		/* SK */
	[423] = {LENGTH(7) | LENGTH(9), FIRST(0) | FIRST(1)},		/* LI */
	[500] = {LENGTH(5)},		/* FK */
	[501] = {LENGTH(7) | LENGTH(11)},		/* BZ */
	[502] = {LENGTH(8) | LENGTH(11)},		/* GT */
	[503] = {LENGTH(7) | LENGTH(8) | LENGTH(11)},		/* SV */
	[504] = {LENGTH(8) | LENGTH(11)},		/* HN */
	[505] = {LENGTH(8)},		/* NI */
	[506] = {LENGTH(8) | LENGTH(10), FIRST(1)},		/* CR */
	[507] = {LENGTH(7) | LENGTH(8) | LENGTH(10) | LENGTH(11)},		/* PA */
	[508] = {LENGTH(6) | LENGTH(9), FIRST(0)},		/* PM */
	[509] = {LENGTH(8)},		/* HT */
	[590] = {LENGTH(9), FIRST(0)},		/* GP */
	[591] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* BO */
	[592] = {LENGTH(7)},		/* GY */
	[593] = {LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(0)},		/* EC */
	[594] = {LENGTH(9), FIRST(0)},		/* GF */
	[595] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(0)},		/* PY */
	[596] = {LENGTH(9), FIRST(0)},		/* MQ */
	[597] = {LENGTH(6) | LENGTH(7)},		/* SR */
	[598] = {LENGTH(7) | LENGTH(8) | LENGTH(10), FIRST(0)},		/* UY */
	[599] = {LENGTH(7) | LENGTH(8)},		/* CW */
	[670] = {LENGTH(7) | LENGTH(8)},		/* TL */
	[672] = {LENGTH(6), FIRST(0) | FIRST(1) | FIRST(2) | FIRST(5) | FIRST(8)},		/* NF */
	[673] = {LENGTH(7)},		/* BN */
	[674] = {LENGTH(7)},		/* NR */
	[675] = {LENGTH(7) | LENGTH(8)},		/* PG */
	[676] = {LENGTH(5) | LENGTH(7)},		/* TO */
	[677] = {LENGTH(5) | LENGTH(7)},		/* SB */
	[678] = {LENGTH(5) | LENGTH(7)},		/* VU */
	[679] = {LENGTH(7) | LENGTH(11)},		/* FJ */
	[680] = {LENGTH(7)},		/* PW */
	[681] = {LENGTH(6) | LENGTH(9)},		/* WF */
	[682] = {LENGTH(5)},		/* CK */
	[683] = {LENGTH(4) | LENGTH(7)},		/* NU */
	[685] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(10)},		/* WS */
	[686] = {LENGTH(5) | LENGTH(8), FIRST(0)},		/* KI */
	[687] = {LENGTH(6)},		/* NC */
	[688] = {LENGTH(5) | LENGTH(6) | LENGTH(7)},		/* TV */
	[689] = {LENGTH(6) | LENGTH(8) | LENGTH(9)},		/* PF */
	[690] = {LENGTH(4) | LENGTH(5) | LENGTH(6) | LENGTH(7)},		/* TK */
	[691] = {LENGTH(7)},		/* FM */
	[692] = {LENGTH(7), FIRST(1)},		/* MH */
	[800] = {LENGTH(8)},		/* 001 */
	[808] = {LENGTH(8)},		/* 001 */
	[850] = {LENGTH(8) | LENGTH(10), FIRST(0)},		/* KP */
	[852] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(11)},		/* HK */
	[853] = {LENGTH(7) | LENGTH(8)},		/* MO */
	[855] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* KH */
	[856] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* LA */
	[870] = {LENGTH(9) | LENGTH(12)},		/* 001 */
	[878] = {LENGTH(12)},		/* 001 */
	[880] = {LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* BD */
	[881] = {LENGTH(9)},		/* 001 */
	[882] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12)},		/* 001 */
	[883] = {LENGTH(9) | LENGTH(10) | LENGTH(12)},		/* 001 */
	[886] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11), FIRST(0)},		/* TW */
	[888] = {LENGTH(11)},		/* 001 */
	[960] = {LENGTH(7) | LENGTH(10)},		/* MV */
	[961] = {LENGTH(7) | LENGTH(8), FIRST(0)},		/* LB */
	[962] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* JO */
	[963] = {LENGTH(8) | LENGTH(9), FIRST(0)},		/* SY */
	[964] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* IQ */
	[965] = {LENGTH(7) | LENGTH(8)},		/* KW */
	[966] = {LENGTH(9) | LENGTH(10), FIRST(0)},		/* SA */
	[967] = {LENGTH(7) | LENGTH(8) | LENGTH(9), FIRST(0)},		/* YE */
	[968] = {LENGTH(7) | LENGTH(8) | LENGTH(9)},		/* OM */
	[970] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* PS */
	[971] = {LENGTH(5) | LENGTH(6) | LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12), FIRST(0)},		/* AE */
	[972] = {LENGTH(7) | LENGTH(8) | LENGTH(9) | LENGTH(10) | LENGTH(11) | LENGTH(12), FIRST(0)},		/* IL */
	[973] = {LENGTH(8)},		/* BH */
	[974] = {LENGTH(7) | LENGTH(8) | LENGTH(9)},		/* QA */
	[975] = {LENGTH(7) | LENGTH(8)},		/* BT */
	[976] = {LENGTH(8) | LENGTH(9) | LENGTH(10), FIRST(0)},		/* MN */
	[977] = {LENGTH(8) | LENGTH(10) | LENGTH(11), FIRST(0)},		/* NP */
	[979] = {LENGTH(9)},		/* 001 */
	[992] = {LENGTH(9)},		/* TJ */
	[993] = {LENGTH(8), FIRST(8)},		/* TM */
	[994] = {LENGTH(9), FIRST(0)},		/* AZ */
	[995] = {LENGTH(9), FIRST(0)},		/* GE */
	[996] = {LENGTH(9) | LENGTH(10), FIRST(0)},		/* KG */
	[998] = {LENGTH(9), FIRST(8)},		/* UZ */
};

#undef LENGTH
#undef FIRST

#endif							/* LEAD_PHONE_LENGTHS_H */
