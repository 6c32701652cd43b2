import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { Model, type RelationMappings } from 'objection'
import { table } from '../../../src/framework/database'
import { Type } from '../../../src/framework/validation'
import { onEach } from './each'

class Author extends table('authors', {
  id: Type.Integer({ primaryKey: true }),
  name: Type.String(),
}) {
  declare books?: Book[]

  static override get relationMappings(): RelationMappings {
    const join = { from: 'authors.id', to: 'books.author_id' }
    return { books: { relation: Model.HasManyRelation, modelClass: Book, join } }
  }
}

class Book extends table('books', {
  id: Type.Integer({ primaryKey: true }),
  title: Type.String({ minLength: 1 }),
  author_id: Type.Optional(Type.Integer()),
}) {
  declare author?: Author | null
  declare tags?: Tag[]

  static override get relationMappings(): RelationMappings {
    return {
      author: {
        relation: Model.BelongsToOneRelation,
        modelClass: Author,
        join: { from: 'books.author_id', to: 'authors.id' },
      },
      tags: {
        relation: Model.ManyToManyRelation,
        modelClass: Tag,
        join: {
          from: 'books.id',
          through: { from: 'book_tags.book_id', to: 'book_tags.tag_id' },
          to: 'tags.id',
        },
      },
    }
  }
}

class Tag extends table('tags', { id: Type.Integer({ primaryKey: true }), word: Type.String() }) {}

async function createLibrary(db: Knex): Promise<void> {
  await db.schema
    .createTable('authors', (table) => {
      table.increments('id')
      table.string('name').notNullable()
    })
    .createTable('books', (table) => {
      table.increments('id')
      table.string('title').notNullable()
      table.integer('author_id').unsigned().references('authors.id')
    })
    .createTable('tags', (table) => {
      table.increments('id')
      table.string('word').notNullable()
    })
    .createTable('book_tags', (table) => {
      table.integer('book_id').unsigned().references('books.id')
      table.integer('tag_id').unsigned().references('tags.id')
    })
}

const emma = { title: 'Emma', tags: [{ word: 'love' }, { word: 'class' }] }
const austen = { name: 'Austen', books: [emma, { title: 'Persuasion' }] }

onEach('a graph of rows is inserted as one', async (db) => {
  await createLibrary(db)
  const author = await Author.query().insertGraph(austen)
  const titles = author.books?.map((book) => [book.title, book.author_id])
  assert.deepEqual(titles, [
    ['Emma', author.id],
    ['Persuasion', author.id],
  ])
})

onEach('rows of a graph are checked as rows of their own', async (db) => {
  await createLibrary(db)
  const graph = { name: 'Austen', books: [{ title: '', pages: 3 }] }
  const insert = Author.transaction(async (trx) => Author.query(trx).insertGraph(graph as object))
  await assert.rejects(insert, {
    message: /^Book is not valid: pages: is not known here; title: must NOT have fewer/,
  })
  assert.deepEqual([await Author.query().resultSize(), await Book.query().resultSize()], [0, 0])
})

onEach('related rows are fetched with further queries', async (db) => {
  await createLibrary(db)
  await Author.query().insertGraph(austen)
  const authors = Author.query().withGraphFetched('books.tags')
  const [author] = await authors.modifyGraph('books', (books) => books.orderBy('title'))
  const words = author?.books?.map((book) => book.tags?.map((tag) => tag.word).sort())
  assert.deepEqual(words, [['class', 'love'], []])
  assert.ok(author?.books?.[0] instanceof Book)
})

onEach('related rows are fetched with a join', async (db) => {
  await createLibrary(db)
  await Author.query().insertGraph(austen)
  const books = await Book.query().withGraphJoined('[author, tags]').orderBy('title')
  assert.deepEqual(
    books.map((book) => [book.author?.name, book.tags?.length]),
    [
      ['Austen', 2],
      ['Austen', 0],
    ],
  )
})

onEach('a row that belongs to nobody has no related row', async (db) => {
  await createLibrary(db)
  await Book.query().insert({ title: 'Beowulf' })
  const book = await Book.query().withGraphFetched('author').first().throwIfNotFound()
  assert.deepEqual([book.author, book.author_id], [null, undefined])
})

onEach('a row may be related and unrelated later', async (db) => {
  await createLibrary(db)
  const author = await Author.query().insert({ name: 'Austen' })
  const book = await Book.query().insert({ title: 'Emma' })
  await book.$relatedQuery('author').relate(author.id)
  assert.equal((await book.$query()).author_id, author.id)
  await book.$relatedQuery('author').unrelate()
  assert.equal((await book.$query()).author_id, undefined)
})

onEach('a graph may refer to rows of itself', async (db) => {
  await createLibrary(db)
  const tagged = { title: 'Emma', tags: [{ '#id': 'love', word: 'love' }] }
  const graph = [tagged, { title: 'Persuasion', tags: [{ '#ref': 'love' }] }]
  await Book.query().insertGraph(graph as object[], { allowRefs: true })
  const books = await Book.query().withGraphFetched('tags')
  assert.deepEqual(
    books.map((book) => book.tags?.map((tag) => tag.id)),
    [[1], [1]],
  )
})

onEach('a graph brings rows to what it says', async (db) => {
  await createLibrary(db)
  const author = await Author.query().insertGraph({ name: 'Austen', books: [{ title: 'Emma' }] })
  const wanted = { id: author.id, name: 'Jane Austen', books: [{ title: 'Lady Susan' }] }
  await Author.query().upsertGraph(wanted)
  const changed = await Author.query().withGraphFetched('books').first().throwIfNotFound()
  assert.equal(changed.name, 'Jane Austen')
  assert.deepEqual(
    changed.books?.map((book) => book.title),
    ['Lady Susan'],
  )
})
