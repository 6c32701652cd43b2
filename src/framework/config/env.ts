import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** The environment as text: what the process was given, over what the file `.env` says. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the environment of this process together with `.env` in `root`; a variable that is set in
 * the process wins. An empty one counts as not set, as in `PORT= npm start`. With NODE_ENV=test the file is left alone, so that tests never meet the
 * database that somebody develops with.
 */
export function readEnvironment(root: string, given: Environment = process.env): Environment {
  const file = join(root, '.env')
  if (given.NODE_ENV === 'test' || !existsSync(file)) return filled(given)
  return { ...filled(parseEnv(readFileSync(file, 'utf8'))), ...filled(given) }
}

function filled(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
}

/** One kind of setting: how its text is read, and what is expected when it cannot be. */
export interface Setting<T> {
  readonly expected: string
  /** The value, or `undefined` when `text` does not say one. */
  read(text: string): T | undefined
  /** How a bad value is shown; a URL hides its password. Default: quoted. */
  show?(text: string): string
}

/** Any text that is not empty. */
export function text(): Setting<string> {
  return { expected: 'some text', read: (value) => value || undefined }
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Setting<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  const read = (value: string) => {
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN
    return number >= min && number <= max ? number : undefined
  }
  return { expected: `a whole number ${range}`, read }
}

/** One of the words given. */
export function oneOf<const W extends string>(...words: W[]): Setting<W> {
  return {
    expected: `one of ${words.join(', ')}`,
    read: (value) => words.find((word) => word === value),
  }
}
