import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { ConfigError, type SettingProblem } from '../errors'
import { agendaSettings } from './agenda'
import { type Environment, integer, oneOf, readEnvironment, type Setting, text } from './env'
import { checkKeys } from './keys'
import { StoreUrl, storeUrl } from './url'

/** The three environments; NODE_ENV chooses one. */
export type EnvironmentName = 'development' | 'production' | 'test'

/** Every setting that the framework reads. A project adds its own in `defineConfig`. */
const frameworkSettings = {
  NODE_ENV: oneOf('development', 'production', 'test'),
  HOST: text(),
  PORT: integer(0, 65_535),
  DATABASE_URL: storeUrl('sqlite', 'postgres', 'mysql'),
  ...agendaSettings,
}

type Settings = Readonly<Record<string, Setting<unknown>>>
type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}
type FrameworkValues = Omit<Values<typeof frameworkSettings>, 'AGENDA_RESULTS_URL'> & {
  /** Where results live; absent when they live in the job store. */
  readonly AGENDA_RESULTS_URL?: Values<typeof frameworkSettings>['AGENDA_RESULTS_URL']
}

/** Settings as text or as numbers, by key: defaults and overrides. */
export type SettingValues = Readonly<Record<string, string | number | undefined>>

/** The settings of one application: read once, checked, frozen. `root` is the project's folder. */
export type Config<Own extends Settings = Record<never, never>> = FrameworkValues &
  Values<Own> & {
    readonly root: string
    /** The same settings with some replaced, checked again: what `createApp(overrides)` uses. */
    with(overrides: SettingValues): Config<Own>
  }

/** What `defineConfig` needs to know. */
export interface ConfigDefinition<Own extends Settings> {
  /** The project's folder: `.env` is read there, and SQLite files are relative to it. */
  root: string
  /** Settings of the project's own, by key. */
  settings?: Own
  /** Values where the environment says nothing. */
  defaults?: SettingValues
  /** Values that differ by environment; they win over `defaults`. */
  environments?: Partial<Record<EnvironmentName, SettingValues>>
  /** The environment to read. Default: this process's, over `.env`. */
  environment?: Environment
}

const frameworkDefaults: SettingValues = {
  HOST: '127.0.0.1',
  PORT: 3000,
  DATABASE_URL: 'sqlite:db.sqlite3',
  AGENDA_URL: 'sqlite:jobs.sqlite3',
  AGENDA_MAX_CONCURRENCY: 20,
  AGENDA_DEFAULT_CONCURRENCY: 5,
  AGENDA_DEFAULT_LOCK_LIFETIME: 30_000,
  AGENDA_PROCESS_EVERY: 1_000,
  AGENDA_RESULT_EXPIRES: 86_400_000,
  AGENDA_MAX_CRASHES: 3,
  AGENDA_THREADS: Math.max(1, availableParallelism() - 1),
  AGENDA_SYNCHRONOUS: 'NORMAL',
}

/**
 * Reads, checks and freezes the settings of a project.
 *
 * @returns one frozen object, shared by application, agenda and knexfile
 * @throws ConfigError listing every setting that is not usable, with key, value and expectation
 */
export function defineConfig<Own extends Settings = Record<never, never>>(
  definition: ConfigDefinition<Own>,
): Config<Own> {
  const root = resolve(definition.root)
  return build({ ...definition, root }, readEnvironment(root, definition.environment), {})
}

/** What is meant for this project: its keys, and all of the namespace, where a slip is told. */
function ours(environment: Environment, known: Settings): Environment {
  const meant = (key: string) => Object.hasOwn(known, key) || key.startsWith('AGENDA_')
  return Object.fromEntries(Object.entries(environment).filter(([key]) => meant(key)))
}

/** @param overrides what wins over everything; a NODE_ENV among them chooses its defaults too */
function build<Own extends Settings>(
  definition: ConfigDefinition<Own>,
  given: Environment,
  overrides: SettingValues,
): Config<Own> {
  const known: Settings = { ...frameworkSettings, ...definition.settings }
  const name = overrides.NODE_ENV ?? given.NODE_ENV ?? 'development'
  const chosen = definition.environments?.[name as EnvironmentName]
  const defaults = { ...frameworkDefaults, ...definition.defaults, ...chosen }
  const values = { ...defaults, ...ours(given, known), ...overrides, NODE_ENV: name }
  const settings = readSettings(known, values)
  const again = (more: SettingValues) => build(definition, given, { ...overrides, ...more })
  Object.defineProperty(settings, 'with', { value: again })
  return Object.freeze(Object.assign(settings, { root: definition.root })) as Config<Own>
}

function readSettings(known: Settings, values: SettingValues): Record<string, unknown> {
  const problems = checkKeys(Object.keys(values), Object.keys(known))
  const read = Object.entries(known).flatMap(([key, setting]) => {
    const value = readSetting(key, setting, values[key], problems)
    return value === undefined ? [] : [[key, value]]
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.fromEntries(read)
}

/** Adds to `problems` when the value is bad, or missing where one is needed. */
function readSetting(
  key: string,
  setting: Setting<unknown>,
  value: string | number | undefined,
  problems: SettingProblem[],
): unknown {
  if (value === undefined && key === 'AGENDA_RESULTS_URL') return undefined
  const seen = value === undefined ? '' : String(value)
  const result = setting.read(seen)
  if (result === undefined) {
    const shown = seen === '' ? 'nothing' : (setting.show?.(seen) ?? `'${seen}'`)
    problems.push({ key, seen: shown, expected: setting.expected })
  }
  return result
}

/** Every setting of a config as it could be given to `with`, passwords included. */
export function settingsOf(config: Config): Record<string, string | number> {
  const settings = Object.entries(config).filter(([key]) => key !== 'root')
  return Object.fromEntries(
    settings.map(([key, value]) => [
      key,
      value instanceof StoreUrl ? value.reveal() : (value as string | number),
    ]),
  )
}
