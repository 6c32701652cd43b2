import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, before, suite, test } from 'node:test'
import { Program } from '../support/process'
import { scratchProject } from '../support/scratch'
import { Terminal } from '../support/terminal'

let folder = ''
let drop = async () => {}
const first = '20261125000000_create_users.ts'

before(async () => {
  ;({ folder, drop } = await scratchProject())
})
after(() => drop())
afterEach(() => {
  for (const name of migrations()) if (name !== first) rmSync(join(folder, 'migrations', name))
  for (const place of ['src/features/shop', 'db.sqlite3', 'db.sqlite3-wal', 'db.sqlite3-shm']) {
    rmSync(join(folder, place), { recursive: true, force: true })
  }
})

const settings = { NODE_ENV: 'test', DATABASE_URL: 'sqlite:db.sqlite3' }

function migrations(): string[] {
  return readdirSync(join(folder, 'migrations')).sort()
}

/** Runs `npm run revision` in a copy of the project, where nobody can be asked. */
async function revision(args: string[], more: Record<string, string> = {}) {
  await using program = new Program('scripts/revision.ts', { ...settings, ...more }, args, folder)
  let out = ''
  program.child.stdout?.on('data', (text: string) => {
    out += text
  })
  program.child.stdin?.end()
  const code = await program.exit()
  return { code, out, err: program.output.replace(out, '') }
}

async function upgrade(): Promise<void> {
  await using program = new Program('scripts/db.ts', settings, ['upgrade'], folder)
  assert.equal(await program.exit(), 0, program.output)
}

/** A feature with a table of these columns. */
function declare(...columns: string[]): void {
  const place = join(folder, 'src/features/shop')
  mkdirSync(place, { recursive: true })
  const texts = columns.map((name) => `${name}: Type.String({ maxLength: 9 }),`)
  writeFileSync(
    join(place, 'models.ts'),
    `import { table, Type } from '../../framework'
export class Pet extends table('pets', { id: Type.Integer({ primaryKey: true }), ${texts.join(' ')} }) {}\n`,
  )
  writeFileSync(
    join(place, 'index.ts'),
    `import { defineFeature } from '../../framework'
import * as models from './models'
export default defineFeature({ name: 'shop', models })\n`,
  )
}

/** Models that have another name for a column than the database. */
async function renamed(): Promise<void> {
  declare('name')
  await upgrade()
  await revision(['-m', 'create pets'])
  await upgrade()
  declare('nick')
}

