/*
 * The PostgreSQL JDBC driver does what an application does with leads. Says
 * "ok - ..." or "not ok - ..." for each check; see clients.sh, which runs it.
 *
 *     java -cp postgresql.jar JdbcTest.java URL PASSWORD
 *
 * Role app (an agent) is the application, postgres the administrator.
 */
import java.io.StringReader;
import java.sql.*;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

public class JdbcTest {
	static final String INSERT = "INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES (?, ?, 'HOT', 'WEB', 'B2B')";

	static Connection app, admin;

	interface Work {
		void run() throws Exception;
	}

	public static void main(String[] args) throws Exception {
		app = DriverManager.getConnection(args[0], "app", args[1]);
		admin = DriverManager.getConnection(args[0], "postgres", args[1]);
		allKinds();
		strings();
		unspecified(args[0], args[1]);
		nulls();
		errors();
		optimisticLock();
		generatedKeys();
		batches();
		conversion();
		actor();
		copy();
		plans();
		aborted();
		procedure();
		metadata();
		app.close();
		admin.close();
	}

	// ---------------------------------------------------------------- checking

	static void is(String what, Object got, Object wanted) {
		String is = String.valueOf(got), should = String.valueOf(wanted);
		System.out.println((is.equals(should) ? "ok - " : "not ok - ") + what);
		if (!is.equals(should)) {
			System.out.println("# got:    " + is + "\n# wanted: " + should);
		}
	}

	/* What the server says against it, or null. */
	static ServerErrorMessage refusal(Work work) throws Exception {
		try {
			work.run();
			return null;
		} catch (BatchUpdateException e) {
			return ((PSQLException) e.getCause()).getServerErrorMessage();
		} catch (PSQLException e) {
			return e.getServerErrorMessage();
		}
	}

	static String code(ServerErrorMessage message) {
		return message == null ? "none" : message.getSQLState();
	}

