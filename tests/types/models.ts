/** What a user may and may not write with models: `tsc` reads this file, nobody runs it. */

import { User } from '../../src/features/users/models'
import { Type, table } from '../../src/framework'

class Note extends table('notes', {
  id: Type.Integer({ primaryKey: true }),
  text: Type.String(),
  score: Type.Optional(Type.Number()),
  tags: Type.Array(Type.String()),
  motto: Type.Union([Type.String(), Type.Null()]),
}) {
  get loud(): string {
    return this.text.toUpperCase()
  }
}

export async function inserts(): Promise<void> {
  const user: User = await User.query().insert({ username: 'ann', email: 'ann@example.com' })
  // @ts-expect-error no such column
  await User.query().insert({ username: 'ann', email: 'ann@example.com', admin: true })
  // @ts-expect-error a misspelt column
  await User.query().insert({ usernam: 'ann', email: 'ann@example.com' })
  // @ts-expect-error a value of the wrong type
  await User.query().insert({ username: 7, email: 'ann@example.com' })
  // @ts-expect-error null is no text
  await User.query().insert({ username: null, email: 'ann@example.com' })
  // @ts-expect-error a wrong element of a list
  await Note.query().insert({ text: '', tags: ['a', 7] })
  await Note.query().insert({ text: '', tags: ['a'], motto: null })
  console.log(user)
}

export async function reads(): Promise<void> {
  const user = await User.query().first()
  // @ts-expect-error there may be none
  console.log(user.username)
  const name: string | undefined = user?.username
  // @ts-expect-error a misspelt column
  console.log(user?.usernam)
  // @ts-expect-error the name is text
  const age: number | undefined = user?.username

  const found = await User.query().findById(1).throwIfNotFound()
  const id: number = found.id
  const users: User[] = await User.query()
  const note = await Note.query().findById(1).throwIfNotFound()
  const score: number | undefined = note.score
  // @ts-expect-error it may be absent
  const always: number = note.score
  const motto: string | null = note.motto
  const loud: string = note.loud
  console.log(name, age, id, users, score, always, motto, loud)
}

export async function conditions(): Promise<void> {
  await User.query().where('username', 'ann').where('id', '>', 7)
  await User.query().where({ username: 'ann' })
  await User.query().findOne({ email: 'ann@example.com' })
  await User.query().orderBy('username').whereIn('id', [1, 2])
  const users: User[] = await User.query().where('id', '>', 7)
  const one: User | undefined = await User.query().findOne({ username: 'ann' })
  // @ts-expect-error conditions may be met by several rows
  const single: User = await User.query().where('id', 7)
  // @ts-expect-error a condition is no number
  await User.query().where(7)
  // @ts-expect-error a value is needed
  await User.query().whereIn('id')
  // @ts-expect-error a page is a number
  await User.query().page('1', 20)
  // @ts-expect-error an order is asc or desc
  await User.query().orderBy('username', 'up')
  console.log(users, one, single)
}

export async function changes(): Promise<void> {
  await User.query().findById(1).patch({ username: 'bob' })
  // @ts-expect-error no such column
  await User.query().findById(1).patch({ admin: true })
  // @ts-expect-error a value of the wrong type
  await User.query().patchAndFetchById(1, { email: 7 })
  const user = await User.query().findById(1).throwIfNotFound()
  user.username = 'bob'
  // @ts-expect-error a value of the wrong type
  user.username = 7
  // @ts-expect-error no such column
  user.admin = true
  await user.$query().patch({ email: 'bob@example.com' })
  // @ts-expect-error no such column
  await user.$query().patch({ mail: 'bob@example.com' })
}

export const columns = [
  User.columns.username,
  // @ts-expect-error no such column
  User.columns.usernam,
]

export const misdeclared = [
  // @ts-expect-error a table has a name
  table({ id: Type.Integer() }),
  // @ts-expect-error a column is a schema of Type
  table('notes', { text: 'string' }),
  // @ts-expect-error whether a column is unique is true or false
  Type.String({ unique: 'yes' }),
  // @ts-expect-error whether a column is the primary key is true or false
  Type.Integer({ primaryKey: 1 }),
  // @ts-expect-error a length is a number
  Type.String({ maxLength: '128' }),
]
