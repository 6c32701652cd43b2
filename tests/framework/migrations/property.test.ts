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
  runs: 100,
})
