"""psycopg 3 or psycopg2 does what an application does with leads. Says "ok - ..." or
"not ok - ..." for each check; see clients.sh, which runs it.

    psycopg_test.py psycopg|psycopg2

connects as libpq's environment says. Role app (an agent) is the application, the
role of the environment the administrator.
"""

import io
import sys
import uuid
from datetime import datetime, timedelta, timezone
from importlib import import_module

driver = import_module(sys.argv[1])
is_3 = sys.argv[1] == "psycopg"
if is_3:
    from psycopg.types.json import Jsonb as Json
else:
    from psycopg2.extras import Json, execute_values, register_uuid

    register_uuid()

INSERT = "INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES (%s, %s, 'HOT', 'WEB', 'B2B')"

app = driver.connect(user="app")
admin = driver.connect()
app.autocommit = admin.autocommit = True


def check(what, got, wanted):
    print(("ok - " if got == wanted else "not ok - ") + what)
    if got != wanted:
        print(f"# got:    {got!r}\n# wanted: {wanted!r}")


def row(query, *values, connection=app):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone() if cursor.description else cursor.rowcount


def one(query, *values):
    return row(query, *values)[0]


def refusal(query, *values):
    """The error, or None."""
    try:
        row(query, *values)
    except driver.Error as error:
        return error


def code(error):
    return error and error.diag.sqlstate


def lead(key):
    return one(INSERT + " RETURNING id", key, "Party " + key)


