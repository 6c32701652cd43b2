import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mysql } from '../../../../../src/framework/migrations/dialects/mysql'
import type { ForeignKey } from '../../../../../src/framework/migrations/schema'
import { column, index, table } from '../contract'
import { mysqlSuite } from './place'

mysqlSuite('Rehearsing tables on MariaDB', (place) => {
  const key: ForeignKey = {
    name: 'posts_user_id_foreign',
    columns: ['user_id'],
    table: 'users',
    references: ['id'],
    onDelete: 'restrict',
    onUpdate: 'cascade',
  }

  test('foreign keys come back as they would be read, though their table is not there', async () => {
    const posts = table('posts', [column('user_id', 'integer unsigned')], { foreignKeys: [key] })
    const [found] = await mysql.rehearse(place.db, [posts])
    assert.deepEqual(found?.foreignKeys, [{ ...key, onDelete: 'no action' }])
  })

  test('an index may be descending', async () => {
    const descending = [{ name: 'id', descending: true }]
    const posts = table('posts', [], { indexes: [{ ...index('d', []), columns: descending }] })
    const [found] = await mysql.rehearse(place.db, [posts])
    assert.deepEqual(found?.indexes, posts.indexes)
  })

  test('an index for some rows only is refused', async () => {
    const posts = table('posts', [], { indexes: [index('few', ['id'], { where: 'id > 3' })] })
    await assert.rejects(
      mysql.rehearse(place.db, [posts]),
      /The index few .* MariaDB and MySQL have no partial indexes/,
    )
  })

  test('nothing is left of a table that is refused, on its connection either', async () => {
    const wrong = table('posts', [], { indexes: [index('wrong', ['missing'])] })
    await place.db.transaction(async (trx) => {
      await assert.rejects(mysql.rehearse(trx, [wrong]), /missing/)
      await assert.rejects(async () => trx.raw('show create table posts'), /doesn't exist/)
    })
  })
})
