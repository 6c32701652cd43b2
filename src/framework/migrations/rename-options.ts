import { RevisionError } from '../errors'
import type { Renames } from './compare/renames'
import { withNewNames } from './compare/renames'
import { type Both, type Candidate, candidates, noRenames } from './difference'

/** How renames are told from a column that goes while another comes. */
export interface RenameOptions {
  /** As in `users.name:username`, or `users:people` for a table. */
  readonly rename?: readonly string[]
  /** Whether what goes and what comes are never the same. Default: that is asked. */
  readonly renames?: boolean
  /** Asks somebody; undefined when nobody is there. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined
}

/**
 * Finds out what has got another name: what the options say, and what somebody answers.
 *
 * @throws RevisionError when an option names what is not there, or it is not known and nobody is
 *   there to ask
 * @throws whatever `ask` throws
 */
export async function resolveRenames(
  both: Both,
  { rename = [], renames = true, ask }: RenameOptions,
): Promise<Renames> {
  let known = readOptions(both, rename)
  if (!renames) return known
  const refused = new Set<string>()
  for (;;) {
    const candidate = candidates(both, known).find((one) => !refused.has(option(one)))
    if (!candidate) return known
    if (!ask) throw unknown(candidate)
    if (await ask(`${inWords(candidate)} Is it the same under another name?`)) {
      known = joined(known, candidate)
    } else refused.add(option(candidate))
  }
}

function option({ table, from, to }: Candidate): string {
  return `${table === undefined ? '' : `${table}.`}${from}:${to}`
}

function inWords({ table, from, to }: Candidate): string {
  const what = table === undefined ? 'table' : 'column'
  const whole = (name: string) => (table === undefined ? name : `${table}.${name}`)
  return `The ${what} '${whole(from)}' goes while '${whole(to)}' comes.`
}

function unknown(candidate: Candidate): RevisionError {
  return new RevisionError(
    inWords(candidate),
    `If it is the same under another name, add --rename ${option(candidate)}; if not, --no-renames.`,
  )
}

function joined(known: Renames, { table, from, to }: Candidate): Renames {
  return table === undefined
    ? { ...known, tables: [...known.tables, { from, to }] }
    : { ...known, columns: [...known.columns, { table, from, to }] }
}

/** Tables first, since columns go by the new names of their tables. */
function readOptions(both: Both, given: readonly string[]): Renames {
  const read = given.map(readOption)
  const tables = read.filter(({ table }) => table === undefined)
  const columns = read.filter(({ table }) => table !== undefined)
  const byNewName = (table: string) => tables.find(({ from }) => from === table)?.to ?? table
  let known = noRenames
  for (const one of tables) known = checked(both, known, one)
  for (const { table = '', ...names } of columns) {
    known = checked(both, known, { table: byNewName(table), ...names })
  }
  return known
}

function readOption(text: string): Candidate {
  const [, table, from, to] = /^(?:([^.:]+)\.)?([^.:]+):([^.:]+)$/.exec(text) ?? []
  if (from !== undefined && to !== undefined) return { table, from, to }
  throw new RevisionError(
    `--rename ${text} says no new name.`,
    'Write it as users.name:username, or users:people for a table.',
  )
}

function checked(both: Both, known: Renames, rename: Candidate): Renames {
  const flaw = flawOf(both, known, rename)
  if (flaw === undefined) return joined(known, rename)
  throw new RevisionError(`--rename ${option(rename)}: ${flaw}.`, 'Check the names.')
}

/** What is wrong with the names of an option. */
function flawOf(both: Both, known: Renames, { table, from, to }: Candidate): string | undefined {
  const { tables } = withNewNames(both.found, known)
  const isTable = table === undefined
  if (!isTable && !has(tables, table)) return `the database has no table ${table}`
  const before = isTable ? tables : columnsOf(tables, table)
  const after = isTable ? both.declared : columnsOf(both.declared, table)
  const what = isTable ? 'table' : 'column'
  if (isTable && both.foreign.includes(from)) return `no model and no migration made ${from}`
  const earlier = isTable ? known.tables : known.columns.filter((one) => one.table === table)
  if (earlier.some((one) => one.from === from)) return `${from} has got another name already`
  if (!has(before, from)) return `the database has no ${what} ${from}`
  if (!has(after, to)) return `no model declares a ${what} ${to}`
  return has(before, to) ? `the database has a ${what} ${to} already` : undefined
}

function has(all: readonly { readonly name: string }[], name: string): boolean {
  return all.some((one) => one.name === name)
}

function columnsOf(tables: Both['found'], name: string): readonly { name: string }[] {
  return tables.find((table) => table.name === name)?.columns ?? []
}
