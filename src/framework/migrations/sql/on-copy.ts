import type { Knex } from 'knex'
import { inlined } from './literals'
import { bare, isRead } from './query'
import { type Database, driverOf, openRecording, type Recorder, Refusal } from './recorder'
import type { Script } from './script'

/**
 * Opens a copy of a SQLite database in memory, with its rows: migrations really run there, and find
 * what those before have done.
 */
export async function openOnCopy(database: Database, script: Script): Promise<Recorder> {
  const driver = driverOf(database.db)
  // Knex gives the name of the file to the driver as it is, and the driver also takes a whole file.
  const filename = (await bytesOf(database.db)) as unknown as string
  const refusal = new Refusal()
  const db = openRecording(
    database,
    { connection: { filename } },
    refusal,
    async (query, connection, run) => {
      if (/^(attach|vacuum\s+into)\b/i.test(bare(query.sql, driver))) {
        refusal.because(`it writes to another file: ${query.sql}`)
      }
      const answered = await run()
      if (!isRead(query.sql, driver)) script.add(inlined(query, driver, connection))
      return answered
    },
  )
  return { db, refusal, close: () => db.destroy() }
}

async function bytesOf(db: Knex): Promise<Buffer> {
  const client = db.client as Knex.Client
  const connection = (await client.acquireConnection()) as { serialize(): Buffer }
  try {
    const bytes = connection.serialize()
    // What says in a file that it has a write-ahead log, which memory cannot have.
    if (bytes.length > 0) bytes.fill(1, 18, 20)
    return bytes
  } finally {
    await client.releaseConnection(connection)
  }
}
