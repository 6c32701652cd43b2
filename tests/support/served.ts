import { config } from '../../src/config'
import { Application, defineFeature, type Routes } from '../../src/framework/application'
import type { SettingValues } from '../../src/framework/config'
import { type Listening, listen } from '../../src/framework/server/listen'
import { mount } from '../../src/framework/server/middleware'

const memory = { DATABASE_URL: 'sqlite::memory:', AGENDA_URL: 'sqlite::memory:' }

/** An application that answers these routes, everything in memory. */
export function appServing(routes: Routes, settings: SettingValues = {}): Application {
  const feature = defineFeature({ name: 'tested', routes })
  const app = new Application(config.with({ NODE_ENV: 'test', ...memory, ...settings }), [feature])
  mount(app)
  return app
}

/** Runs `body` with `app` listening on a free port; ends both afterwards. */
export async function withServer(
  app: Application,
  body: (server: Listening) => Promise<void>,
): Promise<void> {
  const server = await listen(app, { host: '127.0.0.1', port: 0 })
  try {
    await body(server)
  } finally {
    server.abort()
    await server.close()
    await app.close()
  }
}
