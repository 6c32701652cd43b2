import { statSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { parseArgs } from 'node:util'
import type { Application } from '../application'
import { MigrationError, RevisionError } from '../errors'
import { readFiles } from './history'
import { pendingFilesByReading } from './pending'
import type { RevisionOptions, Say } from './revision'

/** A command for the prompt, as the console takes it. */
export interface PromptCommand {
  readonly name: string
  readonly help: string
  run(argument: string, tools: PromptTools): Promise<void>
}

interface PromptTools {
  readonly say: Say
  readonly ask: RevisionOptions['ask']
}

/** `.migrate` and `.revision`, for the console. */
export function migrationCommands(app: Application): PromptCommand[] {
  return [
    {
      name: 'migrate',
      help: 'Apply the migrations that are pending',
      run: (argument, { say }) => migrate(app, argument, say),
    },
    {
      name: 'revision',
      help: `Write a migration from the models: .revision "what changes" ${optionsInWords}`,
      run: (argument, tools) => revision(app, argument, tools),
    },
  ]
}

/** Says how a console should apply what is pending. */
export const advice = 'apply with .migrate here, or npx knex migrate:latest'

const optionsInWords = '[--rename users.name:username] [--no-renames] [--dry-run] [--strict]'

async function migrate(app: Application, argument: string, say: Say): Promise<void> {
  if (argument !== '') {
    throw new MigrationError(
      `.migrate applies all that is pending, and takes no '${argument}'.`,
      'For more there is: npm run db -- --help',
    )
  }
  const { upgrade }: typeof import('./db') = require('./db')
  await upgrade(app, {}, say)
  await readColumnsAgain(app)
}

// Objection remembers the columns of each table that it has joined.
async function readColumnsAgain({ models, db }: Application): Promise<void> {
  // What is bound to an application comes from what features import.
  const all = Object.values(models).flatMap((model) => [model, Object.getPrototypeOf(model)])
  for (const model of all as (typeof models)[string][]) {
    if (model.tableMetadata()) await model.fetchTableMetadata({ knex: db, force: true })
  }
}

async function revision(
  app: Application,
  argument: string,
  { say, ask }: PromptTools,
): Promise<void> {
  const options = readRevision(argument)
  for (const file of editedSince(app.config.root)) {
    say(`${file} was edited after it was loaded; start again to compare with that.`)
  }
  const { revise }: typeof import('./revision') = require('./revision')
  const path = await revise(app, { ...options, ask }, say)
  if (path) say('Here .migrate does the same.')
}

/**
 * Reads what stands after `.revision`: the words of the message, in quotes or without, and options.
 *
 * @throws RevisionError when there is an option that it does not have
 */
export function readRevision(argument: string): RevisionOptions {
  const words = [...argument.matchAll(/"([^"]*)"|'([^']*)'(?=\s|$)|(\S+)/g)]
  const args = words.map(([, double, single, plain]) => double ?? single ?? plain ?? '')
  const { values, positionals } = parsed(args)
  const { rename = [], 'no-renames': noRenames = false, 'dry-run': dryRun = false } = values
  const message = positionals.join(' ').trim() || 'revision'
  return { message, rename, renames: !noRenames, dryRun, strict: values.strict ?? false }
}

function parsed(args: string[]) {
  const options = {
    rename: { type: 'string', multiple: true },
    'no-renames': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    strict: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [why] = String((error as Error).message).split(/\. |\n/)
    throw new RevisionError(`.revision: ${why}.`, `It takes "what changes" ${optionsInWords}`)
  }
}

/** Project files that were edited since this process has them, by their path in the project. */
function editedSince(root: string): string[] {
  const began = Date.now() - process.uptime() * 1000
  return Object.keys(require.cache)
    .filter((file) => file.startsWith(`${root}${sep}src${sep}`))
    .filter((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > began)
    .map((file) => relative(root, file))
}

/**
 * Looks whether the models declare what a migrated database has; for development, where somebody
 * may have forgotten the revision. Never rejects: what is wrong with a model, `.revision` says.
 *
 * @returns a line, when they differ
 */
export async function drift({ config, db, models }: Application): Promise<string | undefined> {
  if (config.NODE_ENV !== 'development') return undefined
  try {
    const { operationsOf, readBoth }: typeof import('./difference') = require('./difference')
    const folder = `${config.root}/migrations`
    if ((await pendingFilesByReading(db, folder)).length > 0) return undefined
    const both = await readBoth({ db, models }, readFiles(folder))
    const { length } = operationsOf(both, { tables: [], columns: [] })
    if (length === 0) return undefined
    const points = length === 1 ? '1 point' : `${length} points`
    return `Models and database differ in ${points}; write a migration with .revision "what changes"`
  } catch {
    return undefined
  }
}
