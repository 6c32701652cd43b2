import type { Database } from 'better-sqlite3'

/**
 * The tables of the embedded job store as they came to be; a file has all of these steps or the
 * first few. `jobs` holds what Agenda knows, times in milliseconds; `results` what Atelier knows
 * besides. A row of `results` is written in the same commit as the change of its job.
 */
const steps = [
  `
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
`,
  // `following_at` is when a job that repeats is due after the run that was begun, so that whoever
  // takes it from a worker that died knows. `changes` grows at its end and is pruned at its start;
  // its last row stays, so that no number is given twice.
  `
  alter table jobs add column worker text;
  alter table jobs add column crashes integer not null default 0;
  alter table jobs add column following_at integer;
  alter table jobs add column terminating integer not null default 0;
  alter table results add column retries integer not null default 0;
  alter table workers add column concurrency integer not null default 0;

  drop index jobs_due;
  create index jobs_due on jobs (name, priority, next_run_at)
    where locked_at is null and disabled = 0 and next_run_at is not null;
  drop index jobs_locked;
  create index jobs_locked on jobs (locked_at) where locked_at is not null;
  create index jobs_held on jobs (worker) where worker is not null;

  create table changes (
    seq integer primary key,
    kind text not null,
    id text not null,
    name text not null,
    at integer not null,
    worker text,
    progress real
  );

  create table uniques (
    key text primary key,
    id text not null,
    until integer
  ) without rowid;

  create index results_finished on results (finished_at) where finished_at is not null;
`,
  // What is listed and counted is found by an index: `state` is a copy of
  // that of the result, made in the same commit, `status` what
  // Agenda would compute, save that 'waiting' is 'scheduled' or 'queued', as time goes by.
  `
  alter table jobs add column state text not null default 'PENDING';
  alter table jobs add column status text generated always as (case
    when locked_at is not null then 'running'
    when failed_at is not null and failed_at >= coalesce(last_finished_at, 0) then 'failed'
    when repeat_interval is not null then 'repeating'
    when next_run_at is not null then 'waiting'
    else 'completed' end) virtual;
  update jobs set state = coalesce((select state from results where results.id = jobs.id), state);

  drop index jobs_locked;
  drop index jobs_held;
  create index jobs_state on jobs (name, state);
  create index jobs_status on jobs (status, next_run_at, last_run_at);

  create index uniques_id on uniques (id);

  alter table changes add column note text;
  create table logs (
    seq integer primary key,
    timestamp integer not null,
    level text not null,
    event text not null,
    job_id text,
    job_name text not null,
    entry text not null
  );
  create index logs_timestamp on logs (timestamp);
`,
]

/** Creates what is missing, once, however many processes open a file at the same moment. */
export function createTables(db: Database): void {
  if (version(db) === steps.length) return
  db.transaction(() => {
    const done = version(db)
    for (const step of steps.slice(done)) db.exec(step)
    db.pragma(`user_version = ${Math.max(done, steps.length)}`)
  }).immediate()
}

function version(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number
}
