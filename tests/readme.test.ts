import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Conversation } from './support/conversation'
import { Program } from './support/process'
import { scratchProject } from './support/scratch'

const root = join(__dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const scripts: Record<string, string> = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
).scripts
const run = promisify(execFile)

let project: Awaited<ReturnType<typeof scratchProject>>
let environment: Record<string, string>
/** What the reader has running: a prompt, a worker and a server, each by its command. */
const running = new Map<string, Program>()
let prompt: Conversation | undefined

before(async () => {
  project = await scratchProject()
  // The reader's shell has no settings; only the port must not meet somebody else's.
  environment = { NODE_ENV: 'development', PORT: String(await freePort()) }
})

after(async () => {
  await prompt?.end()
  for (const program of running.values()) await program[Symbol.asyncDispose]()
  await project.drop()
})

const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, kind = '', text = '']) => ({
  kind,
  text,
}))

for (const [index, { kind, text }] of blocks.entries()) {
  const title = text.split('\n', 1)[0]
  test(`README block ${index + 1} does what it shows: ${title}`, () => perform(kind, text))
}

test('the code that the README shows is well typed', async () => {
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], {
    cwd: project.folder,
  })
})

test('every command that the README names is a script of the project', () => {
  const named = [...readme.matchAll(/`npm (?:run (?:-s )?)?(\w+)/g)].map(([, name = '']) => name)
  const missing = named.filter((name) => name !== 'ci' && scripts[name] === undefined)
  assert.deepEqual(missing, [])
})

async function perform(kind: string, text: string): Promise<void> {
  if (kind === 'ts') return writeCode(text)
  if (kind === 'sh') {
    for (const command of text.trim().split('\n')) await start(command)
    return
  }
  assert.equal(kind, 'console', `a block of kind ${kind} cannot be run`)
  for (const { asked, answer } of exchanges(text)) {
    const atShell = asked.startsWith('$ ')
    const given = atShell ? await shell(asked.slice(2)) : await prompt?.ask(asked.slice(2))
    assert.equal(given?.trimEnd(), answer.trimEnd(), asked)
  }
}

/** A transcript as pairs: what is typed, and the lines that come back. */
function exchanges(transcript: string): { asked: string; answer: string }[] {
  return [...transcript.matchAll(/^([>$] .*)\n((?:(?![>$] ).*\n)*)/gm)].map(
    ([, asked = '', answer = '']) => ({
      asked,
      answer,
    }),
  )
}

async function writeCode(text: string): Promise<void> {
  const path = /^\/\/ (\S+)\n/.exec(text)?.[1]
  assert.ok(path, 'a ts block names its file in its first line')
  const file = join(project.folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text.slice(text.indexOf('\n') + 1))
}

/** Starts what goes on running, anew when it runs already; runs what ends by itself. */
async function start(command: string): Promise<void> {
  const programs: Record<string, [file: string, ready: RegExp]> = {
    'npm run agenda': ['src/worker.ts', /Ready/],
    'npm start': ['src/server.ts', /job store/],
  }
  if (command === 'npm ci') return assertInstallable()
  if (command === 'npm run repl') return openPrompt()
  const program = programs[command]
  if (!program) return void (await shell(command))
  const [file, ready] = program
  await stop(command)
  const started = new Program(file, environment, [], project.folder)
  running.set(command, started)
  await started.printed(ready)
}

async function stop(command: string): Promise<void> {
  const program = running.get(command)
  if (!program) return
  program.signal('SIGINT')
  assert.equal(await program.exit(), 0)
}

/** What `npm ci` asks before it installs: that the lock file fits package.json. */
async function assertInstallable(): Promise<void> {
  await run('npm', ['ci', '--dry-run', '--ignore-scripts', '--offline'], { cwd: root })
}

async function openPrompt(): Promise<void> {
  await prompt?.end()
  prompt = new Conversation(new Program('repl.ts', environment, [], project.folder))
  // What it says before its first line is no answer.
  await prompt.ask('')
}

async function shell(command: string): Promise<string> {
  const options = { cwd: project.folder, env: { ...process.env, ...environment } }
  const { stdout } = await run(
    'sh',
    ['-c', command.replaceAll(':3000', `:${environment.PORT}`)],
    options,
  )
  return stdout
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
