/**
 * The store's schema, one statement list per version; `PRAGMA user_version` tells how many are applied. Only ever
 * append.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE runs (
     id TEXT PRIMARY KEY, operation TEXT NOT NULL, subject TEXT NOT NULL, plan TEXT NOT NULL, status TEXT NOT NULL,
     operator TEXT NOT NULL, created_at TEXT NOT NULL, ended_at TEXT, error TEXT);
   CREATE TABLE steps (
     run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step_id TEXT NOT NULL, step TEXT NOT NULL, position INTEGER NOT NULL,
     status TEXT NOT NULL, attempts INTEGER NOT NULL, unchanged INTEGER NOT NULL, started_at TEXT, ended_at TEXT, outputs TEXT, error TEXT,
     PRIMARY KEY (run_id, step_id));
   CREATE TABLE effects (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step_id TEXT NOT NULL,
     inverse TEXT NOT NULL, temporary INTEGER NOT NULL, state TEXT NOT NULL);
   CREATE TABLE events (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, time TEXT NOT NULL,
     step_id TEXT, type TEXT NOT NULL, message TEXT NOT NULL);
   CREATE INDEX events_by_run ON events (run_id, seq);`,
  `CREATE TABLE parts (
     run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, part_id TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (run_id, part_id));
   ALTER TABLE steps ADD COLUMN part_id TEXT;`,
];
