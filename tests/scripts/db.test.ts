import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { Program } from '../support/process'
import { scratchProject } from '../support/scratch'

let project: Awaited<ReturnType<typeof scratchProject>>

before(async () => {
  project = await scratchProject()
})
after(() => project.drop())

/** Runs `npm run db` in a copy of the project: its exit code, and what it printed. */
async function db(args: string[], settings: Record<string, string> = {}) {
  const given = { NODE_ENV: 'production', DATABASE_URL: 'sqlite:db.sqlite3', ...settings }
  await using program = new Program('scripts/db.ts', given, args, project.folder)
  const code = await program.exit()
  return { code, output: program.output }
}

test('the migration of a new project is applied, shown and undone', async () => {
  const name = '20261125000000_create_users'
  const commands = [['upgrade'], ['upgrade', '1'], ['current'], ['downgrade'], ['history']]
  const printed: string[] = []
  for (const args of commands) {
    const { code, output } = await db(args)
    assert.equal(code, 0, output)
    printed.push(output)
  }
  const nothing = 'Nothing to do: no migration is pending.\n'
  const expected = [
    `Applied ${name}\n`,
    nothing,
    `${name}\n`,
    `Undid ${name}\n`,
    `pending  ${name}\n`,
  ]
  assert.deepEqual(printed, expected)
})

test('wrong usage is exit code 2', async () => {
  const wrong = [[], ['sideways'], ['upgrade', '0'], ['upgrade', 'two'], ['downgrade', '1.5']]
  for (const args of [...wrong, ['downgrade', '-1'], ['current', '1']]) {
    const { code, output } = await db(args)
    assert.equal(code, 2, `${args}: ${output}`)
    assert.notEqual(output, '')
  }
})

test('a server that does not answer is one paragraph within 5 s, without password', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const DATABASE_URL = `postgres://me:hunter22@127.0.0.1:${port}/app`
  const began = Date.now()
  const { code, output } = await db(['upgrade'], { DATABASE_URL })
  assert.match(
    output,
    /^The database postgres:\/\/me:\*\*\*@127\.0\.0\.1:\d+\/app cannot be used: .*\n$/,
  )
  assert.doesNotMatch(output, /hunter22/)
  assert.equal(code, 1)
  assert.ok(Date.now() - began < 7_000)
  silent.close()
})