	static List<Object> row(Connection connection, String query, Object... values) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(query)) {
			for (int i = 0; i < values.length; i++) {
				statement.setObject(i + 1, values[i]);
			}
			if (!statement.execute()) {
				return List.of(statement.getUpdateCount());
			}
			ResultSet result = statement.getResultSet();
			List<Object> row = new ArrayList<>();
			if (result.next()) {
				for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
					row.add(result.getObject(i));
				}
			}
			return row;
		}
	}

	static Object one(String query, Object... values) throws SQLException {
		return row(app, query, values).get(0);
	}

	static UUID lead(String key) throws SQLException {
		return (UUID) one(INSERT + " RETURNING id", key, "Party " + key);
	}

	// ---------------------------------------------------------------- the job

	static void allKinds() throws SQLException {
		UUID id = UUID.fromString("01890000-0000-7000-8000-000000000001");
		OffsetDateTime until = OffsetDateTime.of(2999, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC);
		try (PreparedStatement insert = app.prepareStatement("INSERT INTO lead.lead (id, key, status, party_name, lead_rating, priority,"
				+ " lead_source, phones, emails, data_tags, chars, lead_type, deferred_until, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
			PGobject emails = new PGobject();
			emails.setType("jsonb");
			emails.setValue("[{\"value\": \"Jo@Example.com\", \"primary\": true}]");
			insert.setObject(1, id);
			insert.setString(2, "J-1");
			insert.setObject(3, "LATER", Types.OTHER);
			insert.setString(4, "Žďár & synové");
			insert.setString(5, "HOT");
			insert.setObject(6, "HIGH", Types.OTHER);
			insert.setString(7, "WEB");
			insert.setObject(8, "[\"+420603123456\"]", Types.OTHER);
			insert.setObject(9, emails);
			insert.setArray(10, app.createArrayOf("text", new String[] {"a", " b, \"c\" ", ""}));
			insert.setObject(11, "{\"seats\": 3}", Types.OTHER);
			insert.setString(12, "B2B");
			insert.setObject(13, until);
			insert.setInt(14, 99);
			is("insert of all kinds of columns", insert.executeUpdate(), 1);
		}
		try (PreparedStatement select = app.prepareStatement("SELECT * FROM lead.lead WHERE id = ?")) {
			select.setObject(1, id);
			ResultSet lead = select.executeQuery();
			lead.next();
			is("uuid read back", lead.getObject("id", UUID.class), id);
			is("enums read back as strings", lead.getString("status") + lead.getObject("priority"), "LATERHIGH");
			is("text read back", lead.getString("party_name"), "Žďár & synové");
			is("jsonb list read back", lead.getString("phones"), "[{\"value\": \"+420603123456\"}]");
			is("jsonb object in a list read back", ((PGobject) lead.getObject("emails")).getValue(), "[{\"value\": \"Jo@example.com\", \"primary\": true}]");
			is("tags read back", Arrays.toString((String[]) lead.getArray("data_tags").getArray()), "[a, b, \"c\"]");
			is("chars read back", lead.getString("chars"), "{\"seats\": 3}");
			is("time read back", lead.getObject("deferred_until", OffsetDateTime.class).toInstant(), until.toInstant());
			is("version is the guard's", lead.getInt("version"), 1);
			is("audit columns filled", lead.getString("inserted_by") + lead.getObject("inserted_at", OffsetDateTime.class).isAfter(OffsetDateTime.now().minusMinutes(5)), "apptrue");
		}
	}

	static void strings() throws Exception {
		is("setString writes enums", row(app, "INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status, priority)"
			+ " VALUES ('J-2', 'x', 'HOT', 'WEB', 'B2B', ?, ?) RETURNING status::text, priority::text", "WORKING", "LOW"), "[WORKING, LOW]");
		is("setString in UPDATE too", one("UPDATE lead.lead SET status = ? WHERE key = ? RETURNING status", "NON_WORKING", "J-2"), "NON_WORKING");
		is("setString does not compare", code(refusal(() -> one("SELECT key FROM lead.lead WHERE status = ?", "NEW"))), "42883");
		is("but with a cast", one("SELECT key FROM lead.lead WHERE status = ?::lead.lead_status AND priority = CAST(? AS lead.lead_priority)", "NON_WORKING", "LOW"), "J-2");
		is("setString does not write jsonb", code(refusal(() -> one("UPDATE lead.lead SET chars = ? WHERE key = 'J-2'", "{}"))), "42804");
		is("but with a cast", one("UPDATE lead.lead SET chars = ?::jsonb WHERE key = 'J-2' RETURNING chars ->> 'a'", "{\"a\": 1}"), "1");
		is("setString does not compare uuid", code(refusal(() -> one("SELECT key FROM lead.lead WHERE id = ?", "01890000-0000-7000-8000-000000000001"))), "42883");
	}

	static void unspecified(String url, String password) throws SQLException {
		try (Connection loose = DriverManager.getConnection(url + "?stringtype=unspecified", "app", password)) {
			is("stringtype=unspecified needs no cast", row(loose, "UPDATE lead.lead SET chars = ?, phones = ?, status = ? WHERE status = ? AND key = ? RETURNING status::text, chars ->> 'b'",
				"{\"b\": 2}", "[]", "WORKING", "NON_WORKING", "J-2"), "[WORKING, 2]");
		}
	}

	static void nulls() throws SQLException {
		try (PreparedStatement insert = app.prepareStatement("INSERT INTO lead.lead VALUES (" + "?, ".repeat(28) + "?) RETURNING id, key, status, version, phones, data_tags, edited_by")) {
			for (int i = 1; i <= 29; i++) {
				insert.setNull(i, Types.NULL);
			}
			insert.setString(4, "Nulls");
			insert.setString(5, "HOT");
			insert.setString(8, "WEB");
			insert.setString(17, "B2B");
			ResultSet made = insert.executeQuery();
			made.next();
			is("setNull in every column that is made", made.getString("status") + made.getInt("version") + made.getString("phones") + made.getString("data_tags") + made.getString("edited_by"), "NEW1[]{}app");
			is("a key is made", made.getString("key").startsWith("LEAD-"), true);
		}
	}

	static void errors() throws Exception {
		UUID id = lead("J-3");
		ServerErrorMessage refused = refusal(() -> one("UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE id = ? RETURNING 1", id));
		is("SQLSTATE of a refused move", code(refused), "LD001");
		is("message", refused.getMessage(), "lead \"J-3\" cannot go from NEW to UNSUCCESSFUL");
		is("detail", refused.getDetail().startsWith("From NEW a lead may go to "), true);
		is("hint", refused.getHint(), "Allow the pair in lead.lead_status_rule.");
		is("place", refused.getSchema() + "." + refused.getTable() + "." + refused.getColumn() + " " + refused.getConstraint(), "lead.lead.status lead_status_transition");
		refused = refusal(() -> one("UPDATE lead.lead SET emails = '[\"no mail\"]' WHERE id = ? RETURNING 1", id));
		is("a contact that is not understood", code(refused) + " " + refused.getColumn(), "LD008 emails");
		refused = refusal(() -> one("INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES (?, 'HOT', 'WEB', 'NONE') RETURNING 1", "x"));
		is("an unknown code is a foreign key's error", code(refused) + " " + refused.getConstraint(), "23503 lead_lead_type_fkey");
		refused = refusal(() -> one(INSERT + " RETURNING 1", "J-3", "x"));
		is("a key that is taken is a unique key's error", code(refused) + " " + refused.getConstraint(), "23505 lead_key_key");
		refused = refusal(() -> one(INSERT + " RETURNING 1", null, null));
		is("a missing name names its column", code(refused) + " " + refused.getColumn(), "23502 party_name");
		is("history is not written by hand", code(refusal(() -> row(app, "DELETE FROM lead.lead_status_change"))), "42501");
	}

	static void optimisticLock() throws SQLException {
		lead("J-4");
		String update = "UPDATE lead.lead SET description = ? WHERE key = 'J-4' AND version = ?";
		is("an update with the version read", row(app, update, "first", 1), "[1]");
		is("finds no row with a stale one", row(app, update, "second", 1), "[0]");
		is("nothing is lost", one("SELECT description || version FROM lead.lead WHERE key = 'J-4'"), "first2");
	}

	static void generatedKeys() throws SQLException {
		try (PreparedStatement insert = app.prepareStatement(INSERT, new String[] {"id", "key", "version"})) {
			insert.setNull(1, Types.VARCHAR);
			insert.setString(2, "Generated");
			insert.executeUpdate();
			ResultSet keys = insert.getGeneratedKeys();
			keys.next();
			is("getGeneratedKeys gives id, key and version", keys.getObject("id", UUID.class).version() + keys.getString("key").substring(0, 5) + keys.getInt("version"), "7LEAD-1");
		}
	}

	static void batches() throws Exception {
		app.setAutoCommit(false);
		try (PreparedStatement insert = app.prepareStatement(INSERT, Statement.RETURN_GENERATED_KEYS)) {
			for (int i = 0; i < 500; i++) {
				insert.setString(1, "B-" + i);
				insert.setString(2, "Batch " + i);
				insert.addBatch();
			}
			int stored = Arrays.stream(insert.executeBatch()).sum();
			Set<UUID> ids = new HashSet<>();
			for (ResultSet keys = insert.getGeneratedKeys(); keys.next(); ) {
				ids.add(keys.getObject("id", UUID.class));
			}
			is("a batch of 500 with its ids", stored + " " + ids.size(), "500 500");
		}
		app.commit();
		try (PreparedStatement move = app.prepareStatement("UPDATE lead.lead SET status = ? WHERE key = ?")) {
			for (String[] step : new String[][] {{"WORKING", "B-0"}, {"UNSUCCESSFUL", "B-1"}, {"WORKING", "B-2"}}) {
				move.setString(1, step[0]);
				move.setString(2, step[1]);
				move.addBatch();
			}
			is("a refusal in a batch", code(refusal(move::executeBatch)), "LD001");
		}
		app.rollback();
		app.setAutoCommit(true);
		is("undoes the batch", one("SELECT string_agg(status::text, ' ' ORDER BY key) FROM lead.lead WHERE key IN ('B-0', 'B-1', 'B-2')"), "NEW NEW NEW");
	}

	static void conversion() throws Exception {
		UUID id = lead("J-5");
		List<Object> made = row(app, "SELECT customer_id, kind::text, version FROM lead.convert(?, reason => ?)", id, "signed");
		is("convert", made.subList(1, 3), "[CONVERTED, 2]");
		is("once more returns the same customer", one("SELECT customer_id FROM lead.convert(?)", id), made.get(0));
		is("the customer is there", one("SELECT name FROM lead.customer WHERE id = ?", made.get(0)), "Party J-5");
		is("a converted lead stays", code(refusal(() -> one("UPDATE lead.lead SET status = 'WORKING' WHERE id = ? RETURNING 1", id))), "LD001");
		UUID[] ids = {lead("J-6"), id, lead("J-7")};
		is("convert_many of an array", row(app, "SELECT string_agg(outcome, ' ' ORDER BY ord) FROM lead.convert_many(?)", app.createArrayOf("uuid", ids)), "[CONVERTED REPLAYED CONVERTED]");
		is("transition with setObject(OTHER)", transitioned(lead("J-8")), "REJECTED");
		is("allowed_transitions", one("SELECT via FROM lead.allowed_transitions(?) WHERE to_status = 'CONVERTED'", lead("J-9")), "convert");
	}

	static String transitioned(UUID id) throws SQLException {
		try (PreparedStatement move = app.prepareStatement("SELECT status FROM lead.transition(?, ?, reason => ?)")) {
			move.setObject(1, id);
			move.setObject(2, "REJECTED", Types.OTHER);
			move.setString(3, "no coverage");
			ResultSet lead = move.executeQuery();
			lead.next();
			return lead.getString(1);
		}
	}

	static void actor() throws SQLException {
		UUID id = lead("J-10");
		app.setAutoCommit(false);
		row(app, "SELECT set_config('lead.actor', ?, true)", "jana");
		row(app, "UPDATE lead.lead SET status = 'WORKING' WHERE id = ?", id);
		app.commit();
		app.setAutoCommit(true);
		row(app, "UPDATE lead.lead SET status = 'NON_WORKING' WHERE id = ?", id);
		is("the actor is that of one transaction", one("SELECT string_agg(coalesce(actor, '-') || '/' || changed_by, ' ' ORDER BY version) FROM lead.lead_status_change WHERE lead_id = ?", id), "-/app jana/app -/app");
	}

	static void copy() throws Exception {
		CopyManager copies = app.unwrap(PGConnection.class).getCopyAPI();
		String into = "COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, status, phones, data_tags) FROM STDIN (FORMAT csv)";
		is("CopyManager", copies.copyIn(into, new StringReader("K-1,One,HOT,WEB,B2B,NEW,\"[\"\"+420603123456\"\"]\",\"{a,b}\"\nK-2,Two,COLD,PHONE,B2C,WORKING,[],{}\n")), 2);
		is("is judged as any other write", code(refusal(() -> copies.copyIn(into, new StringReader("K-3,Three,HOT,WEB,B2B,NEW,[],{}\nK-4,Four,HOT,WEB,B2B,REJECTED,[],{}\n")))), "LD001");
		is("as a whole", one("SELECT string_agg(key || cardinality(data_tags), ' ' ORDER BY key) FROM lead.lead WHERE key LIKE 'K-%'"), "K-12 K-20");
	}

	/* The driver makes a prepared statement of the fifth execution, the server a generic plan of a later one. */
	static void plans() throws Exception {
		try (PreparedStatement move = app.prepareStatement("UPDATE lead.lead SET status = ? WHERE key = ?")) {
			int moved = 0;
			move.setString(1, "WORKING");
			for (int i = 100; i < 120; i++) {
				move.setString(2, "B-" + i);
				moved += move.executeUpdate();
			}
			is("a statement executed often", moved, 20);
			is("is prepared in the server", move.unwrap(PGStatement.class).isUseServerPrepare(), true);
			row(admin, "INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES (?, ?, false)", "NEW", "WORKING");
			move.setString(2, "B-120");
			is("and obeys a rule made meanwhile", code(refusal(move::executeUpdate)), "LD001");
			row(admin, "DELETE FROM lead.lead_status_rule");
			is("and when the rule is gone", move.executeUpdate(), 1);
		}
	}

	static void aborted() throws Exception {
		app.setAutoCommit(false);
		row(app, "UPDATE lead.lead SET status = 'WORKING' WHERE key = 'B-200'");
		Savepoint before = app.setSavepoint();
		Work refused = () -> row(app, "UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'B-201'");
		is("a refusal in a transaction", code(refusal(refused)), "LD006");
		is("aborts it", code(refusal(refused)), "25P02");
		app.rollback(before);
		row(app, "UPDATE lead.lead SET status = 'WORKING' WHERE key = 'B-202'");
		app.commit();
		app.setAutoCommit(true);
		is("but to the savepoint", one("SELECT string_agg(status::text, ' ' ORDER BY key) FROM lead.lead WHERE key IN ('B-200', 'B-201', 'B-202')"), "WORKING NEW WORKING");
	}

	static void procedure() throws Exception {
		is("CALL of convert_all outside a transaction", row(app, "CALL lead.convert_all('WORKING', ?)", "B2C").get(0), 1);
		app.setAutoCommit(false);
		is("is refused inside one", code(refusal(() -> row(app, "CALL lead.convert_all('WORKING')"))), "2D000");
		app.rollback();
		app.setAutoCommit(true);
	}

	static void metadata() throws SQLException {
		DatabaseMetaData metadata = app.getMetaData();
		ResultSet tables = metadata.getTables(null, "lead", "%", new String[] {"TABLE", "VIEW"});
		List<String> bare = new ArrayList<>();
		int seen = 0;
		for (; tables.next(); seen++) {
			if (tables.getString("REMARKS") == null) {
				bare.add(tables.getString("TABLE_NAME"));
			}
		}
		is("every table and view is listed with its comment", bare + " " + (seen > 20), "[] true");
		ResultSet columns = metadata.getColumns(null, "lead", "lead", "%");
		Map<String, String> types = new LinkedHashMap<>();
		for (; columns.next(); ) {
			types.put(columns.getString("COLUMN_NAME"), columns.getString("TYPE_NAME") + "/" + JDBCType.valueOf(columns.getInt("DATA_TYPE"))
				+ (columns.getString("IS_NULLABLE").equals("NO") && columns.getString("COLUMN_DEF") == null ? " required" : ""));
			if (columns.getString("REMARKS") == null) {
				bare.add(columns.getString("COLUMN_NAME"));
			}
		}
		is("so is every column of lead", bare + " " + types.size(), "[] 29");
		is("with its type", types.get("id") + ", " + types.get("status") + ", " + types.get("phones") + ", " + types.get("data_tags") + ", " + types.get("party_name") + ", " + types.get("key"),
			"uuid/OTHER, \"lead\".\"lead_status\"/VARCHAR, jsonb/OTHER, _text/ARRAY, text/VARCHAR required, text/VARCHAR");
		ResultSet keys = metadata.getPrimaryKeys(null, "lead", "lead_status_change");
		StringBuilder found = new StringBuilder();
		for (; keys.next(); ) {
			found.append(keys.getString("COLUMN_NAME")).append(keys.getInt("KEY_SEQ")).append(' ');
		}
		is("primary keys", found, "lead_id1 version2 ");
		ResultSet references = metadata.getImportedKeys(null, "lead", "person");
		found.setLength(0);
		for (; references.next(); ) {
			found.append(references.getString("FKCOLUMN_NAME")).append('>').append(references.getString("PKTABLE_NAME")).append(' ');
		}
		is("foreign keys", found, "customer_id>customer lead_id>lead ");
		ResultSet functions = metadata.getFunctionColumns(null, "lead", "transition", "%");
		found.setLength(0);
		for (; functions.next(); ) {
			if (functions.getInt("COLUMN_TYPE") == DatabaseMetaData.functionColumnIn) {
				found.append(functions.getString("COLUMN_NAME")).append(' ');
			}
		}
		is("arguments of functions", found, "lead_id to_status reason until processing_data ");
	}
}
