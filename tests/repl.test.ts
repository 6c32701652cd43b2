import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'

const root = dirname(__dirname)
const folder = mkdtempSync(join(tmpdir(), 'atelier-repl-'))
after(() => rmSync(folder, { recursive: true }))

const stores = {
  NODE_ENV: 'development',
  DATABASE_URL: `sqlite:${folder}/db.sqlite3`,
  AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`,
}

function start(args: readonly string[], settings: Record<string, string> = {}) {
  const command = ['-r', './src/framework/register.cjs', 'repl.ts', ...args]
  return spawn(process.execPath, command, {
    cwd: root,
    env: { ...process.env, ...stores, ...settings },
  })
}

/** Runs `repl.ts` without a terminal: what it prints, and how it exits. */
async function repl(args: readonly string[], input = '', settings: Record<string, string> = {}) {
  const child = start(args, settings)
  child.stdin.on('error', () => {}).end(input)
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out, err, code: code ?? signal }
}

suite('npm run repl with -e', () => {
  test('creates and migrates a new database, saying so on stderr only', async () => {
    const { out, err, code } = await repl(['-e', '1 / 2'])
    assert.deepEqual({ out, code }, { out: '0.5\n', code: 0 })
    assert.match(err, /^Database sqlite:.* created, 1 migration applied: \d+_create_users\n$/)
  })

  test('prints every value of several lines, and nothing else', async () => {
    const { out, err, code } = await repl(['-e', "const a: number = 1\na\n'two'\nundefined"])
    assert.deepEqual({ out, err, code }, { out: "1\n'two'\n", err: '', code: 0 })
  })

  test('exits with 1 at an error, and names its line', async () => {
    const { out, err, code } = await repl(['-e', '1\nnope()\n3'])
    assert.deepEqual({ out, code }, { out: '1\n', code: 1 })
    assert.match(err, /^-e:2: ReferenceError: nope is not defined\n/)
  })

  test('exits whatever was left open', async () => {
    const code =
      'void setInterval(() => {}, 1000); void require("node:net").createServer().listen(0)'
    assert.equal((await repl(['-e', code])).code, 0)
    assert.equal((await repl(['-e', `${code}\nthrow 1`])).code, 1)
  })

  test('exits with the code that the code itself asks for', async () => {
    assert.equal((await repl(['-e', 'process.exit(3)'])).code, 3)
  })

  test('exits with 1 when something fails beside the lines', async () => {
    const { err, code } = await repl(['-e', 'void Promise.reject(new Error("stray"))'])
    assert.match(err, /^-e:1: Error: stray\n/)
    assert.equal(code, 1)
  })

  test('stops at a signal, and does not call that a success', async () => {
    const child = start([
      '-e',
      'console.log("begun"); await new Promise((r) => setTimeout(r, 60_000))',
    ])
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    assert.equal((await once(child, 'close'))[0], 130)
  })

  test('prints a large output whole', async () => {
    const { out } = await repl(['-e', 'console.log("x".repeat(5_000_000))'])
    assert.equal(out.length, 5_000_001)
  })
})

suite('npm run repl with an input', () => {
  test('runs a file', async () => {
    const file = join(folder, 'script.ts')
    writeFileSync(file, 'const two = await Promise.resolve(2)\n[two]\n  .map((x) => x * 2)\n')
    const { out } = await fromFile(file)
    assert.equal(out, '[ 4 ]\n')
  })

  test('runs a pipe, without a banner', async () => {
    const { out, err, code } = await repl([], 'const b = await Promise.resolve(5)\nb\n')
    assert.deepEqual({ out, err, code }, { out: '5\n', err: '', code: 0 })
  })

  test('exits with 1 at a syntax error, and names its line', async () => {
    const { out, err, code } = await repl([], '1\n2\nfoo bar\n4\n')
    assert.deepEqual({ out, code }, { out: '1\n2\n', code: 1 })
    assert.equal(err, 'stdin:3: SyntaxError: Unexpected keyword or identifier.\n')
  })

  test('may have none', async () => {
    assert.deepEqual(await repl([], ''), { out: '', err: '', code: 0 })
  })

  test('ends quietly when nobody reads its output any more', async () => {
    const child = start([])
    child.stdin
      .on('error', () => {})
      .end('for (;;) { console.log("line"); await new Promise(setImmediate) }\n')
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [err] = await Promise.all([text(child.stderr), once(child, 'close')])
    assert.equal(err, '')
  })
})

suite('npm run repl without a terminal', () => {
  const settings = {
    NODE_ENV: 'production',
    DATABASE_URL: `sqlite:${folder}/commands.sqlite3`,
  }

  test('says what is pending, and applies it at .migrate', async () => {
    const { out, err, code } = await repl(['-e', '.migrate'], '', settings)
    assert.match(
      err,
      /1 migration pending; apply with \.migrate here, or npx knex migrate:latest\n$/,
    )
    assert.deepEqual({ out, code }, { out: 'Applied 20261125000000_create_users\n', code: 0 })
  })

  test('compares models and database at .revision, a line among others', async () => {
    const input = '1\n.revision "nothing" --dry-run\n2\n'
    const { out, err, code } = await repl([], input, settings)
    const said = 'No changes: the database holds what the models declare.'
    assert.deepEqual({ out, err, code }, { out: `1\n${said}\n2\n`, err: '', code: 0 })
  })

  test('exits with 1 where a command is refused', async () => {
    for (const [name, args, input] of [
      ['stdin', [], '.revision --nope\n2\n'],
      ['-e', ['-e', '.revision --nope\n2'], ''],
    ] as const) {
      const { out, err, code } = await repl(args, input, settings)
      assert.deepEqual({ out, code }, { out: '', code: 1 })
      assert.match(err, /^[^:]+:1: RevisionError: \.revision: Unknown option '--nope'\. .*\n$/)
      assert.ok(err.startsWith(name))
    }
  })
})

/** Runs `repl.ts < file`, as a shell does it. */
async function fromFile(file: string) {
  const child = spawn(
    '/bin/sh',
    ['-c', `exec "$0" -r ./src/framework/register.cjs repl.ts < "$1"`, process.execPath, file],
    {
      cwd: root,
      env: { ...process.env, ...stores },
    },
  )
  const [out] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { out }
}

suite('npm run repl says in one paragraph', () => {
  const paragraphs: [string, Record<string, string>, RegExp][] = [
    ['an unknown environment', { NODE_ENV: 'staging' }, /NODE_ENV: expected one of/],
    ['an unknown kind of URL', { DATABASE_URL: 'oracle://x' }, /DATABASE_URL: expected a URL/],
    ['a missing folder', { DATABASE_URL: 'sqlite:/nowhere/db' }, /folder \/nowhere does not exist/],
    ['a directory as database', { DATABASE_URL: `sqlite:${folder}` }, /is a directory/],
    [
      'a database that does not answer',
      { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
      /cannot be used/,
    ],
  ]
  for (const [what, settings, sentence] of paragraphs) {
    test(what, async () => {
      const { out, err, code } = await repl(['-e', '1'], '', settings)
      assert.deepEqual({ out, code }, { out: '', code: 1 })
      assert.match(err, sentence)
      assert.doesNotMatch(err, /\n +at /)
    })
  }

  test('a database that accepts and then says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const { err, code } = await repl(['-e', '1'], '', {
      DATABASE_URL: `postgres://127.0.0.1:${port}/x`,
    })
    silent.close()
    assert.equal(code, 1)
    assert.match(err, /cannot be used/)
  })

  test('an argument that it does not know', async () => {
    const { err, code } = await repl(['--nonsense'])
    assert.match(err, /unknown option '--nonsense'/)
    assert.equal(code, 1)
  })
})

test('npm run repl -- --help says what it takes', async () => {
  const { out, code } = await repl(['--help'])
  assert.match(out, /-e, --eval <code>/)
  assert.equal(code, 0)
})

test('four consoles at once on a new database all work', async () => {
  const settings = { DATABASE_URL: `sqlite:${folder}/shared.sqlite3` }
  const runs = Array.from({ length: 4 }, () =>
    repl(['-e', 'User.query().resultSize()'], '', settings),
  )
  const ended = await Promise.all(runs)
  assert.deepEqual(
    ended.map(({ out, code }) => ({ out, code })),
    ended.map(() => ({ out: '0\n', code: 0 })),
  )
  assert.equal(ended.filter(({ err }) => err !== '').length, 1)
})
