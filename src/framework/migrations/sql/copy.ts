import type { Knex } from 'knex'
import { execute } from '../dialects'
import { openMysqlCopy } from './copy-mysql'
import { openPostgresCopy } from './copy-postgres'
import { bare, type Query, withoutTexts } from './query'
import { type Database, driverOf, respond } from './recorder'

/** A copy of all tables on which changes are tried. */
export interface Copy {
  /**
   * @param changes all that were made so far: those that are new are made in the copy first
   * @returns what the driver answers
   * @throws Error when a change cannot be made there
   */
  ask(query: Query, changes: readonly string[]): Promise<unknown>
  close(): Promise<void>
}

/** @throws the database's error when there is no room for one, or a table cannot be made anew */
export async function openCopy(database: Database): Promise<Copy> {
  const driver = driverOf(database.db)
  const open = driver === 'pg' ? openPostgresCopy : openMysqlCopy
  const place = await open(database)
  let done = 0
  return {
    async ask(query, changes) {
      for (; done < changes.length; done++) await make(place.db, changes[done] as string, driver)
      return respond(place.db, place.translate(query))
    },
    close: place.close,
  }
}

const ofTables =
  /^((create|drop)\s+((unique|fulltext|temporary)\s+)?(table|index|type)|alter\s+(table|index|type)|rename\s+table|comment\s+on|set)\b/i
const ofOthers =
  /^((create|drop|alter)\s+.*\b(view|function|procedure|trigger|event|sequence|extension|schema|policy|role|user)|grant|revoke|refresh|vacuum)\b/i
const qualified = /[`"\w]\s*\.\s*[`"a-z_]/i

/** What is about anything else than tables is left out: a table that depends on it then fails. */
async function make(db: Knex, sql: string, driver: string): Promise<void> {
  const words = bare(sql, driver)
  const isOfTables = ofTables.test(words)
  if (!isOfTables && ofOthers.test(words)) return
  const isElsewhere = words.includes(';') || qualified.test(withoutTexts(sql, driver))
  if (!isOfTables || isElsewhere) throw new Error(`it cannot be tried there: ${sql}`)
  await execute(db, sql)
}
