import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { loadsTypeScript } from '../src/framework/thread'
import { row } from './figures'

const rounds = 3
const seconds = 3
const connections = 32

/** `GET /` through the whole stack, beside a Koa application that does nothing else. */
export async function http(): Promise<void> {
  const servers: Record<string, string> = {
    'bare Koa': 'koa',
    'the application (production)': 'atelier',
  }
  const rates = new Map(Object.keys(servers).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, kind] of Object.entries(servers)) rates.get(name)?.push(await rate(kind))
  }
  const base = rates.get('bare Koa')
  for (const [name, values] of rates) console.log(row(name, 'requests/s', values, base))
}

async function rate(kind: string): Promise<number> {
  const server: ChildProcess = fork(join(__dirname, 'http-server.ts'), [kind], {
    execArgv: loadsTypeScript,
    // What it logs is written and thrown away, as a log collector would take it.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [url] = (await once(server, 'message')) as [string]
  const result = await autocannon({ url, connections, duration: seconds })
  server.kill('SIGKILL')
  await once(server, 'exit')
  return result.requests.average
}
