import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A migration as its file tells of it. */
export interface MigrationFile {
  /** Without its ending, as in `20261124101500_create_users`. */
  readonly name: string
  readonly text: string
  /** What it comes after; undefined where the file does not say so. */
  readonly parents: readonly string[] | undefined
}

/** The migrations of a folder, in the order in which they are applied. */
export function readFiles(folder: string): MigrationFile[] {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const migrations = files.filter((file) => file.endsWith('.ts')).sort()
  return migrations.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return { name: file.replace(/\.ts$/, ''), text, parents: parentsIn(text) }
  })
}

function parentsIn(text: string): string[] | undefined {
  // The lines of the message come before it, and may say anything.
  const header = text.slice(0, text.indexOf('*/'))
  const said = [...header.matchAll(/^ \* Parent: (.+)$/gm)].at(-1)?.[1]?.trim()
  if (said === undefined) return undefined
  return said === 'none' ? [] : said.split(', ')
}

/** What a migration is for: the first line of the comment at the top of its file, if it has one. */
export function messageIn({ text }: MigrationFile): string | undefined {
  return /^\/\*\*\s+\* (.+)/.exec(text)?.[1]?.trim()
}

/** The tables that migrations make: those that may also be dropped when no model has them any more. */
export function createdIn(files: readonly MigrationFile[]): Set<string> {
  const made =
    /createTable(?:IfNotExists)?\(\s*(['"`])(.+?)\1|op: 'createTable',\s*table: (['"])(.+?)\3|op: 'renameTable',.*?\bto: (['"])(.+?)\5|renameTable\([^,]+,\s*(['"`])(.+?)\7/gs
  const names = files.flatMap(({ text }) =>
    [...text.matchAll(made)].map((match) => match[2] ?? match[4] ?? match[6] ?? match[8] ?? ''),
  )
  return new Set(names)
}

/** The newest migrations: those that no other comes after. Two of them have to be merged. */
export function heads(files: readonly MigrationFile[]): string[] {
  const after = parentsOf(files)
  const passed = new Set([...after.values()].flat())
  return files.map(({ name }) => name).filter((name) => !passed.has(name))
}

/** A file that does not say what it comes after comes after the one before it. */
function parentsOf(files: readonly MigrationFile[]): Map<string, readonly string[]> {
  return new Map(
    files.map(({ name, parents }, at) => {
      const before = files[at - 1]?.name
      return [name, parents ?? (before === undefined ? [] : [before])]
    }),
  )
}

/** Something that is wrong with the order of the migrations. */
export interface Disorder {
  /** Written side by side; after one that is not there, or is newer; older than one that is applied. */
  readonly kind: 'beside' | 'missing' | 'backwards' | 'late'
  /** A sentence that names the files. */
  readonly text: string
}

/** What is wrong with the order of the files, a sentence each. @param applied their names */
export function disorders(files: readonly MigrationFile[], applied: readonly string[]): string[] {
  return findDisorders(files, applied).map(({ text }) => text)
}

/**
 * Finds what is wrong with the order of the files. A file that does not say what it comes after
 * is in nobody's way; one that joins others makes their order among themselves right.
 *
 * @param applied the names of those that are applied
 */
export function findDisorders(
  files: readonly MigrationFile[],
  applied: readonly string[],
): Disorder[] {
  const order = parentsOf(files)
  return [...findBeside(files, order), ...findBroken(files), ...findLate(files, order, applied)]
}

type Order = ReadonlyMap<string, readonly string[]>

function findBeside(files: readonly MigrationFile[], order: Order): Disorder[] {
  const saying = new Set(files.filter(({ parents }) => parents).map(({ name }) => name))
  const ends = new Set(heads(files).flatMap((name) => nearest(name, saying, order) ?? []))
  const passed = new Set([...ends].flatMap((name) => [...ancestors(name, order)]))
  const names = [...ends].filter((name) => !passed.has(name))
  if (names.length < 2) return []
  const text = `${names.join(' and ')} were written side by side: none comes after the other.`
  return [{ kind: 'beside', text }]
}

/** The file itself, or the last one before it that says what it comes after. */
function nearest(name: string, saying: ReadonlySet<string>, order: Order): string | undefined {
  if (saying.has(name)) return name
  const before = order.get(name)?.[0]
  return before === undefined ? undefined : nearest(before, saying, order)
}

function ancestors(name: string, order: Order, found = new Set<string>()): Set<string> {
  for (const parent of order.get(name) ?? []) {
    if (!found.has(parent)) ancestors(parent, order, found.add(parent))
  }
  return found
}

function findBroken(files: readonly MigrationFile[]): Disorder[] {
  const names = new Set(files.map(({ name }) => name))
  return files.flatMap(({ name, parents = [] }) =>
    parents.flatMap((parent): Disorder[] => {
      const text = `${name} comes after ${parent}, which is`
      if (!names.has(parent)) return [{ kind: 'missing', text: `${text} not there.` }]
      return parent < name ? [] : [{ kind: 'backwards', text: `${text} newer by its name.` }]
    }),
  )
}

function findLate(
  files: readonly MigrationFile[],
  order: Order,
  applied: readonly string[],
): Disorder[] {
  const newest = [...applied].sort().at(-1) ?? ''
  const joined = files
    .filter(({ parents = [] }) => parents.length > 1)
    .map(({ name }) => ancestors(name, order))
    .filter((before) => before.has(newest))
  return files
    .filter(({ name }) => name < newest && !applied.includes(name))
    .filter(({ name }) => !joined.some((before) => before.has(name)))
    .map(({ name }) => ({
      kind: 'late',
      text: `${name} is older than ${newest}, which is applied already.`,
    }))
}