suite('what is printed', () => {
  test('is the difference, the path of the file, and what to do next', async () => {
    declare('name')
    await upgrade()
    const { code, out, err } = await revision(['-m', 'create pets'])
    const [, written = ''] = migrations()
    assert.match(written, /^\d{14}_create_pets\.ts$/)
    assert.deepEqual(out.split('\n'), [
      "Detected added table 'pets'",
      `Generating migrations/${written} … done`,
      'Review it, then: npx knex migrate:latest',
      '',
    ])
    assert.deepEqual([code, err], [0, ''])
  })

  test('is that there is nothing to do, with exit code 0 and no file', async () => {
    await upgrade()
    const { code, out } = await revision([])
    assert.equal(out, 'No changes: the database holds what the models declare.\n')
    assert.deepEqual([code, migrations()], [0, [first]])
  })

  test('is one paragraph on stderr, with exit code 1, for what is refused', async () => {
    const { code, out, err } = await revision(['-m', 'create pets'])
    assert.match(
      err,
      /^The migration \w+ is not applied to sqlite:.* yet\. Apply first, with: .*\n$/,
    )
    assert.deepEqual([code, out], [1, ''])
  })

  test('is what is wrong with a model that cannot be loaded', async () => {
    declare('name: Type.Nonsense(), more')
    const { code, err } = await revision([])
    assert.match(err, /^The feature .*shop.*Nonsense/)
    assert.equal(code, 1)
  })

  test('is the migration itself, where it is only tried', async () => {
    declare('name')
    await upgrade()
    const { code, out } = await revision(['--dry-run'])
    assert.match(out, /^Detected added table 'pets'\n\/\*\*\n \* revision\n/)
    assert.deepEqual([code, migrations()], [0, [first]])
  })

  test('may be read to its first line only', async () => {
    await using program = new Program('scripts/revision.ts', settings, ['--sql'], folder)
    program.child.stdout?.destroy()
    assert.equal(await program.exit(), 141)
    assert.equal(program.output, '')
  })

  test('is the same in production', async () => {
    declare('name')
    const production = { NODE_ENV: 'production' }
    const { code, out } = await revision(['--force', '--dry-run'], production)
    assert.match(out, /createTable\('pets'/)
    assert.equal(code, 0)
  })
})

test('a check exits with 1 until all is applied, and with 0 afterwards', async () => {
  const { code, out } = await revision(['--check'])
  assert.deepEqual([code, out.split('\n')[0]], [1, `${first} is not applied.`])
  await upgrade()
  const agreed = { code: 0, out: 'Migrations, models and database agree.\n', err: '' }
  assert.deepEqual(await revision(['--check']), agreed)
})

test('pending SQL is printed, and not run', async () => {
  const { code, out } = await revision(['--sql'])
  assert.match(out, /create table `users`/i)
  assert.equal(code, 0)
  assert.equal((await revision(['--check'])).code, 1)
})

test('of two revisions at once, those that are refused leave no file', async () => {
  declare('name')
  await upgrade()
  const both = await Promise.all(['one', 'two'].map((message) => revision(['-m', message])))
  const written = migrations().length - 1
  assert.equal(written, both.filter(({ code }) => code === 0).length)
  assert.ok(written >= 1)
  for (const { code, err } of both)
    if (code !== 0)
      assert.match(err, /^(Meanwhile another migration|The migration .* is not applied)/)
})

test('wrong usage is exit code 2, with nothing on stdout', async () => {
  const wrong = [
    ...[['nonsense'], ['-m'], ['--rename'], ['--nonsense'], ['--check', '--stamp']],
    ...[
      ['--stamp', '--dry-run'],
      ['--check', '-m', 'x'],
      ['--empty', '--merge'],
    ],
    ...[
      ['--sql', '--strict'],
      ['--from-db', '--rename', 'a:b'],
      ['--check', '--no-renames'],
    ],
  ]
  for (const args of wrong) {
    const { code, out, err } = await revision(args)
    assert.deepEqual([code, out], [2, ''], args.join(' '))
    assert.notEqual(err, '')
  }
})

test('a server that does not answer is one paragraph within 5 s, without password', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const began = Date.now()
  const DATABASE_URL = `postgres://me:hunter22@127.0.0.1:${port}/app`
  const { code, out, err } = await revision([], { DATABASE_URL })
  assert.match(err, /^The database postgres:\/\/me:\*\*\*@127.* cannot be used: [^\n]*\n$/)
  assert.deepEqual([code, out], [1, ''])
  assert.ok(Date.now() - began < 7_000)
  silent.close()
})

suite('another name', () => {
  const question = /'pets\.name' goes while 'pets\.nick' comes\..* \[y\/N\] $/

  /** Answers the question at a terminal; the exit code, and what the screen then shows. */
  async function answer(...typed: string[]) {
    await renamed()
    await using terminal = new Terminal('scripts/revision.ts', settings, folder)
    let from = 0
    for (const keys of typed) {
      await terminal.shows(question, from)
      from = terminal.screen.length
      terminal.type(keys)
    }
    const code = await terminal.exit()
    return { code, screen: terminal.screen.slice(from), files: migrations().length }
  }

  test('is refused where nobody can be asked, and written where it is said', async () => {
    await renamed()
    const { code, err } = await revision([])
    assert.match(err, /add --rename pets\.name:nick; if not, --no-renames\.\n$/)
    assert.equal(code, 1)
    const { out } = await revision(['--rename', 'pets.name:nick'])
    assert.match(out, /^Detected renamed column 'pets\.name' to 'nick'\nGenerating /)
  })

  test('is asked for at a terminal: yes', async () => {
    const { code, screen, files } = await answer('y\r')
    assert.match(screen, /Detected renamed column 'pets\.name' to 'nick'\nGenerating /)
    assert.deepEqual([code, files], [0, 3])
  })

  test('is asked for at a terminal: no, once the answer is understood', async () => {
    const { code, screen, files } = await answer('perhaps\r', 'no\r')
    assert.match(screen, /Detected removed column 'pets\.name'\n/)
    assert.deepEqual([code, files], [0, 3])
  })

  for (const [key, typed, expected] of [
    ['Ctrl-C', '\x03', 130],
    ['Ctrl-D', '\x04', 1],
  ] as const) {
    test(`is asked for at a terminal: ${key} writes nothing`, async () => {
      const { code, screen, files } = await answer(typed)
      assert.match(screen, /\nNothing was written\.\n$/)
      assert.deepEqual([code, files], [expected, 2])
    })
  }
})
