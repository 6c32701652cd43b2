import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Program } from '../support/process'

const framework = join(__dirname, '../../src/framework')
const header = `import { runProgram } from ${JSON.stringify(join(framework, 'program'))}
import { StoreUnavailableError } from ${JSON.stringify(join(framework, 'errors'))}
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
`
// A service that says what happens to it, and never ends by itself.
const talkative = `{
  async stop() { console.log('stopping'); await work; console.log('stopped') },
  async abort() { console.log('aborted') },
}`

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-program-'))
})

after(() => rm(folder, { recursive: true }))

/** A program whose `start` has this body. */
async function program(start: string): Promise<Program> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.ts`)
  await writeFile(file, `${header}void runProgram(async () => {\n${start}\n})\n`)
  return new Program(file, {})
}

/** A service that is up; stopping it waits for `work`. */
async function service(work: string): Promise<Program> {
  const running = await program(`const work = ${work}
    setInterval(() => {}, 1000)
    console.log('up')
    return ${talkative}`)
  await running.printed(/up/)
  return running
}

test('a program that has done its work ends with 0', async () => {
  await using done = await program("console.log('done')")
  assert.equal(await done.exit(), 0)
  assert.equal(done.output, 'done\n')
})

test('an error of ours is one paragraph without a stack, and exit code 1', async () => {
  await using failed = await program(
    "throw new StoreUnavailableError('database', 'sqlite:x', 'it is gone', 'Look for it.')",
  )
  assert.equal(await failed.exit(), 1)
  assert.equal(failed.output, 'The database sqlite:x cannot be used: it is gone. Look for it.\n')
})

test('any other error is printed with its stack, and exit code 1', async () => {
  await using failed = await program("setInterval(() => {}, 1000)\nthrow new TypeError('a bug')")
  assert.equal(await failed.exit(), 1)
  assert.match(failed.output, /^TypeError: a bug\n {4}at .*\.ts:\d+/)
})

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  test(`${name} stops the service, and the program ends with 0 whatever is left open`, async () => {
    await using running = await service('wait(50)')
    running.signal(name)
    assert.equal(await running.exit(), 0)
    assert.equal(running.output, 'up\nstopping\nstopped\n')
  })
}

test('a second signal aborts, with the exit code of the signal', async () => {
  await using running = await service('wait(60_000)')
  running.signal('SIGINT')
  await running.printed(/stopping/)
  // Longer than the moment in which two signals count as one.
  await sleep(250)
  running.signal('SIGINT')
  assert.equal(await running.exit(), 130)
  assert.equal(running.output, 'up\nstopping\naborted\n')
})

test('a signal that comes twice within moments, as through npm, counts once', async () => {
  await using running = await service('wait(300)')
  running.signal('SIGINT')
  await running.printed(/stopping/)
  running.signal('SIGINT')
  assert.equal(await running.exit(), 0)
  assert.equal(running.output, 'up\nstopping\nstopped\n')
})

test('a signal during the start stops the service as soon as it is up', async () => {
  await using running = await program(`console.log('starting')
    await wait(100)
    console.log('up')
    const work = wait(0)
    return ${talkative}`)
  await running.printed(/starting/)
  running.signal('SIGTERM')
  assert.equal(await running.exit(), 0)
  assert.equal(running.output, 'starting\nup\nstopping\nstopped\n')
})

test('a stop that fails is printed, and exit code 1', async () => {
  await using running = await service("Promise.reject(new Error('stuck'))")
  running.signal('SIGTERM')
  assert.equal(await running.exit(), 1)
  assert.match(running.output, /Error: stuck/)
})

test('a program whose output nobody reads any more ends without a word', async () => {
  const file = join(folder, 'endless.ts')
  const endless = "setInterval(() => console.log('more'), 5)\nreturn { stop: async () => {} }"
  await writeFile(file, `${header}void runProgram(async () => {\n${endless}\n})\n`)
  const child = spawn(process.execPath, ['-r', './src/framework/register.cjs', file])
  const errors: string[] = []
  child.stderr.on('data', (text) => errors.push(String(text)))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  assert.deepEqual([code, errors], [141, []])
})

test('an error that nobody caught is printed, the service is aborted, and the exit code is 1', async () => {
  await using running = await program(`const work = Promise.resolve()
    setTimeout(() => { void Promise.reject(new Error('nobody caught this')) }, 10)
    setInterval(() => {}, 1000)
    return ${talkative}`)
  assert.equal(await running.exit(), 1)
  assert.match(running.output, /Error: nobody caught this/)
  assert.match(running.output, /aborted/)
})