def all_kinds():
    given = uuid.UUID("01890000-0000-7000-8000-000000000001")
    until = datetime(2999, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    row(
        "INSERT INTO lead.lead (id, key, status, party_name, lead_rating, priority, lead_source, phones, emails, data_tags, chars, lead_type,"
        " deferred_until, version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        given, "P-1", "LATER", "Žďár & synové", "HOT", "HIGH", "WEB", Json(["+420603123456"]), Json([{"value": "Jo@Example.com", "primary": True}]),
        ["a", ' b, "c" ', ""], Json({"seats": 3}), "B2B", until, 99,
    )
    found = row(
        "SELECT id, status, priority, party_name, phones, emails, data_tags, chars, deferred_until, version, inserted_by, inserted_at"
        " FROM lead.lead WHERE key = %s AND id = %s", "P-1", given)
    check("uuid, enums and text read back", found[:4], (given, "LATER", "HIGH", "Žďár & synové"))
    check("jsonb lists read back", found[4:6], ([{"value": "+420603123456"}], [{"value": "Jo@example.com", "primary": True}]))
    check("tags and chars read back", found[6:8], (["a", 'b, "c"'], {"seats": 3}))
    check("time read back", found[8], until)
    check("version and audit columns are the guard's", (found[9:11], datetime.now(timezone.utc) - found[11] < timedelta(minutes=5)), ((1, "app"), True))


def strings():
    # psycopg 3 leaves the type of a str to the server, psycopg2 writes a literal
    check("a str compares with an enum", one("SELECT count(*) FROM lead.lead WHERE status = %s AND priority = %s", "LATER", "HIGH"), 1)
    check("and is one as an argument", one("SELECT status FROM lead.transition(%s, %s, reason => %s)", lead("P-2"), "REJECTED", "no coverage"), "REJECTED")
    check("a list of str compares with a cast", one("SELECT count(*) FROM lead.lead WHERE status = ANY (%s::lead.lead_status[])", ["LATER", "REJECTED"]), 2)
    check("a list of str does not without", code(refusal("SELECT count(*) FROM lead.lead WHERE status = ANY (%s)", ["LATER"])), None if is_3 else "42883")
    check("a list is an array, not jsonb", code(refusal("UPDATE lead.lead SET phones = %s WHERE key = 'P-1'", ["+420603123456"])), "22P02" if is_3 else "42804")


def nulls():
    values = [None] * 29
    values[3], values[4], values[7], values[16] = "Nulls", "HOT", "WEB", "B2B"
    made = row("INSERT INTO lead.lead VALUES (" + ", ".join(["%s"] * 29) + ") RETURNING status, version, phones, data_tags, chars, edited_by, key LIKE 'LEAD-%%'", *values)
    check("None in every column that is made", made, ("NEW", 1, [], [], {}, "app", True))


def errors():
    lead("P-3")
    refused = refusal("UPDATE lead.lead SET status = %s, status_reason = 'x' WHERE key = 'P-3'", "UNSUCCESSFUL")
    diag = refused.diag
    check("SQLSTATE and message of a refused move", (code(refused), diag.message_primary), ("LD001", 'lead "P-3" cannot go from NEW to UNSUCCESSFUL'))
    check("detail and hint", (diag.message_detail[:26], diag.message_hint), ("From NEW a lead may go to ", "Allow the pair in lead.lead_status_rule."))
    check("place", (diag.schema_name, diag.table_name, diag.column_name, diag.constraint_name), ("lead", "lead", "status", "lead_status_transition"))
    refused = refusal("UPDATE lead.lead SET emails = %s WHERE key = 'P-3'", Json(["no mail"]))
    check("a contact that is not understood", (code(refused), refused.diag.column_name), ("LD008", "emails"))
    check("standard codes have classes of their own", [type(e).__name__ for e in (refusal(INSERT, "P-3", "x"), refusal(INSERT, None, None), refusal("DELETE FROM lead.lead_status_change"))],
          ["UniqueViolation", "NotNullViolation", "InsufficientPrivilege"])


def optimistic_lock():
    update = "UPDATE lead.lead SET description = %s WHERE key = 'P-3' AND version = %s"
    check("an update with the version read, and with a stale one", (row(update, "first", 1), row(update, "second", 1)), (1, 0))
    check("nothing is lost", row("SELECT description, version FROM lead.lead WHERE key = 'P-3'"), ("first", 2))


def batches():
    rows = [(f"B-{n}", f"Batch {n}") for n in range(300)]
    with app.cursor() as cursor:
        if is_3:
            cursor.executemany(INSERT + " RETURNING id", rows, returning=True)
            made = [cursor.fetchone()[0]]
            while cursor.nextset():
                made.append(cursor.fetchone()[0])
        else:
            made = [r[0] for r in execute_values(cursor, "INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES %s RETURNING id",
                                                 rows, "(%s, %s, 'HOT', 'WEB', 'B2B')", fetch=True)]
    check("executemany with ids" if is_3 else "execute_values with ids", len(set(made)), 300)


def conversion():
    first = lead("P-4")
    customer, kind, version = row("SELECT customer_id, kind, version FROM lead.convert(%s, reason => %s)", first, "signed")
    check("convert", (kind, version, one("SELECT name FROM lead.customer WHERE id = %s", customer)), ("CONVERTED", 2, "Party P-4"))
    check("once more returns the same customer", one("SELECT customer_id FROM lead.convert(%s)", first), customer)
    check("convert_many of a list", one("SELECT string_agg(outcome, ' ' ORDER BY ord) FROM lead.convert_many(%s)", [lead("P-5"), first]), "CONVERTED REPLAYED")


def actor():
    moved = lead("P-6")
    app.autocommit = is_3
    with app.transaction() if is_3 else app:
        row("SELECT set_config('lead.actor', %s, true)", "jana")
        row("UPDATE lead.lead SET status = 'WORKING' WHERE id = %s", moved)
    app.autocommit = True
    row("UPDATE lead.lead SET status = 'NON_WORKING' WHERE id = %s", moved)
    check("the actor is that of one transaction", one("SELECT array_agg(actor ORDER BY version) FROM lead.lead_status_change WHERE lead_id = %s", moved), [None, "jana", None])


def copied(text):
    into = "COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, status, phones) FROM STDIN (FORMAT csv)"
    with app.cursor() as cursor:
        try:
            if is_3:
                with cursor.copy(into) as copy:
                    copy.write(text)
            else:
                cursor.copy_expert(into, io.StringIO(text))
            return cursor.rowcount
        except driver.Error as error:
            return code(error)


def copy():
    check("COPY", copied('K-1,One,HOT,WEB,B2B,NEW,"[""+420603123456""]"\nK-2,Two,COLD,PHONE,B2C,WORKING,[]\n'), 2)
    check("is judged as any other write", copied("K-3,Three,HOT,WEB,B2B,NEW,[]\nK-4,Four,HOT,WEB,B2B,REJECTED,[]\n"), "LD001")
    check("as a whole", one("SELECT array_agg(key ORDER BY key) FROM lead.lead WHERE key LIKE 'K-%%'"), ["K-1", "K-2"])
    if is_3:
        with app.cursor().copy("COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, data_tags, emails) FROM STDIN") as copy:
            copy.write_row(("K-5", "Five", "HOT", "WEB", "B2B", ["a", "b c"], Json(["five@example.com"])))
        check("COPY of Python values", row("SELECT data_tags, emails FROM lead.lead WHERE key = 'K-5'"), (["a", "b c"], [{"value": "five@example.com"}]))


def plans():
    """psycopg 3 prepares a statement at its sixth execution, the server makes a generic plan of a later one."""
    move = "UPDATE lead.lead SET status = %s WHERE key = %s"
    check("a statement executed often", sum(row(move, "WORKING", f"B-{n}") for n in range(100, 120)), 20)
    if is_3:
        check("is prepared in the server", one("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'UPDATE lead.lead SET status%%'"), 1)
    row("INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('NEW', 'WORKING', false)", connection=admin)
    check("obeys a rule made meanwhile", code(refusal(move, "WORKING", "B-120")), "LD001")
    row("DELETE FROM lead.lead_status_rule", connection=admin)
    check("and when the rule is gone", row(move, "WORKING", "B-120"), 1)


def aborted():
    app.autocommit = False
    row("UPDATE lead.lead SET status = 'WORKING' WHERE key = 'B-200'")
    row("SAVEPOINT before")
    refused = "UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'B-201'"
    check("a refusal aborts the transaction", [code(refusal(refused)), code(refusal(refused))], ["LD006", "25P02"])
    row("ROLLBACK TO before")
    check("CALL of convert_all inside one is refused", code(refusal("CALL lead.convert_all('WORKING')")), "2D000")
    row("ROLLBACK TO before")
    row("UPDATE lead.lead SET status = 'WORKING' WHERE key = 'B-202'")
    app.commit()
    app.autocommit = True
    check("but to the savepoint", one("SELECT string_agg(status::text, ' ' ORDER BY key) FROM lead.lead WHERE key IN ('B-200', 'B-201', 'B-202')"), "WORKING NEW WORKING")
    check("CALL of convert_all outside", row("CALL lead.convert_all('WORKING', %s)", "B2C"), (1, 0))


all_kinds()
strings()
nulls()
errors()
optimistic_lock()
batches()
conversion()
actor()
copy()
plans()
aborted()
