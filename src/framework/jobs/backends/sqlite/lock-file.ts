import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'

/** Where a worker proves that it lives: it keeps this file locked, and the kernel frees the lock. */
export function lockPath(path: string, worker: string): string {
  return `${path}-worker-${worker}`
}

const givesUpAfter = 5_000

/** Locks a file of one's own; one that was swept away before it was locked is made again. */
export function take(path: string): Database {
  const deadline = Date.now() + givesUpAfter
  for (;;) {
    const lock = new Sqlite(path, { timeout: givesUpAfter })
    try {
      lock.exec('begin exclusive')
      if (existsSync(path)) return lock
    } catch (error) {
      // That a file is gone may also be an error of reading it.
      if (Date.now() >= deadline) throw error
    }
    lock.close()
  }
}

/** Removes the lock files of workers that died before they were on the list. */
export function sweep(path: string, own: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (file.startsWith(lockPath(path, '')) && file !== own) hasEnded(file)
  }
}

/** Whether the worker that locked this file is gone: then anybody can lock it. */
export function hasEnded(path: string): boolean {
  if (!existsSync(path)) return true
  let lock: Database | undefined
  try {
    // A file that is gone by now must not be made anew: its worker may be making it.
    lock = new Sqlite(path, { timeout: 0, fileMustExist: true })
    lock.exec('begin exclusive')
    rmSync(path, { force: true })
    return true
  } catch {
    return false
  } finally {
    lock?.close()
  }
}
