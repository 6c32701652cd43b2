import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { createApp } from '../src/app'
import { listen } from '../src/framework/server/listen'

/** Serves `GET /` on a free port of the loopback and tells the parent where. */
async function main(kind: string): Promise<void> {
  process.on('disconnect', () => process.exit())
  process.send?.(kind === 'koa' ? await bareKoa() : await application())
}

async function application(): Promise<string> {
  const app = createApp({ DATABASE_URL: 'sqlite::memory:', AGENDA_URL: 'sqlite::memory:' })
  const { address } = await listen(app, { host: '127.0.0.1', port: 0 })
  return address
}

function bareKoa(): Promise<string> {
  const app = new Koa()
  app.use((ctx) => {
    ctx.body = { message: 'Hello World' }
  })
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

void main(process.argv[2] ?? '')
