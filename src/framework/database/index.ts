export { checkDatabase } from './check'
export { closeDatabase, databases, knexConfig, openDatabase } from './connection'
export { type Row, type TableClass, table } from './table'
