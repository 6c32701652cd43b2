import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFile, cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Program } from '../support/process'

const root = join(__dirname, '../..')
const copied = ['src', 'migrations', 'scripts', 'package.json', 'tsconfig.json', 'knexfile.ts']

let project: string
let port: number

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'atelier-dev-'))
  for (const path of copied) await cp(join(root, path), join(project, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
  port = await freePort()
})

afterEach(() => rm(project, { recursive: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** `npm run dev` in the copy of the project, once its server answers. */
async function develop(): Promise<Program> {
  const settings = { NODE_ENV: 'development', PORT: String(port) }
  const dev = new Program('scripts/dev.ts', settings, [], project)
  await dev.printed(/job store/)
  dev.output = ''
  return dev
}

/** Saves the home feature so that GET / answers this, or any other code as its route. */
async function save(message: string, handler = `() => ({ message: '${message}' })`): Promise<void> {
  const code = `import { defineFeature, Routes } from '../../framework'
const routes = new Routes().get('/', {}, ${handler})
export default defineFeature({ name: 'home', routes })
`
  await writeFile(join(project, 'src/features/home/index.ts'), code)
}

async function message(): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  return ((await answer.json()) as { message: unknown }).message
}

/** Settles when nothing listens on the port any more. */
async function portIsFree(): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const refused = await once(socket, 'connect').catch(() => 'refused')
    socket.destroy()
    if (refused === 'refused') return
    await sleep(20)
  }
}

test('a saved change is served, and it is said which file changed', async () => {
  await using dev = await develop()
  await save('changed')
  await dev.printed(/src\/features\/home\/index\.ts changed\. Restarting…[\s\S]*job store/)
  assert.equal(await message(), 'changed')
})

test('many saves in quick succession restart it once', async () => {
  await using dev = await develop()
  for (let count = 1; count <= 10; count += 1) await save(`save ${count}`)
  await appendFile(join(project, 'src/app.ts'), '\n')
  await dev.printed(/job store/)
  assert.equal(await message(), 'save 10')
  assert.equal(dev.output.match(/Restarting/g)?.length, 1)
})

test('with a syntax error it keeps watching, until that is mended', async () => {
  await using dev = await develop()
  await save('', '() => {{')
  await dev.printed(/The feature home does not load[\s\S]*exit code 1\. Waiting for a change…/)
  await save('mended')
  await dev.printed(/job store/)
  assert.equal(await message(), 'mended')
})

test('with the port in use it says so and keeps watching', async () => {
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const settings = { NODE_ENV: 'development', PORT: String(port) }
  await using dev = new Program('scripts/dev.ts', settings, [], project)
  await dev.printed(/another program listens there already[\s\S]*Waiting for a change…/)
  other.close()
  await save('free again')
  await dev.printed(/job store/)
  assert.equal(await message(), 'free again')
})

test('a request in flight is finished by the old code, while the new one answers', async () => {
  await using dev = await develop()
  await save(
    '',
    `async () => { await new Promise((r) => setTimeout(r, 2000)); return { message: 'old' } }`,
  )
  await dev.printed(/job store/)
  dev.output = ''
  const slow = message()
  await sleep(100)
  await save('new')
  await dev.printed(/job store/)
  assert.equal(await message(), 'new')
  assert.equal(await slow, 'old')
})

test('code that hangs is ended by the next change', async () => {
  await using dev = await develop()
  await save('', '() => { for (;;); }')
  await dev.printed(/job store/)
  dev.output = ''
  message().catch(() => {})
  await sleep(100)
  await save('free again')
  await dev.printed(/job store/)
  assert.equal(await message(), 'free again')
})

test('a file .env that appears is read', async () => {
  await using dev = await develop()
  await writeFile(join(project, '.env'), 'DATABASE_URL=sqlite:other.sqlite3\n')
  await dev.printed(/\.env changed\.[\s\S]*sqlite:other\.sqlite3/)
})

test('what an editor leaves beside a file is no change', async () => {
  await using dev = await develop()
  for (const name of ['.app.ts.swp', 'app.ts~', '.#app.ts']) {
    await writeFile(join(project, 'src', name), '')
  }
  await save('real')
  await dev.printed(/job store/)
  assert.doesNotMatch(dev.output, /swp|~|#/)
})

test('Ctrl-C ends the server and the watcher, with exit code 0', async () => {
  await using dev = await develop()
  dev.signal('SIGINT')
  assert.equal(await dev.exit(), 0)
  await portIsFree()
})

test('a watcher that is killed leaves no server behind', async () => {
  await using dev = await develop()
  dev.child.kill('SIGKILL')
  await portIsFree()
})
