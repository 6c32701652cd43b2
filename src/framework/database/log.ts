import { inspect } from 'node:util'
import type { Knex } from 'knex'

/**
 * Where Knex's warnings go: to stderr, since stdout belongs to what a program answers. That a
 * connection could not be had is not repeated here: the error itself says so.
 */
export const knexLog: Knex.Logger = { warn, error: write, deprecate: write, debug: write }

function warn(message: unknown): void {
  if (!String(message).startsWith('Acquire connection error')) write(message)
}

function write(message: unknown): void {
  process.stderr.write(`${typeof message === 'string' ? message : inspect(message)}\n`)
}
