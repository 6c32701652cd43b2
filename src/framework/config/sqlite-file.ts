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

const busyTimeout = 5_000
const busyPause = 20

/** The part of a better-sqlite3 database that preparing it needs. */
export interface SqlitePragmas {
  pragma(statement: string): unknown
}

/**
 * Sets what every SQLite file of ours has: a write-ahead log, so that readers and one writer do
 * not wait for each other, and 5 s of patience with other writers.
 */
export function prepareSqlite(db: SqlitePragmas): void {
  db.pragma(`busy_timeout = ${busyTimeout}`)
  useWriteAheadLog(db)
  db.pragma('synchronous = NORMAL')
  db.pragma('foreign_keys = ON')
}

// Several processes may turn a new file to WAL at once, and SQLite does not wait for that by itself.
function useWriteAheadLog(db: SqlitePragmas): void {
  const deadline = Date.now() + busyTimeout
  for (;;) {
    try {
      db.pragma('journal_mode = WAL')
      return
    } catch (error) {
      const busy = (error as { code?: string }).code?.startsWith('SQLITE_BUSY')
      if (!busy || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyPause)
    }
  }
}
