# SPDX-License-Identifier: MIT
# SQLite's shell: 100,000 inserts in transactions, an index, an integrity check.
#binary sqlite3
cd /tmp
awk 'BEGIN { print "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL);"
	for (i = 0; i < 100; i++) {
		print "BEGIN;"
		for (j = 1; j <= 1000; j++) {
			n = i * 1000 + j
			printf "INSERT INTO t(name, value) VALUES('\''name %d'\'', %d.5);\n", (n * 7919) % 100003, n
		}
		print "COMMIT;"
	} }' > inserts.sql
/usr/bin/sqlite3 test.db < inserts.sql; echo $?
/usr/bin/sqlite3 test.db 'CREATE INDEX byname ON t(name); SELECT count(*), sum(value), min(name), max(name) FROM t;'
/usr/bin/sqlite3 test.db "SELECT id FROM t WHERE name = 'name 4242';" 'PRAGMA integrity_check;'
/usr/bin/sqlite3 test.db 'BEGIN; DELETE FROM t WHERE id % 2; SELECT count(*) FROM t; ROLLBACK; SELECT count(*) FROM t;'
/usr/bin/sqlite3 test.db 'DELETE FROM t WHERE id > 50000; VACUUM; PRAGMA integrity_check;'
/usr/bin/sqlite3 test.db 'PRAGMA journal_mode=TRUNCATE; UPDATE t SET value = value + 1; SELECT sum(value) FROM t;'
/usr/bin/sqlite3 test.db .dump | grep -c INSERT
# Two at once: one has the lock, the other says so.
{ echo 'BEGIN EXCLUSIVE;'; echo '.shell touch locked; while [ ! -e tried ]; do :; done'; echo 'COMMIT;'; } |
	/usr/bin/sqlite3 test.db &
while [ ! -e locked ]; do :; done
/usr/bin/sqlite3 test.db 'INSERT INTO t(name) VALUES(1);' 2>&1; echo $?
touch tried; wait
/usr/bin/sqlite3 test.db 'INSERT INTO t(name) VALUES(1); SELECT count(*) FROM t;'
#linux
