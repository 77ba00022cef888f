/*
 * domains.c
 *		Domains that say nothing of who uses them: public mail, hosting, social
 *		networks, marketplaces, directories of firms, shorteners. Two leads that
 *		share one of these have nothing in common, so such a domain makes no
 *		match key.
 *
 * A domain is shared if it is on the list or lies below one that is:
 * shop.example.wixsite.com is, for wixsite.com. "name.*" is the name under any
 * top-level domain or a second level like co.uk. Mail that companies run under
 * their own name at such a provider bears their domain and is not meant here.
 *
 * A missing domain makes strangers look alike and a superfluous one hides a
 * likeness; the first is seen at once by those who review duplicates, so the
 * list holds what many leads have and not all there is.
 */
#include "compat.h"

#include "domains.h"

/* In the order of strcmp, which the search relies on; a test looks. */
static const char *const shared_domains[] =
{
	"10minutemail.com", "11880.com", "126.com", "139.com", "163.com", "189.cn", "1und1.de",
	"a1.net", "about.me", "abv.bg", "aim.com", "airbnb.com", "alice.it", "aliceadsl.fr",
	"aliexpress.com", "aliyun.com", "allegro.pl", "amazon.*", "amazonaws.com", "angelfire.com",
	"aol.*", "aon.at", "appspot.com", "arcor.de", "atlas.cz", "atlas.sk", "att.net", "autograf.pl",
	"azet.sk", "azurestaticapps.net", "azurewebsites.net", "bbox.fr", "beacons.ai", "behance.net",
	"bell.net", "bellsouth.net", "bigcartel.com", "bigmir.net", "bigpond.com", "bigpond.net.au",
	"bio.link", "bit.ly", "bitbucket.io", "bitbucket.org", "bk.ru", "bl.ink", "blogger.com",
	"blogspot.*", "bluewin.ch", "blueyonder.co.uk", "bol.com.br", "booking.com", "box.com",
	"bravesites.com", "bredband.net", "btinternet.com", "btopenworld.com", "buff.ly",
	"business.site", "calendly.com", "carrd.co", "casema.nl", "cbox.cz", "cegetel.net",
	"centrum.cz", "centrum.sk", "charter.net", "chello.at", "chello.cz", "chello.hu", "chello.nl",
	"chello.pl", "chello.sk", "citromail.hu", "clix.pt", "cloudfront.net", "club-internet.fr",
	"comcast.net", "comhem.se", "cox.net", "cutt.ly", "dasoertliche.de", "daum.net", "dir.bg",
	"discord.com", "discord.gg", "disroot.org", "docomo.ne.jp", "dribbble.com", "dropbox.com",
	"duck.com", "earthlink.net", "ebay.*", "eircom.net", "elisanet.fi", "email.com", "email.cz",
	"email.de", "estranky.cz", "estranky.sk", "etsy.com", "europages.*", "eventbrite.com",
	"ezweb.ne.jp", "facebook.com", "fastmail.com", "fastmail.fm", "fastwebnet.it", "fb.com",
	"fb.me", "firebaseapp.com", "firmy.cz", "flickr.com", "fly.dev", "forms.gle", "foxmail.com",
	"free.fr", "freemail.hu", "freenet.de", "g.co", "g.page", "gazeta.pl", "gelbeseiten.de",
	"getmail.no", "github.com", "github.io", "gitlab.com", "gitlab.io", "glitch.me", "gmail.com",
	"gmx.*", "go2.pl", "godaddysites.com", "goldenpages.*", "goo.gl", "google.*", "googlemail.com",
	"guerrillamail.com", "hanmail.net", "herokuapp.com", "herold.at", "hetnet.nl", "hey.com",
	"hispeed.ch", "home.nl", "hot.ee", "hotmail.*", "hushmail.com", "i.ua", "icloud.com",
	"ig.com.br", "iinet.net.au", "inbox.lt", "inbox.lv", "inbox.ru", "indamail.hu",
	"indiamart.com", "inet.hr", "instagram.com", "interia.eu", "interia.pl", "internet.ru",
	"inwind.it", "iol.cz", "iol.it", "iol.pt", "is.gd", "jimdo.com", "jimdofree.com",
	"jimdosite.com", "jubii.dk", "juno.com", "justdial.com", "kabelmail.de", "kolumbus.fi",
	"kompass.com", "kpnmail.nl", "kpnplanet.nl", "laposte.net", "legalmail.it", "lenta.ru",
	"libero.it", "line.me", "linkedin.com", "linktr.ee", "list.ru", "live.*", "lnkd.in",
	"local.ch", "luukku.com", "m.me", "mac.com", "mail.bg", "mail.com", "mail.de", "mail.dk",
	"mail.ee", "mail.pt", "mail.ru", "mailbox.org", "mailchi.mp", "mailinator.com", "me.com",
	"medium.com", "meetup.com", "messenger.com", "meta.ua", "mozello.com", "mozello.cz", "msn.com",
	"mybox.cz", "mynet.com", "myshopify.com", "myshoptet.com", "mystrikingly.com", "myyahoo.com",
	"narod.ru", "nate.com", "naver.com", "neostrada.pl", "net.hr", "netlify.app",
	"netvision.net.il", "neuf.fr", "ngrok.io", "nifty.com", "notion.site", "ntlworld.com",
	"numericable.fr", "o2.pl", "o2active.cz", "o2online.de", "ok.ru", "one.lt", "onet.eu",
	"onet.pl", "online.de", "online.no", "onrender.com", "op.pl", "optonline.net",
	"optusnet.com.au", "orange.fr", "otenet.gr", "outlook.*", "ow.ly", "pages.dev",
	"pagesjaunes.fr", "paginasamarillas.es", "paginegialle.it", "panoramafirm.pl", "passport.com",
	"patreon.com", "pec.it", "pin.it", "pinterest.com", "pkt.pl", "planet.nl", "plusnet.com",
	"pm.me", "pobox.sk", "poczta.fm", "post.cz", "post.sk", "posteo.de", "posteo.net",
	"posteo.org", "proton.me", "protonmail.ch", "protonmail.com", "proximus.be", "qq.com",
	"quick.cz", "quicknet.nl", "rambler.ru", "rb.gy", "rebrand.ly", "reddit.com", "rediffmail.com",
	"repl.co", "replit.app", "riseup.net", "roadrunner.com", "rocketmail.com", "rogers.com",
	"rr.com", "runbox.com", "sapo.pt", "sbcglobal.net", "scarlet.be", "seznam.cz", "sfr.fr",
	"sharepoint.com", "shaw.ca", "shopify.com", "shorturl.at", "sify.com", "sina.cn", "sina.com",
	"siol.net", "site123.me", "sky.com", "skynet.be", "skype.com", "snapchat.com",
	"softbank.ne.jp", "sohu.com", "spoluzaci.cz", "spray.se", "squarespace.com", "startmail.com",
	"stofanet.dk", "stonline.sk", "strikingly.com", "substack.com", "suomi24.fi", "surge.sh",
	"sympatico.ca", "t-2.net", "t-online.de", "t-online.hu", "t.co", "t.ly", "t.me",
	"talktalk.net", "telefonica.net", "telegram.me", "telegram.org", "telenet.be", "telus.net",
	"terra.com.br", "terra.es", "threads.net", "tiktok.com", "tilda.ws", "tin.it", "tiny.cc",
	"tinyurl.com", "tiscali.*", "tlen.pl", "tradeindia.com", "tripadvisor.com", "tripod.com",
	"tumblr.com", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de", "twitch.tv", "twitter.com",
	"typeform.com", "ucoz.com", "ucoz.ru", "ucraft.net", "ukr.net", "uol.com.br", "upcmail.cz",
	"upcmail.hu", "upcmail.nl", "usa.com", "vercel.app", "verizon.net", "videotron.ca",
	"vimeo.com", "vipmail.hu", "virgilio.it", "virginmedia.com", "vk.com", "vodafonemail.de",
	"volny.cz", "vp.pl", "wa.me", "walla.co.il", "walla.com", "wanadoo.fr", "web.app", "web.de",
	"webflow.com", "webflow.io", "webnode.*", "webs.com", "websnadno.cz", "weebly.com",
	"weibo.com", "whatsapp.com", "wikipedia.org", "wix.com", "wixsite.com", "wordpress.com",
	"workers.dev", "wp.pl", "x.com", "xing.com", "xs4all.nl", "xtra.co.nz", "ya.ru", "yahoo.*",
	"yandex.*", "yeah.net", "yell.com", "yellowpages.*", "yelp.*", "ymail.com", "yolasite.com",
	"yopmail.com", "youtu.be", "youtube.com", "ziggo.nl", "zivefirmy.cz", "zlatestranky.cz",
	"zlatestranky.sk", "zoho.com", "zohomail.com", "zohomail.eu", "zoznam.sk",
};

