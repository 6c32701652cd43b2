import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { StoreUrl } from './url'

/** The path that a `sqlite:` URL means, relative ones counted from `root`; `:memory:` stays. */
export function sqlitePath(url: StoreUrl, root: string): string {
  const file = url.file ?? ''
  return file === ':memory:' ? file : resolve(root, file)
}

/** Why a SQLite file at `path` cannot be opened for writing, or undefined when it can. */
export function sqliteProblem(path: string): { why: string; hint: string } | undefined {
  if (path === ':memory:') return undefined
  const folder = dirname(path)
  if (!existsSync(folder)) {
    return {
      why: `the folder ${folder} does not exist`,
      hint: 'Create the folder, or correct the path.',
    }
  }
  if (!statSync(folder).isDirectory()) {
    return { why: `${folder} is not a folder`, hint: 'Correct the path.' }
  }
  if (existsSync(path) && statSync(path).isDirectory()) {
    return { why: `${path} is a directory`, hint: 'Name a file inside it.' }
  }
  // SQLite keeps its write-ahead log beside the file, so the folder must be writable too.
  const blocked = [folder, path].find((place) => existsSync(place) && !writable(place))
  return blocked
    ? { why: `${blocked} is not writable`, hint: 'Change its permissions, or use another path.' }
    : undefined
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const defaultPatience = 5_000
const busyPause = 20

/** The part of a better-sqlite3 database that preparing it needs. */
export interface SqlitePragmas {
  pragma(statement: string): unknown
}

/** Which losses of power a SQLite file survives: `FULL` all, `NORMAL` all but the last commits. */
export type Synchronous = 'NORMAL' | 'FULL'

/**
 * Sets what every SQLite file of ours has: a write-ahead log, so that readers and one writer do
 * not wait for each other.
 *
 * @param patience how long SQLite waits for other writers, in ms, with the event loop blocked
 * @throws the driver's error when the file is no database, or is still busy after that
 */
export function prepareSqlite(
  db: SqlitePragmas,
  patience = defaultPatience,
  synchronous: Synchronous = 'NORMAL',
): void {
  db.pragma(`busy_timeout = ${patience}`)
  useWriteAheadLog(db, patience)
  db.pragma(`synchronous = ${synchronous}`)
  db.pragma('foreign_keys = ON')
}

// Several processes may turn a new file to WAL at once, and SQLite does not wait for that by itself.
function useWriteAheadLog(db: SqlitePragmas, patience: number): void {
  const deadline = Date.now() + patience
  for (;;) {
    try {
      db.pragma('journal_mode = WAL')
      return
    } catch (error) {
      if (!isSqliteBusy(error) || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyPause)
    }
  }
}

/** Whether SQLite threw because another process was using the file: it may be tried again. */
export function isSqliteBusy(error: unknown): boolean {
  return (error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true
}
