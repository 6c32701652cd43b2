import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadsTypeScript } from '../src/framework/thread'
import { row } from './figures'
import { benchApp, clock, stamp } from './pickup-worker'

const samples = 200

/** From `now()` to the task's first line in another process, beside a bare message to it. */
export async function pickup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'))
  const messages = await measure({}, bareMessages)
  console.log(row('a message to a child process, bare', 'ms', messages))
  const stores: Record<string, string | undefined> = {
    'sqlite:': `sqlite:${folder}/jobs.sqlite3`,
    'mongodb: (change stream)': process.env.TEST_MONGODB_URL,
  }
  for (const [name, url] of Object.entries(stores)) {
    if (!url) console.log(`  ${name} skipped: set TEST_MONGODB_URL`)
    else
      console.log(
        row(
          `now() to the task's first line, ${name}`,
          'ms',
          await measure({ url }, jobs),
          messages,
        ),
      )
  }
  rmSync(folder, { recursive: true })
}

async function measure(
  settings: { url?: string },
  sample: (worker: ChildProcess, url: string | undefined) => Promise<number[]>,
): Promise<number[]> {
  const worker = fork(join(__dirname, 'pickup-worker.ts'), [settings.url ?? ''], {
    execArgv: loadsTypeScript,
  })
  await once(worker, 'message')
  const values = await sample(worker, settings.url)
  worker.disconnect()
  await once(worker, 'exit')
  return values
}

async function bareMessages(worker: ChildProcess): Promise<number[]> {
  const values: number[] = []
  for (let index = 0; index < samples; index++) {
    await pause()
    const sent = clock()
    worker.send('ping')
    const [started] = (await once(worker, 'message')) as [number]
    values.push(started - sent)
  }
  return values
}

async function jobs(_worker: ChildProcess, url: string | undefined): Promise<number[]> {
  const app = benchApp(url ?? '')
  await app.queue.open()
  const values: number[] = []
  for (let index = 0; index < samples; index++) {
    await pause()
    const sent = clock()
    const job = await stamp.now()
    values.push((await job.result()) - sent)
  }
  await app.close()
  return values
}

/** Not in step with anybody's polling. */
function pause(): Promise<void> {
  return sleep(5 + Math.random() * 20)
}
