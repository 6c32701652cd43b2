import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Program } from '../support/process'

/** Runs the short form of a trial. @returns the line of its figures */
async function trial(name: string): Promise<string> {
  await using program = new Program('bench/chaos/index.ts', {}, [name, '--short'])
  const code = await program.exit()
  assert.equal(code, 0, program.output)
  const line = program.output.split('\n').find((each) => each.startsWith(`${name}: `))
  assert.ok(line, program.output)
  return line
}

describe('when workers are killed', () => {
  it('no job is lost, ended twice, run by two at a time or kept locked', async () => {
    const figures =
      /^kill9: 300 jobs, 3 workers, 10 kills, \d+ s: 0 lost, 0 finished twice, 0 overlapping claims, 0 still locked; \d+ run again, \d+ of them after their last line \(CHAOS_SEED=\d+\)$/
    assert.match(await trial('kill9'), figures)
  })

  it('their jobs run again within two seconds', async () => {
    const figures = /^rescue: 5 kills, .* median \d+ ms, longest (\d+) ms$/
    const [, longest] = figures.exec(await trial('rescue')) ?? []
    assert.ok(Number(longest) <= 2_000, `the longest rescue took ${longest} ms`)
  })

  it('a task that kills them is given up after three times, and only that', async () => {
    const figures =
      /^poison: began [123] times, then FAILURE with WorkerLostError; of 40 others 40 are done, 0 still locked$/
    assert.match(await trial('poison'), figures)
  })
})

// These mostly wait, so they need not wait for each other.
describe('when a worker stands still or stops', { concurrency: true }, () => {
  it('what it ends after its lock has expired is refused', async () => {
    const figures =
      /: 2 late finishes refused, 2 results of the new owner, 2 finishes accepted, 0 still locked$/
    assert.match(await trial('zombie'), figures)
  })

  it('a task that blocks the event loop past its lock keeps its lock', async () => {
    assert.match(await trial('busyloop'), /, 2 workers: 1 run, SUCCESS$/)
  })

  it('running jobs end in time, queued ones stay, and a second signal puts all back', async () => {
    const figures =
      /^shutdown: SIGTERM: exit 0 after \d+ ms, 20 done, 100 pending, 0 locked, 0 run again; twice: exit 143, 120 pending, 0 locked$/
    assert.match(await trial('shutdown'), figures)
  })
})

describe('when many processes use one store', () => {
  it('no error reaches anyone, nothing is lost, and no lock keeps an event loop', async () => {
    const figures = /^busy: \d+ jobs .*: 0 errors, 0 lost; \d+ lock waits .* longest [\d.]+ ms; /
    assert.match(await trial('busy'), figures)
  })

  it('those that send the same unique job at once make one', async () => {
    assert.match(await trial('unique'), /, 5 keys: at most 1 row and 1 id of a key$/)
  })
})

it('work goes on by itself, with nothing lost, when the server of the jobs comes back', async () => {
  const each =
    /^blink: ((redis|mongodb|postgres)( skipped: .*|: away .*, 0 lost, \d+ sends refused)(; |$)){3}/
  const figures = await trial('blink')
  assert.match(figures, each)
  if (process.env.CI === 'true') assert.doesNotMatch(figures, /skipped/)
})
