import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'

/** A server of a trial's own, which keeps on the disk what it has confirmed. */
export interface Server {
  readonly url: string
  /** Ends it without any notice. */
  kill(): Promise<void>
  /** Starts it again, with the same data; resolves when it answers. */
  resume(): Promise<void>
}

/** How servers of one kind are had. */
export interface ServerKind {
  /** What is missing here, and how to get it; undefined when nothing is. */
  missing(): string | undefined
  /** @param folder for its data, not there yet */
  start(folder: string): Promise<Server>
}

const startLimit = 30_000
const redis = 'redis-server'
const mongod = process.env.TEST_MONGOD ?? 'mongod'
const postgres = join(debianPostgres(), 'postgres')

/** Each kind of server that can keep jobs. */
export const serverKinds: Record<string, ServerKind> = {
  redis: { missing: () => missing(redis, 'redis-server'), start: startRedis },
  mongodb: { missing: () => missing(mongod, 'mongod (set TEST_MONGOD)'), start: startMongo },
  postgres: { missing: () => missing(postgres, 'PostgreSQL'), start: startPostgres },
}

function missing(program: string, what: string): string | undefined {
  const works = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
  return works ? undefined : `it needs ${what}, see CONTRIBUTING.md`
}

async function startRedis(folder: string): Promise<Server> {
  mkdirSync(folder)
  const port = await freePort()
  const kept = ['--dir', folder, '--appendonly', 'yes', '--save', '']
  const args = ['--port', String(port), '--bind', '127.0.0.1', ...kept]
  return started(`redis://127.0.0.1:${port}/0`, 'SIGKILL', () => run(redis, args), answersAt(port))
}

async function startMongo(folder: string): Promise<Server> {
  mkdirSync(folder)
  const port = await freePort()
  const place = ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder]
  const args = ['--replSet', 'chaos', ...place, '--wiredTigerCacheSizeGB', '0.25']
  const url = `mongodb://127.0.0.1:${port}/chaos?replicaSet=chaos`
  const answers = async () => {
    await answersAt(port)()
    await electPrimary(port)
  }
  return started(url, 'SIGKILL', () => run(mongod, args), answers)
}

/** A replica set of one, which is made by its first start. */
async function electPrimary(port: number): Promise<void> {
  const host = `127.0.0.1:${port}`
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`)
  const admin = client.db('admin')
  const members = [{ _id: 0, host }]
  await admin.command({ replSetInitiate: { _id: 'chaos', members } }).catch(() => {})
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) await sleep(20)
  await client.close()
}

async function startPostgres(folder: string): Promise<Server> {
  const owner = ownerOfPostgres()
  mkdirSync(folder)
  if (owner.uid !== undefined) {
    chownSync(folder, owner.uid, owner.gid ?? 0)
    // The trial's folder is closed to others, but this one must be reached.
    chmodSync(dirname(folder), 0o711)
  }
  const data = join(folder, 'data')
  const made = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']
  const { status, stderr } = spawnSync(join(debianPostgres(), 'initdb'), made, owner)
  if (status !== 0) throw new Error(`initdb could not make a cluster: ${stderr}`)
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder]
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  // Its own way to end at once: after SIGKILL its children hold its memory for a while.
  return started(url, 'SIGQUIT', () => run(postgres, args, owner), answersPostgres(url))
}

/** PostgreSQL refuses to run as root. */
function ownerOfPostgres(): { uid?: number; gid?: number; cwd: string } {
  if (process.getuid?.() !== 0) return { cwd: '/' }
  const id = (what: string) => Number(spawnSync('id', [what, 'postgres']).stdout)
  return { uid: id('-u'), gid: id('-g'), cwd: '/' }
}

/** Debian has the programs of each version in a folder of its own; elsewhere they are found by name. */
function debianPostgres(): string {
  const folder = '/usr/lib/postgresql'
  const version = existsSync(folder) ? readdirSync(folder).at(-1) : undefined
  return version === undefined ? '' : join(folder, version, 'bin')
}

function answersPostgres(url: string): () => Promise<void> {
  const { Client } = require('pg') as { Client: new (url: string) => PostgresClient }
  return async () => {
    for (;;) {
      const client = new Client(url)
      client.on('error', () => {})
      const connected = await client.connect().then(
        () => true,
        () => false,
      )
      await client.end().catch(() => {})
      if (connected) return
      await sleep(20)
    }
  }
}

interface PostgresClient {
  on(event: 'error', listener: () => void): void
  connect(): Promise<unknown>
  end(): Promise<void>
}

function run(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(program, args, { ...options, stdio: 'ignore' })
}

async function started(
  url: string,
  end: NodeJS.Signals,
  begin: () => ChildProcess,
  answers: () => Promise<void>,
): Promise<Server> {
  let child: ChildProcess | undefined
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(end)
    await ended
  }
  process.on('exit', () => child?.kill(end))
  const resume = async () => {
    child = begin()
    const late = sleep(startLimit, undefined, { ref: false }).then(() => {
      throw new Error(`The server of ${url} did not answer within ${startLimit} ms.`)
    })
    await Promise.race([answers(), late])
  }
  await resume()
  return { url, kill, resume }
}

function answersAt(port: number): () => Promise<void> {
  return async () => {
    for (;;) {
      const socket = connect(port, '127.0.0.1')
      const connected = await once(socket, 'connect').catch(() => undefined)
      socket.destroy()
      if (connected) return
      await sleep(20)
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
