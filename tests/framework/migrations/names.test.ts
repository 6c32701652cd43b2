import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flawOf, nameOf, numbered } from '../../../src/framework/migrations/names'

const longest = 63

test('a name says what it belongs to and what it is', () => {
  assert.equal(nameOf('users', ['email'], 'unique'), 'users_email_unique')
  assert.equal(nameOf('users', [], 'pkey'), 'users_pkey')
  assert.equal(nameOf('Old Posts', ['a-b', 'c.d'], 'index'), 'old_posts_a_b_c_d_index')
})

test('a name that just fits is left whole', () => {
  const name = nameOf('t', ['x'.repeat(longest - 't__index'.length)], 'index')
  assert.equal(name.length, longest)
  assert.match(name, /_index$/)
})

test('a name that is too long is cut, and tells itself from others that begin like it', () => {
  const [one, other] = ['a', 'b'].map((end) => nameOf('t', [`${'x'.repeat(60)}${end}`], 'index'))
  assert.equal(one?.length, longest)
  assert.match(one ?? '', /^t_x+_[0-9a-f]{8}$/)
  assert.notEqual(one, other)
  assert.equal(one, nameOf('t', [`${'x'.repeat(60)}a`], 'index'))
})

for (const character of ['ß', '日', '😀']) {
  test(`no character is cut in two: ${character}`, () => {
    for (let count = 1; count < 80; count += 1) {
      const name = nameOf(character.repeat(count), ['a'], 'index')
      assert.ok(Buffer.byteLength(name) <= longest)
      assert.doesNotThrow(() => encodeURIComponent(name))
      assert.ok(Buffer.byteLength(numbered(name, 12)) <= longest)
    }
  })
}

test('a name with a number has room for it', () => {
  assert.equal(numbered('users_index', 2), 'users_index_2')
  assert.equal(numbered('x'.repeat(longest), 10), `${'x'.repeat(longest - 3)}_10`)
})

test('a table or a column may have any name that databases take and Knex can say', () => {
  for (const name of ['users', 'Old Posts', "it's", 'select', 'maß', 'x'.repeat(63), 'assas']) {
    assert.equal(flawOf(name), undefined)
  }
  assert.match(flawOf('') ?? '', /^has 0 bytes/)
  assert.match(flawOf('x'.repeat(64)) ?? '', /^has 64 bytes; a database takes 1 to 63$/)
  assert.match(flawOf('日'.repeat(22)) ?? '', /^has 66 bytes/)
  assert.match(flawOf('other.users') ?? '', /dot/)
  assert.match(flawOf('name as other') ?? '', /`as`/)
})
