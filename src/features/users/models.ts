import { Type, table } from '../../framework'

/** Somebody who may sign in. */
export class User extends table('users', {
  id: Type.Integer({ primaryKey: true }),
  username: Type.String({ minLength: 1, maxLength: 128, unique: true }),
  email: Type.String({ maxLength: 128, unique: true, format: 'email' }),
}) {}
