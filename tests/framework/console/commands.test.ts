import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { CommandTools, ConsoleCommand } from '../../../src/framework/console/commands'
import { Lines } from '../../../src/framework/console/lines'
import { runScript } from '../../../src/framework/console/script'
import { MigrationError } from '../../../src/framework/errors'
import { withSession } from './engine'

const echo: ConsoleCommand = {
  name: 'echo',
  help: 'Say it again',
  run: async (argument, { say }: CommandTools) => say(`<${argument}>`),
}

/** What a script that may call `commands` prints, and its exit code. */
function run(input: string, ...commands: readonly ConsoleCommand[]) {
  return withSession(async (session) => {
    let [out, err] = ['', '']
    const code = await runScript(session, {
      lines: new Lines([input]),
      commands,
      name: 'stdin',
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
    })
    return { out, err, code }
  })
}

suite('a command in an input', () => {
  test('is a whole line, and gets the rest of it', async () => {
    const { out, err } = await run('.echo\n.echo  two "words"  \r\n.echo', echo)
    assert.deepEqual({ out, err }, { out: '<>\n<two "words">\n<>\n', err: '' })
  })

  test('runs when the cell before has settled, and before the next begins', async () => {
    const slow: ConsoleCommand = {
      ...echo,
      run: async (_, { say }) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        say('done')
      },
    }
    const { out } = await run('await new Promise((r) => setTimeout(r, 20, 1))\n.echo\n2', slow)
    assert.equal(out, '1\ndone\n2\n')
  })

  test('has nobody to ask', async () => {
    const asks: ConsoleCommand = { ...echo, run: async (_, { ask, say }) => say(typeof ask) }
    assert.equal((await run('.echo', asks)).out, 'undefined\n')
  })

  test('that fails ends it, with its line and the exit code 1', async () => {
    const fails: ConsoleCommand = {
      ...echo,
      run: async () => {
        throw new MigrationError('No.', 'Do this.')
      },
    }
    const { out, err, code } = await run('1\n\n.echo\n2', fails)
    assert.deepEqual({ out, code }, { out: '1\n', code: 1 })
    assert.match(err, /^stdin:3: MigrationError: No\. Do this\.\n/)
  })

  test('is none inside of a cell: in a chain of calls, a text or a block', async () => {
    const chain = 'const o = { echo: { at: () => 1 } }\no\n  .echo\n  .at()\n'
    assert.equal((await run(chain, echo)).out, '1\n')
    assert.equal((await run('`\n.echo\n`.length', echo)).out, '7\n')
    assert.match((await run('{\n.echo\n}', echo)).err, /^stdin:2: SyntaxError/)
  })

  test('that nobody has defined is no TypeScript', async () => {
    const { err, code } = await run('.nope', echo)
    assert.match(err, /^stdin:1: SyntaxError: /)
    assert.equal(code, 1)
  })
})
