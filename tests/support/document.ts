import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Reader } from './reader'
import { scratchProject } from './scratch'

const root = join(__dirname, '../..')

interface Block {
  readonly kind: string
  readonly text: string
}

/**
 * Tests that a document does what it shows: each of its blocks in order, in one copy of the
 * project, as somebody would who reads from top to bottom.
 *
 * - `ts` is a file, whose path its first line says in a comment;
 * - `sh` is commands, one a line; a program that goes on running is left running;
 * - `console` is what is typed, after `> ` at the prompt or after `$ ` in a shell, and exactly what
 *   comes back. In an answer `…` stands for any text of one line, alone on a line for any lines.
 *
 * @param path from the project's root, as in `README.md`
 */
export function testDocument(path: string): void {
  const document = readFileSync(join(root, path), 'utf8')
  const blocks = blocksOf(document)
  let project: Awaited<ReturnType<typeof scratchProject>>
  let reader: Reader

  before(async () => {
    project = await scratchProject()
    reader = await Reader.in(project.folder)
  })

  after(async () => {
    await reader.leave()
    await project.drop()
  })

  for (const [index, block] of blocks.entries()) {
    const title = block.text.split('\n', 1)[0]
    test(`block ${index + 1} of ${path} does what it shows: ${title}`, () => perform(block, reader))
  }

  test(`the code that ${path} shows is well typed`, async () => {
    const shown = blocks.filter(({ kind }) => kind === 'ts').map(({ text }) => fileOf(text)[0])
    const only = { extends: './tsconfig.json', include: shown }
    await reader.write('tsconfig.shown.json', JSON.stringify(only))
    await reader.shell('npx tsc --project tsconfig.shown.json')
  })

  test(`every command that ${path} names is a script of the project`, () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = [...document.matchAll(/`npm (?:run (?:-s )?)?(\w+)/g)].map(
      ([, name = '']) => name,
    )
    assert.deepEqual(
      named.filter((name) => name !== 'ci' && scripts[name] === undefined),
      [],
    )
  })
}

function blocksOf(document: string): Block[] {
  const blocks = document.matchAll(/^```(\w+)\n(.*?)^```/gms)
  return [...blocks].map(([, kind = '', text = '']) => ({ kind, text }))
}

async function perform({ kind, text }: Block, reader: Reader): Promise<void> {
  if (kind === 'ts') return reader.write(...fileOf(text))
  if (kind === 'sh') {
    for (const command of text.trim().split('\n')) await reader.start(command)
    return
  }
  assert.equal(kind, 'console', `a block of kind ${kind} cannot be performed`)
  for (const { asked, answer } of exchanges(text)) {
    const typed = asked.slice(2)
    const given = asked.startsWith('$ ') ? await reader.shell(typed) : await reader.ask(typed)
    assertAnswer(given.trimEnd(), answer.trimEnd(), asked)
  }
}

function fileOf(text: string): [path: string, code: string] {
  const path = /^\/\/ (\S+)\n/.exec(text)?.[1]
  assert.ok(path, 'a ts block names its file in its first line')
  return [path, text.slice(text.indexOf('\n') + 1)]
}

/** A transcript as pairs: what is typed, and the lines that come back. */
function exchanges(transcript: string): { asked: string; answer: string }[] {
  assert.match(transcript, /^[>$] /, 'a console block begins with what is typed')
  const pairs = transcript.matchAll(/^([>$] .*)\n((?:(?![>$] ).*\n)*)/gm)
  return [...pairs].map(([, asked = '', answer = '']) => ({ asked, answer }))
}

function assertAnswer(given: string, answer: string, asked: string): void {
  if (!answer.includes('…')) return assert.equal(given, answer, asked)
  const lines = answer.split('\n').map((line) => (line.trim() === '…' ? '[^]*' : inLine(line)))
  assert.match(given, new RegExp(`^${lines.join('\n')}$`), asked)
}

function inLine(line: string): string {
  const parts = line.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return parts.join('.*')
}