static bool
is_listed(const char *name, int length)
{
	int			low = 0;
	int			high = lengthof(shared_domains);

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = strncmp(name, shared_domains[middle], length);

		if (order == 0 && shared_domains[middle][length] == '\0')
			return true;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* One label, or two as short as those of co.uk and com.br. */
static bool
is_public_ending(const char *labels)
{
	const char *dot = strchr(labels, '.');

	if (dot == NULL)
		return *labels != '\0';
	return dot - labels >= 2 && dot - labels <= 3 && strlen(dot + 1) == 2 && strchr(dot + 1, '.') == NULL;
}

/* The first label with anything for the rest: "name.*". */
static bool
is_listed_anywhere(const char *domain, const char *dot)
{
	char		name[64 + sizeof(".*")];	/* a label has at most 63 characters */

	if (dot == NULL || dot - domain > 63 || !is_public_ending(dot + 1))
		return false;
	return is_listed(name, snprintf(name, sizeof(name), "%.*s.*", (int) (dot - domain), domain));
}

bool
domain_is_shared(const char *ascii_domain)
{
	const char *rest = ascii_domain;

	for (;;)
	{
		const char *dot = strchr(rest, '.');

		if (is_listed(rest, strlen(rest)) || is_listed_anywhere(rest, dot))
			return true;
		if (dot == NULL)
			return false;
		rest = dot + 1;
	}
}
