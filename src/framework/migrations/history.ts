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
  const said = /^ \* Parent: (.+)$/m.exec(text)?.[1]?.trim()
  if (said === undefined) return undefined
  return said === 'none' ? [] : said.split(', ')
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

/** What is wrong with the order of the files, a sentence each. @param applied their names */
export function disorders(files: readonly MigrationFile[], applied: readonly string[]): string[] {
  const said: string[] = []
  const names = heads(files)
  if (names.length > 1)
    said.push(`${names.join(' and ')} were written side by side: none comes after the other.`)
  for (const { name, parents = [] } of files) {
    for (const parent of parents) {
      if (!files.some((file) => file.name === parent))
        said.push(`${name} comes after ${parent}, which is not there.`)
    }
  }
  const newest = [...applied].sort().at(-1) ?? ''
  const late = files.filter(({ name }) => name < newest && !applied.includes(name))
  for (const { name } of late)
    said.push(`${name} is older than ${newest}, which is applied already.`)
  return said
}
