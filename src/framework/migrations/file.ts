import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MigrationFile } from './history'

const longestSlug = 60

/** The name of a new migration: after all that are there, whatever the clock says. */
export function fileName(message: string, date: Date, files: readonly MigrationFile[]): string {
  const slug = message
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, longestSlug)
    .replaceAll(/^_+|_+$/g, '')
  const newest = files.at(-1)?.name.slice(0, 14) ?? ''
  const stamp = stampOf(date)
  const after = stamp > newest || !/^\d{14}$/.test(newest) ? stamp : next(newest)
  return `${after}_${slug || 'revision'}`
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

/** Writes a migration. @returns its path from the project's root */
export function writeMigration(root: string, name: string, text: string): string {
  const path = join('migrations', `${name}.ts`)
  mkdirSync(join(root, 'migrations'), { recursive: true })
  writeFileSync(join(root, path), text, { flag: 'wx' })
  return path
}
