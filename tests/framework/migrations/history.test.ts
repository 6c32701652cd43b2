import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import {
  disorders,
  findDisorders,
  heads,
  type MigrationFile,
  messageIn,
  readFiles,
} from '../../../src/framework/migrations/history'

/** A generated file after `parents`; one that was written by hand without them. */
function file(name: string, parents?: string[]): MigrationFile {
  return { name, text: '', parents }
}

const root = file('1_root', [])
const left = file('2_left', ['1_root'])
const right = file('3_right', ['1_root'])
const joined = file('4_joined', ['2_left', '3_right'])
const chain = [root, left, file('3_next', ['2_left'])]

suite('the order of migrations', () => {
  test('is right where each comes after the one before it', () => {
    assert.deepEqual(disorders(chain, ['1_root', '2_left']), [])
    assert.deepEqual(heads(chain), ['3_next'])
  })

  test('is right for files that were written by hand, which say nothing of it', () => {
    assert.deepEqual(disorders([file('1_a'), file('2_b'), file('3_c')], ['1_a']), [])
  })

  test('is right where a file that was written by hand lies between parent and child', () => {
    assert.deepEqual(disorders([root, file('2_hand'), right], []), [])
    assert.deepEqual(disorders([file('1_root'), file('2_hand'), right], []), [])
  })

  test('is wrong where two files come after the same one', () => {
    const [found, ...more] = findDisorders([root, left, right], [])
    assert.deepEqual(found, {
      kind: 'beside',
      text: '2_left and 3_right were written side by side: none comes after the other.',
    })
    assert.deepEqual(more, [])
    assert.deepEqual(heads([root, left, right]), ['2_left', '3_right'])
  })

  test('is wrong there too when one of them was followed by a file written by hand', () => {
    for (const hand of ['2_left_too', '4_hand']) {
      const files = [root, left, right, file(hand)].sort((a, b) => (a.name < b.name ? -1 : 1))
      const kinds = findDisorders(files, []).map(({ kind }) => kind)
      assert.deepEqual(kinds, ['beside'], hand)
    }
  })

  test('is right again once another file joins them', () => {
    assert.deepEqual(disorders([root, left, right, joined], []), [])
    assert.deepEqual(heads([root, left, right, joined]), ['4_joined'])
  })

  test('is wrong where a parent is not there', () => {
    assert.deepEqual(findDisorders([root, right, file('4_on', ['2_gone'])], []), [
      {
        kind: 'beside',
        text: '3_right and 4_on were written side by side: none comes after the other.',
      },
      { kind: 'missing', text: '4_on comes after 2_gone, which is not there.' },
    ])
  })

  test('is wrong where a parent is newer by its name, even in a circle', () => {
    const circle = [file('1_a', ['2_b']), file('2_b', ['1_a'])]
    assert.deepEqual(findDisorders(circle, []), [
      { kind: 'backwards', text: '1_a comes after 2_b, which is newer by its name.' },
    ])
  })

  test('is wrong where an older file comes late', () => {
    assert.deepEqual(findDisorders([file('1_a'), file('2_b'), file('3_c')], ['1_a', '3_c']), [
      { kind: 'late', text: '2_b is older than 3_c, which is applied already.' },
    ])
  })

  test('lets an older file come late that was joined with what is applied', () => {
    assert.deepEqual(disorders([root, left, right, joined], ['1_root', '3_right']), [])
    const kinds = findDisorders([root, left, right, joined], ['1_root', '3_right', '4_joined'])
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ['late'],
    )
  })
})

test('the message of a migration is the first line of the comment at its top', () => {
  const said = (text: string) => messageIn({ ...root, text })
  assert.equal(said('/**\n * create users\n *\n * Parent: none\n */\n'), 'create users')
  assert.equal(said('/**\r\n * create users\r\n */\r\n'), 'create users')
  assert.equal(said('import x\n/**\n * Not at the top.\n */'), undefined)
})

test('a message may say Parent, and is no parent', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-history-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const text = '/**\n * Parent: and child\n *\n * Parent: 1_root\n */\n'
  writeFileSync(join(folder, '2_family.ts'), text)
  assert.deepEqual(readFiles(folder)[0]?.parents, ['1_root'])
})
