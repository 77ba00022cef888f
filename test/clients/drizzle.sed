# What drizzle-kit 0.31 writes wrongly: two kinds of defaults, and the type jsonpath.
s/\.default(')/.default('')/
s/\.default(CURRENT_USER)/.default(sql`CURRENT_USER`)/
s/condition: json()/condition: text()/
