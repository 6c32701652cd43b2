import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RevisionError } from '../errors'
import { type MigrationFile, readFiles } from './history'

const longestSlug = 60

/**
 * The name of a new migration: after all that are there, whatever the clock says. Its letters are
 * those of ASCII, since not every file system gives back others as it took them.
 *
 * @throws RevisionError when no date comes after the name of a migration that is there
 */
export function fileName(message: string, date: Date, files: readonly MigrationFile[]): string {
  const slug = message
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^_/, '')
    .slice(0, longestSlug)
    .replace(/_$/, '')
  const newest = files.at(-1)?.name ?? ''
  const stamp = stampOf(date)
  const last = /^\d{14}/.exec(newest)?.[0] ?? ''
  const name = `${stamp > last ? stamp : next(last)}_${slug || 'revision'}`
  if (name > newest) return name
  throw new RevisionError(
    `Migrations are applied in the order of their names, and none that begins with a date comes after ${newest}.`,
    'Where no database has it yet, let its name begin with a date too.',
  )
}

function stampOf(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/\D/g, '')
}

/** One second later. */
function next(stamp: string): string {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(stamp)?.slice(1).map(Number) ?? []
  const [year = 0, month = 1, ...rest] = parts
  const [day, hour, minute, second = 0] = rest
  return stampOf(new Date(Date.UTC(year, month - 1, day, hour, minute, second + 1)))
}

/** The migrations of a project. @throws RevisionError when their folder cannot be read */
export function readMigrations(root: string): MigrationFile[] {
  return usable(root, 'read', () => readFiles(join(root, 'migrations')))
}

/**
 * Writes a migration: all of it or nothing.
 *
 * @param files the migrations that it comes after
 * @returns its path from the project's root
 * @throws RevisionError when it cannot be written, or there are others by now
 */
export function writeMigration(
  root: string,
  name: string,
  text: string,
  files: readonly MigrationFile[],
): string {
  const path = join('migrations', `${name}.ts`)
  usable(root, 'written', () => mkdirSync(join(root, 'migrations'), { recursive: true }))
  refuseOthers(root, files)
  const draft = join(root, 'migrations', `.${name}.${process.pid}`)
  usable(root, 'written', () => {
    try {
      writeFileSync(draft, text, { flush: true })
      renameSync(draft, join(root, path))
    } finally {
      if (existsSync(draft)) rmSync(draft)
    }
  })
  return path
}

/** Somebody else may have written one in the meantime: both would come after the same. */
function refuseOthers(root: string, files: readonly MigrationFile[]): void {
  const known = new Set(files.map(({ name }) => name))
  const others = readMigrations(root).filter(({ name }) => !known.has(name))
  if (others.length === 0) return
  throw new RevisionError(
    `Meanwhile another migration was written: ${others.map(({ name }) => name).join(', ')}.`,
    'Apply it and start again. Nothing was written.',
  )
}

function usable<T>(root: string, verb: 'read' | 'written', work: () => T): T {
  try {
    return work()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RevisionError(
      `The folder ${join(root, 'migrations')} cannot be ${verb}: ${why}.`,
      'Check that it is a folder, and whose it is.',
      error,
    )
  }
}
