import {
  getCreateIndexesSQL,
  getCreateLogsIndexesSQL,
  getCreateLogsTableSQL,
  getCreateTableSQL,
  getUpdateTimestampTriggerSQL,
} from '@agendajs/postgres-backend'
import type { ClientBase } from 'pg'
import type { StoreRole } from '../role'

const version = 'version 1'

/** Creates what is missing, once, however many processes open a database at the same moment. */
export async function createTables(client: ClientBase, role: StoreRole): Promise<void> {
  const marked = role === 'job store' ? 'agenda_changes' : 'agenda_results_changes'
  const { rows } = await client.query(
    `select obj_description(to_regclass('${marked}'), 'pg_class') as version`,
  )
  if (rows[0]?.version === version) return
  await client.query(`begin;
    select pg_advisory_xact_lock(hashtextextended('agenda schema', 0));
    ${role === 'job store' ? jobTables : resultTables}
    ${changesTable(marked)}
    comment on table ${marked} is '${version}';
    commit;`)
}

/** Of Agenda's indexes those that we use: for each of the others ours has a better one. */
const agendaIndexes = getCreateIndexesSQL('agenda_jobs').filter((sql) =>
  /single_job_idx|locked_at_idx/.test(sql),
)

// An id begins with the time, as ours do, so that the latest come first by id alone.
const timedId = `(overlay(overlay(gen_random_uuid()::text placing '7' from 15)
  placing regexp_replace(lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint),
    12, '0'), '^(.{8})', '\\1-') from 1))::uuid`

/**
 * Agenda's own table, with columns of ours beside: who holds a job by which claim, and what became
 * of it. Every statement may be run again. `following_at` is when a job that repeats is due after
 * the run that was begun, so that whoever takes it from a worker that died knows.
 */
const jobTables = `
  ${getCreateTableSQL('agenda_jobs')}
  alter table agenda_jobs
    add column if not exists start_date timestamptz,
    add column if not exists end_date timestamptz,
    add column if not exists skip_days jsonb,
    add column if not exists claim uuid,
    add column if not exists worker text,
    add column if not exists crashes integer not null default 0,
    add column if not exists following_at timestamptz,
    add column if not exists terminating boolean not null default false,
    add column if not exists state text not null default 'PENDING',
    add column if not exists attempts integer not null default 0,
    add column if not exists retries integer not null default 0,
    add column if not exists started_at timestamptz,
    add column if not exists finished_at timestamptz,
    add column if not exists result text,
    add column if not exists error text,
    alter column id set default ${timedId};
  ${agendaIndexes.join(';')};
  ${getUpdateTimestampTriggerSQL('agenda_jobs')}
  ${getCreateLogsTableSQL('agenda_logs')}
  ${getCreateLogsIndexesSQL('agenda_logs').join(';')};

  create index if not exists agenda_jobs_due on agenda_jobs (name, priority, next_run_at)
    where locked_at is null and not disabled and next_run_at is not null;
  create index if not exists agenda_jobs_state on agenda_jobs (name, state, id);
  create index if not exists agenda_jobs_finished on agenda_jobs (finished_at)
    where finished_at is not null;

  create table if not exists agenda_workers (
    id text primary key,
    host text not null,
    pid integer not null,
    concurrency integer not null,
    started_at timestamptz not null,
    seen_at timestamptz not null
  );

  create table if not exists agenda_uniques (
    key text primary key,
    id uuid not null,
    until timestamptz
  );
  create index if not exists agenda_uniques_job on agenda_uniques (id);
`

const resultTables = `
  create table if not exists agenda_results (
    id text primary key,
    name text not null,
    state text not null default 'PENDING',
    attempts integer not null default 0,
    retries integer not null default 0,
    claim text,
    worker text,
    started_at timestamptz,
    finished_at timestamptz,
    result text,
    error text
  );
  create index if not exists agenda_results_finished on agenda_results (finished_at)
    where finished_at is not null;
`

/** What was changed by one commit is one row; `xid` says which commit, see changes.ts. */
function changesTable(name: string): string {
  return `
  create table if not exists ${name} (
    seq bigint generated always as identity primary key,
    xid xid8 not null default pg_current_xact_id(),
    at timestamptz not null default now(),
    list json not null
  );
  create index if not exists ${name}_xid on ${name} (xid);
`
}
