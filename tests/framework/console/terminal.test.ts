import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { scratchProject } from '../../support/scratch'
import { Terminal } from '../../support/terminal'

let project: Awaited<ReturnType<typeof scratchProject>>
before(async () => {
  project = await scratchProject()
})
after(() => project.drop())

/** Gives `body` a console at its first prompt. */
async function withConsole(body: (terminal: Terminal) => Promise<void>): Promise<void> {
  const terminal = new Terminal('repl.ts', { NODE_ENV: 'development' }, project.folder)
  try {
    await terminal.shows(/\n> $/)
    await body(terminal)
  } finally {
    await terminal[Symbol.asyncDispose]()
  }
}

const ctrl = { c: '\x03', d: '\x04' }

suite('a console on a terminal', () => {
  test('greets with at most six lines that list what is loaded', async () => {
    await withConsole(async () => {})
    await withConsole(async ({ screen }) => {
      const lines = screen.split('\n').slice(0, -1)
      assert.ok(lines.length <= 6, screen)
      for (const name of ['app', 'config', 'db', 'request', 'job', 'User', 'divide', '.exit']) {
        assert.ok(screen.includes(name), `${name} is not in:\n${screen}`)
      }
    })
  })

  test('shows values, and nothing for undefined', async () => {
    await withConsole(async (terminal) => {
      assert.equal(await terminal.ask('1 / 2'), '0.5')
      assert.equal(await terminal.ask("'test' + 1"), "'test1'")
      assert.equal(await terminal.ask('undefined'), '')
      assert.equal(await terminal.ask('null'), 'null')
      assert.equal(await terminal.ask(''), '')
    })
  })

  test('takes declarations again, and several lines as one cell', async () => {
    await withConsole(async (terminal) => {
      assert.equal(await terminal.ask('const a = 1'), '')
      assert.equal(await terminal.ask('const a = 2'), '')
      for (const line of ['function twice(x: number) {', '  return x * 2', '}']) {
        assert.equal(await terminal.ask(line), '')
      }
      assert.equal(await terminal.ask('twice(a)'), '4')
    })
  })

  test('shows errors and goes on', async () => {
    await withConsole(async (terminal) => {
      assert.match(
        await terminal.ask('nope()'),
        /^ReferenceError: nope is not defined\n +at cell:1:1$/,
      )
      assert.equal(await terminal.ask('foo bar'), 'SyntaxError: Unexpected keyword or identifier.')
      assert.equal(await terminal.ask('throw null'), 'Uncaught null')
      assert.equal(await terminal.ask('_error'), 'null')
    })
  })

  test('works on the application: models, imports, requests', async () => {
    await withConsole(async (terminal) => {
      assert.equal(
        await terminal.ask("const ada = { username: 'ada', email: 'ada@example.com' }"),
        '',
      )
      const row = "User { username: 'ada', email: 'ada@example.com', id: 1 }"
      assert.equal(await terminal.ask('User.query().insert(ada)'), row)
      assert.equal(
        await terminal.ask("import { User as Same } from './src/features/users/models'"),
        '',
      )
      assert.equal(await terminal.ask('await Same.query().resultSize()'), '1')
      assert.equal(
        await terminal.ask("(await request.get('/')).body"),
        "{ message: 'Hello World' }",
      )
    })
  })

  test('lists the names with what they are', async () => {
    await withConsole(async (terminal) => {
      const said = await terminal.ask('.names')
      assert.match(said, /^app {6}the application$/m)
      assert.match(said, /^User {5}the model of table users$/m)
      assert.match(said, /^divide {3}the task users\.divide\(x, y\)$/m)
    })
  })

  test('completes names at the Tab key', async () => {
    await withConsole(async (terminal) => {
      terminal.type('app.models.Us\t')
      await terminal.shows(/app\.models\.User$/)
    })
  })
})

