import type { Application } from './framework/application'
import { readPackage } from './framework/config'
import { sayPending } from './framework/migrations/upgrade'
import { runProgram, type Service } from './framework/program'
import { listen } from './framework/server/listen'
import { logRequests } from './framework/server/log'

void runProgram(serve)

/** `npm start`: serves the application until a signal comes, then finishes what is in flight. */
async function serve(): Promise<Service> {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('./app') = require('./app')
  const app = createApp()
  logRequests(app)
  await app.ready()
  const server = await listen(app, { host: app.config.HOST, port: app.config.PORT })
  console.log(banner(app, server.address))
  await sayPending(app, (line) => console.error(line))
  return {
    async stop() {
      await server.close()
      await app.close()
    },
    async abort() {
      server.abort()
    },
  }
}

/** One line for each fact. */
function banner({ config }: Application, address: string): string {
  const { name, version } = readPackage(config.root)
  return [
    `${name} ${version}`,
    `  address      ${address}`,
    `  environment  ${config.NODE_ENV}`,
    `  database     ${config.DATABASE_URL}`,
    `  job store    ${config.AGENDA_URL}`,
  ].join('\n')
}
