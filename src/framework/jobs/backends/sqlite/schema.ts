import type { Database } from 'better-sqlite3'

const version = 1

/**
 * The tables of the embedded job store. `jobs` holds what Agenda knows, times in milliseconds;
 * `results` what Atelier knows besides. A row of `results` is written in the same commit as the
 * change of its job.
 */
const tables = `
  create table jobs (
    id text primary key,
    name text not null,
    type text not null,
    priority integer not null default 0,
    data text,
    next_run_at integer,
    locked_at integer,
    claim text,
    last_run_at integer,
    last_finished_at integer,
    failed_at integer,
    fail_count integer,
    fail_reason text,
    repeat_interval text,
    repeat_timezone text,
    repeat_at text,
    disabled integer not null default 0,
    progress real,
    "unique" text,
    unique_opts text,
    debounce_started_at integer,
    start_date integer,
    end_date integer,
    skip_days text,
    fork integer,
    last_modified_by text
  ) without rowid;

  create index jobs_due on jobs (name, next_run_at, priority desc)
    where locked_at is null and disabled = 0 and next_run_at is not null;
  create index jobs_locked on jobs (name, locked_at) where locked_at is not null;
  create unique index jobs_single on jobs (name) where type = 'single';

  create table results (
    id text primary key,
    state text not null,
    attempts integer not null default 0,
    claim text,
    worker text,
    started_at integer,
    finished_at integer,
    result text,
    error text
  ) without rowid;

  create table workers (
    id text primary key,
    host text not null,
    pid integer not null,
    started_at integer not null,
    seen_at integer not null
  ) without rowid;
`

/** Creates the tables once, however many processes open a new file at the same moment. */
export function createTables(db: Database): void {
  if (db.pragma('user_version', { simple: true }) === version) return
  db.transaction(() => {
    if (db.pragma('user_version', { simple: true }) === version) return
    db.exec(tables)
    db.pragma(`user_version = ${version}`)
  }).immediate()
}