suite('lines that are pasted', () => {
  test('run one after another, awaits included', async () => {
    await withConsole(async (terminal) => {
      terminal.type('const p = await new Promise((r) => setTimeout(r, 50, 7))\rp + 1\r')
      await terminal.shows(/> p \+ 1\n8\n> $/)
    })
  })

  test('belong together where one could not begin by itself', async () => {
    await withConsole(async (terminal) => {
      terminal.type('[3, 1]\r  .sort()\r  .at(0)\r')
      await terminal.shows(/\n1\n> $/)
    })
  })

  test('may be five hundred', async () => {
    await withConsole(async (terminal) => {
      const lines = Array.from({ length: 500 }, (_, index) => `const line${index} = ${index}`)
      terminal.type(`${lines.join('\r')}\r`)
      await terminal.shows(/line499 = 499\n> $/)
      assert.equal(await terminal.ask('line499'), '499')
    })
  })
})

suite('Ctrl-C', () => {
  test('at an empty prompt says how to leave, and stays', async () => {
    await withConsole(async (terminal) => {
      terminal.type(ctrl.c)
      await terminal.shows(/To exit, .*\n> $/)
      assert.equal(await terminal.ask('1'), '1')
    })
  })

  test('drops what is half typed', async () => {
    await withConsole(async (terminal) => {
      await terminal.ask('function half() {')
      const from = terminal.screen.length
      terminal.type(`typing${ctrl.c}`)
      await terminal.shows(/\n> $/, from)
      assert.equal(await terminal.ask('1'), '1')
    })
  })

  test('gives up an await, keeps every name, and drops what was typed ahead', async () => {
    await withConsole(async (terminal) => {
      await terminal.ask('const kept = 5')
      const from = terminal.screen.length
      terminal.type('await new Promise(() => { console.log("begun") })\r')
      await terminal.shows(/\nbegun/, from)
      terminal.type('process.exit(4)\r')
      terminal.type(ctrl.c)
      await terminal.shows(/Interrupted: .*\n> $/, from)
      assert.equal(await terminal.ask('kept'), '5')
    })
  })
})

suite('what happens beside a cell', () => {
  test('is told above the prompt, which keeps what is being typed', async () => {
    await withConsole(async (terminal) => {
      await terminal.ask('void setTimeout(() => { throw new Error("later") }, 100)')
      terminal.type('1 + 4')
      await terminal.shows(/In the background: Error: later\n +at .*cell:1:31\)\n> 1 \+ 4$/)
      assert.equal(await terminal.ask('1'), '42')
    })
  })

  test('says that no worker runs a job that is waited for', async () => {
    await withConsole(async (terminal) => {
      await terminal.ask('const job = await divide.now(1, 2)')
      const from = terminal.screen.length
      terminal.type('await job.result()\r')
      await terminal.shows(
        /No worker is running, so users\.divide\[.+\] stays PENDING\. .*npm run agenda\n/,
        from,
      )
      terminal.type(ctrl.c)
      await terminal.shows(/Interrupted: .*\n> $/, from)
      assert.equal(await terminal.ask('job.state'), "'PENDING'")
    })
  })
})

suite('leaving', () => {
  test('by .exit or Ctrl-D exits with 0, whatever is still open', async () => {
    for (const keys of ['.exit\r', ctrl.d]) {
      await withConsole(async (terminal) => {
        await terminal.ask('void setInterval(() => {}, 1000)')
        terminal.type(keys)
        assert.equal(await terminal.exit(), 0)
      })
    }
  })

  test('by process.exit has the code that was given', async () => {
    await withConsole(async (terminal) => {
      terminal.type('process.exit(3)\r')
      assert.equal(await terminal.exit(), 3)
    })
  })
})

suite('the history', () => {
  const file = () => join(project.folder, '.atelier/history')

  test('is kept per project, for its owner only', async () => {
    await withConsole(async (terminal) => {
      await terminal.ask("'remember me'")
      terminal.type('.exit\r')
      await terminal.exit()
    })
    assert.match(readFileSync(file(), 'utf8'), /^'remember me'$/m)
    assert.equal(statSync(file()).mode & 0o777, 0o600)
    await withConsole(async (terminal) => {
      terminal.type('\x1b[A\x1b[A')
      await terminal.shows(/> 'remember me'$/)
    })
  })

  test('is done without where it cannot be written', async () => {
    rmSync(join(project.folder, '.atelier'), { recursive: true })
    writeFileSync(join(project.folder, '.atelier'), '')
    await withConsole(async (terminal) => assert.equal(await terminal.ask('1'), '1'))
    rmSync(join(project.folder, '.atelier'))
  })
})
