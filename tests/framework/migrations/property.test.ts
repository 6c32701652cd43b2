import { freshDatabase, skipWithout } from '../../support/servers'
import { anySchemas } from './property'

anySchemas('SQLite', {
  connect: async () => ({
    config: {
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
      pool: {
        min: 1,
        max: 1,
        afterCreate: (connection: { pragma(text: string): void }, done: () => void) => {
          connection.pragma('foreign_keys = on')
          done()
        },
      },
    },
    drop: async () => {},
  }),
  skip: false,
  runs: 50,
})

for (const [title, kind, client] of [
  ['PostgreSQL', 'postgres', 'pg'],
  ['MariaDB', 'mysql', 'mysql2'],
] as const) {
  anySchemas(title, {
    connect: async () => {
      const { url, drop } = await freshDatabase(kind)
      return { config: { client, connection: url }, drop }
    },
    skip: skipWithout(kind),
    runs: 8,
  })
}
